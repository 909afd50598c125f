// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev1/protected.h"

#include <cstdlib>

#include "libs/crypto/cipher.h"
#include "libs/wire/writer.h"

namespace culvert::wire::ikev1 {

using base::Bytes;
using base::ByteView;
using base::MutableByteView;

SealedMessage SealMessage(const ipsec::Algorithm& encr, ByteView key, ByteView iv, const Message& message) {
  const EncodedPayloads inner = EncodePayloads(message.payloads);
  IkeHeader header = message.header;
  header.flags |= kFlagV1Encryption;
  Writer writer;
  EncodeHeader(header, writer);
  writer.mutable_view()[kHeaderNextPayloadAt] = static_cast<uint8_t>(inner.first);
  writer.Append(inner.chain);
  const size_t block = encr.block_bytes;
  writer.Zeros((block - inner.chain.size() % block) % block);
  FinishMessage(writer);
  const MutableByteView text = writer.mutable_view().subspan(kIkeHeaderSize);
  if (!crypto::EncryptCbc(encr, key, iv, text).ok()) std::abort();
  Bytes next_iv = base::ToBytes(text.last(block));
  return {std::move(writer).Take(), std::move(next_iv)};
}

Decoded<OpenedMessage> OpenMessage(const ipsec::Algorithm& encr, ByteView key, ByteView iv, ByteView datagram) {
  DECODE_OR_RETURN(const IkeHeader header, DecodeIsakmpHeader(datagram));
  if (!header.encrypted()) return DecodeError::kEncryptionFlag;
  const ByteView ciphertext = datagram.subspan(kIkeHeaderSize);
  if (ciphertext.empty() || ciphertext.size() % encr.block_bytes != 0) return DecodeError::kCiphertext;
  Bytes text = base::ToBytes(ciphertext);
  if (!crypto::DecryptCbc(encr, key, iv, text).ok()) std::abort();
  DECODE_OR_RETURN(std::vector<Payload> payloads, DecodePayloads(static_cast<PayloadType>(header.next_payload), text));
  return OpenedMessage{{header, std::move(payloads)}, base::ToBytes(ciphertext.last(encr.block_bytes))};
}

}  // namespace culvert::wire::ikev1
