// SPDX-License-Identifier: Apache-2.0
// MD4 is OpenSSL's own function: as a provider's algorithm it would have to be loaded from a file, which the sandbox of
// a daemon hides. Single DES is 3DES under three equal keys.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "libs/eap/mschapv2_hashes.h"

#include <openssl/md4.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/crypto/digest.h"
#include "libs/crypto/openssl.h"

namespace culvert::eap {
namespace {

using base::Bytes;
using base::ByteView;
using base::Secret;

constexpr size_t kHashSize = 16;  // MD4

Secret Md4(ByteView data) {
  Secret digest(kHashSize);
  MD4(data.data(), data.size(), digest.mutable_view().data());
  return digest;
}

// The code point that begins at `at`, which moves on behind it; the octet itself where there is no UTF-8.
uint32_t NextCodePoint(ByteView text, size_t* at) {
  const uint8_t first = text[(*at)++];
  const int more = first >= 0xF0 && first < 0xF8 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
  if (more == 0 || first >= 0xF8 || *at + static_cast<size_t>(more) > text.size()) return first;
  uint32_t point = first & (0x3F >> more);
  for (int i = 0; i < more; ++i) {
    const uint8_t next = text[*at + static_cast<size_t>(i)];
    if ((next & 0xC0) != 0x80) return first;
    point = point << 6 | (next & 0x3F);
  }
  *at += static_cast<size_t>(more);
  return point;
}

Secret Utf16(ByteView text) {
  Secret wide(2 * text.size());  // no code point takes more in UTF-16 than twice its octets in UTF-8
  size_t size = 0;
  const auto put = [&](uint32_t unit) {
    wide.mutable_view()[size++] = static_cast<uint8_t>(unit);
    wide.mutable_view()[size++] = static_cast<uint8_t>(unit >> 8);
  };
  for (size_t at = 0; at < text.size();) {
    const uint32_t point = NextCodePoint(text, &at);
    if (point < 0x10000) {
      put(point);
    } else {
      put(0xD800 + ((point - 0x10000) >> 10));
      put(0xDC00 + ((point - 0x10000) & 0x3FF));
    }
  }
  return wide.Slice(0, size);
}

// RFC 2759 8.6: 56 bits of key, spread over eight octets; DES ignores the parity bits.
void DesEncrypt(ByteView clear, ByteView key56, uint8_t* cypher) {
  Secret key(24);
  for (size_t i = 0; i < 8; ++i) {
    const uint32_t high = i == 0 ? 0 : key56[i - 1];
    const uint32_t low = i == 7 ? 0 : key56[i];
    const auto octet = static_cast<uint8_t>((high << (8 - i)) | (low >> i));
    for (size_t third = 0; third < 3; ++third) key.mutable_view()[third * 8 + i] = octet & 0xFE;
  }
  const crypto::CipherCtx context(crypto::MustHave(EVP_CIPHER_CTX_new()));
  int size = 0;
  crypto::Must(EVP_EncryptInit_ex(context.get(), EVP_des_ede3_ecb(), nullptr, key.view().data(), nullptr));
  crypto::Must(EVP_CIPHER_CTX_set_padding(context.get(), 0));
  crypto::Must(EVP_EncryptUpdate(context.get(), cypher, &size, clear.data(), 8));
}

Bytes ChallengeHash(const MschapChallenge& server, const MschapChallenge& peer, absl::string_view user) {
  const size_t domain = user.find('\\');  // RFC 2759 4: the name without any domain
  if (domain != absl::string_view::npos) user.remove_prefix(domain + 1);
  Bytes digest = crypto::Digest(crypto::Hash::kSha1, {peer, server, base::AsBytes(user)});
  digest.resize(8);
  return digest;
}

}  // namespace

Secret NtPasswordHash(ByteView password) {
  return Md4(Utf16(password).view());
}

NtResponse GenerateNtResponse(const Secret& password_hash, const MschapChallenge& server, const MschapChallenge& peer,
                              absl::string_view user) {
  const Bytes challenge = ChallengeHash(server, peer, user);
  Secret key(21);  // the hash, and five zeros
  std::copy(password_hash.view().begin(), password_hash.view().end(), key.mutable_view().begin());
  NtResponse response;
  for (size_t i = 0; i < 3; ++i) DesEncrypt(challenge, key.view().subspan(i * 7, 7), response.data() + i * 8);
  return response;
}

std::string AuthenticatorResponse(const Secret& password_hash, const NtResponse& response,
                                  const MschapChallenge& server, const MschapChallenge& peer, absl::string_view user) {
  constexpr absl::string_view kMagic1 = "Magic server to client signing constant";
  constexpr absl::string_view kMagic2 = "Pad to make it do more than one iteration";
  const Secret hash_hash = Md4(password_hash.view());
  const Bytes digest = crypto::Digest(crypto::Hash::kSha1, {hash_hash.view(), response, base::AsBytes(kMagic1)});
  const Bytes challenge = ChallengeHash(server, peer, user);
  const Bytes authenticator = crypto::Digest(crypto::Hash::kSha1, {digest, challenge, base::AsBytes(kMagic2)});
  return absl::StrCat("S=", absl::AsciiStrToUpper(base::ToHex(authenticator)));
}

Secret MschapMsk(const Secret& password_hash, const NtResponse& response) {
  constexpr absl::string_view kMaster = "This is the MPPE Master Key";
  constexpr absl::string_view kToServer =
      "On the client side, this is the send key; on the server side, it is the receive key.";
  constexpr absl::string_view kToClient =
      "On the client side, this is the receive key; on the server side, it is the send key.";
  const Bytes pad1(40, 0x00), pad2(40, 0xF2);
  const Secret hash_hash = Md4(password_hash.view());
  const auto sha1 = [](std::initializer_list<ByteView> parts) {
    Bytes digest = crypto::Digest(crypto::Hash::kSha1, parts);
    Secret key = Secret::CopyOf(ByteView(digest).first(kHashSize));
    base::SecureWipe(digest);
    return key;
  };
  const Secret master = sha1({hash_hash.view(), response, base::AsBytes(kMaster)});
  Secret msk(64);
  size_t at = 0;
  for (const absl::string_view direction : {kToServer, kToClient}) {
    const Secret key = sha1({master.view(), pad1, base::AsBytes(direction), pad2});
    std::copy(key.view().begin(), key.view().end(), msk.mutable_view().begin() + static_cast<std::ptrdiff_t>(at));
    at += kHashSize;
  }
  return msk;
}

}  // namespace culvert::eap
