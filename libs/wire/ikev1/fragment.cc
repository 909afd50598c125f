// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev1/fragment.h"

#include <algorithm>
#include <cstdlib>

namespace culvert::wire::ikev1 {
namespace {

using base::Bytes;
using base::ByteView;

constexpr size_t kMinSize = 128;
constexpr size_t kFragmentFields = 4;  // identifier, number, flags
constexpr size_t kMostOctets = 65535;  // what the length of a datagram can be
constexpr size_t kMostPieces = 255;

}  // namespace

std::vector<Bytes> SplitMessage(ByteView datagram, uint16_t id, size_t max_size, ExchangeType phase1) {
  if (max_size < kMinSize) std::abort();
  if (datagram.size() <= max_size) return {base::ToBytes(datagram)};
  const std::optional<IkeHeader> header = PeekHeader(datagram);
  if (!header) std::abort();
  Message fragment;
  fragment.header = HeaderOf({header->initiator_spi, header->responder_spi}, phase1);
  size_t room = max_size - kIkeHeaderSize - kPayloadHeaderSize - kFragmentFields;
  room -= room % 4;  // no padding, for a message is a multiple of four octets (RFC 2408 3)
  const size_t total = (datagram.size() + room - 1) / room;
  if (total > kMostPieces) std::abort();
  std::vector<Bytes> datagrams;
  for (size_t i = 0; i < total; ++i) {
    const ByteView piece = datagram.subspan(i * room, std::min(room, datagram.size() - i * room));
    fragment.payloads = {FragmentPayload{id, static_cast<uint8_t>(i + 1), i + 1 == total, base::ToBytes(piece)}};
    datagrams.push_back(EncodeMessage(fragment));
  }
  return datagrams;
}

FragmentAssembly::Added FragmentAssembly::Add(const FragmentPayload& fragment) {
  const auto known = pieces_.find(fragment.number);
  const bool another = known != pieces_.end() && known->second != fragment.data;
  if (empty() || fragment.id != id_ || another) {
    *this = {};
    id_ = fragment.id;
  }
  const uint8_t highest = empty() ? 0 : pieces_.rbegin()->first;
  const bool beyond = last_ && fragment.number > *last_;
  const bool another_last = fragment.last && (fragment.number < highest || (last_ && *last_ != fragment.number));
  if (beyond || another_last || octets_ + fragment.data.size() > kMostOctets) return {Outcome::kRefused};
  if (!pieces_.emplace(fragment.number, fragment.data).second) return {Outcome::kWaiting};
  octets_ += fragment.data.size();
  if (fragment.last) last_ = fragment.number;
  if (!last_ || pieces_.size() != *last_) return {Outcome::kWaiting};
  Added added{Outcome::kComplete};
  for (const auto& [number, piece] : pieces_) added.whole.insert(added.whole.end(), piece.begin(), piece.end());
  *this = {};
  return added;
}

}  // namespace culvert::wire::ikev1
