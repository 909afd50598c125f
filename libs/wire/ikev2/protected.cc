// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev2/protected.h"

#include <algorithm>
#include <cstdlib>

#include "libs/wire/reader.h"
#include "libs/wire/writer.h"

namespace culvert::wire::ikev2 {
namespace {

using base::Bytes;
using base::ByteView;
using base::MutableByteView;

constexpr size_t kFragmentFields = 4;  // fragment number, total (RFC 7383 2.5)
constexpr size_t kMinFragmentSize = 128;

// Which fragment a sealed payload is; SK when there is one only.
struct Piece {
  PayloadType first_inner;
  ByteView text;
  uint16_t number = 1;
  uint16_t total = 1;
  bool fragment = false;
};

// Octets of padding and pad length that bring `text` to whole blocks.
size_t PaddingFor(size_t text, size_t block) {
  return block - text % block;
}

Bytes SealPiece(const crypto::Cipher& cipher, const IkeHeader& header, const Piece& piece, base::Rng& rng) {
  Writer writer;
  EncodeHeader(header, writer);
  PayloadChain chain(writer, kHeaderNextPayloadAt);
  size_t packet_at = 0;
  {
    const Writer::Length length =
        chain.Begin(static_cast<uint8_t>(piece.fragment ? PayloadType::kSkf : PayloadType::kSk));
    if (piece.fragment) {
      writer.U16(piece.number);
      writer.U16(piece.total);
    }
    packet_at = writer.size();
    writer.Zeros(cipher.iv_size());
    writer.Append(piece.text);
    const size_t padding = PaddingFor(piece.text.size(), cipher.block_size());
    writer.Zeros(padding - 1);  // its contents do not matter (RFC 7296 3.14)
    writer.U8(static_cast<uint8_t>(padding - 1));
    writer.Zeros(cipher.icv_size());
  }
  if (piece.number == 1) chain.SetNext(static_cast<uint8_t>(piece.first_inner));
  FinishMessage(writer);  // the lengths are authenticated, so they must stand before sealing
  const MutableByteView datagram = writer.mutable_view();
  rng.Fill(datagram.subspan(packet_at, cipher.iv_size()));
  cipher.Seal(datagram.first(packet_at), datagram.subspan(packet_at));
  return std::move(writer).Take();
}

// The text of a sealed datagram whose `fields` octets after the payload header stay in clear.
Decoded<Bytes> OpenText(const crypto::Cipher& cipher, ByteView datagram, size_t fields) {
  Bytes copy = base::ToBytes(datagram);
  const size_t packet_at = std::min(copy.size(), kIkeHeaderSize + kPayloadHeaderSize + fields);
  const auto [before, packet] =
      std::pair(MutableByteView(copy).first(packet_at), MutableByteView(copy).subspan(packet_at));
  const std::optional<MutableByteView> text = cipher.Open(before, packet);
  if (!text) return DecodeError::kIntegrity;
  const size_t padding = size_t{text->back()} + 1;
  if (padding > text->size()) return DecodeError::kPadding;
  return Bytes(text->begin(), text->end() - static_cast<std::ptrdiff_t>(padding));
}

// The header and the one sealed payload of `datagram`. Anything in clear beside it would be trusted for nothing, and is
// refused, so that nobody can slip it in.
template <typename Sealed>
struct Envelope {
  IkeHeader header;
  Sealed sealed;
};
template <typename Sealed>
Decoded<Envelope<Sealed>> DecodeEnvelope(ByteView datagram) {
  DECODE_OR_RETURN(Message outer, DecodeMessage(datagram));
  Sealed* sealed = outer.payloads.empty() ? nullptr : std::get_if<Sealed>(&outer.payloads.back().body);
  if (sealed == nullptr) return DecodeError::kNotProtected;
  if (outer.payloads.size() != 1) {
    return Malformed{DecodeError::kUnprotectedPayload, static_cast<uint8_t>(outer.payloads.front().type)};
  }
  return Envelope<Sealed>{outer.header, std::move(*sealed)};
}

}  // namespace

Bytes SealMessage(const crypto::Cipher& cipher, const Message& message, base::Rng& rng) {
  const EncodedPayloads inner = EncodePayloads(message.payloads);
  return SealPiece(cipher, message.header, {inner.first, inner.chain}, rng);
}

std::vector<Bytes> SealFragments(const crypto::Cipher& cipher, const Message& message, size_t max_size,
                                 base::Rng& rng) {
  if (max_size < kMinFragmentSize) std::abort();
  const EncodedPayloads inner = EncodePayloads(message.payloads);
  const size_t envelope = kIkeHeaderSize + kPayloadHeaderSize + cipher.iv_size() + cipher.icv_size();
  const size_t whole = inner.chain.size() + PaddingFor(inner.chain.size(), cipher.block_size());
  if (envelope + whole <= max_size) return {SealPiece(cipher, message.header, {inner.first, inner.chain}, rng)};

  const size_t room = max_size - envelope - kFragmentFields;
  const size_t text_size = room - room % cipher.block_size() - 1;  // whole blocks, less the pad length
  const size_t total = (inner.chain.size() + text_size - 1) / text_size;
  if (total > kMaxFragments) std::abort();
  std::vector<Bytes> fragments;
  for (size_t i = 0; i < total; ++i) {
    const size_t at = i * text_size;
    const ByteView text = ByteView(inner.chain).subspan(at, std::min(text_size, inner.chain.size() - at));
    const auto number = static_cast<uint16_t>(i + 1);
    fragments.push_back(SealPiece(cipher, message.header,
                                  {inner.first, text, number, static_cast<uint16_t>(total), /*fragment=*/true}, rng));
  }
  return fragments;
}

Decoded<Message> OpenMessage(const crypto::Cipher& cipher, ByteView datagram) {
  DECODE_OR_RETURN(const Envelope<SkPayload> outer, DecodeEnvelope<SkPayload>(datagram));
  DECODE_OR_RETURN(const Bytes chain, OpenText(cipher, datagram, 0));
  Message message{outer.header, {}};
  DECODE_OR_RETURN(message.payloads, DecodePayloads(outer.sealed.first_inner, chain));
  return message;
}

Decoded<Fragment> OpenFragment(const crypto::Cipher& cipher, ByteView datagram) {
  DECODE_OR_RETURN(const Envelope<SkfPayload> outer, DecodeEnvelope<SkfPayload>(datagram));
  DECODE_OR_RETURN(Bytes text, OpenText(cipher, datagram, kFragmentFields));
  return Fragment{outer.header, outer.sealed.first_inner, outer.sealed.fragment, outer.sealed.total, std::move(text)};
}

std::optional<FragmentFields> PeekFragment(ByteView datagram) {
  if (SealedIn(datagram) != PayloadType::kSkf) return std::nullopt;
  Reader reader(datagram.subspan(kIkeHeaderSize));
  if (!reader.Take(kPayloadHeaderSize)) return std::nullopt;
  const std::optional<uint16_t> number = reader.U16();
  const std::optional<uint16_t> total = reader.U16();
  if (!number || !total || *number == 0 || *number > *total || *total > kMaxFragments) return std::nullopt;
  return FragmentFields{*number, *total};
}

PayloadType SealedIn(ByteView datagram) {
  const std::optional<IkeHeader> header = PeekHeader(datagram);
  if (!header) return PayloadType::kNone;
  const auto type = static_cast<PayloadType>(header->next_payload);
  return type == PayloadType::kSk || type == PayloadType::kSkf ? type : PayloadType::kNone;
}

}  // namespace culvert::wire::ikev2
