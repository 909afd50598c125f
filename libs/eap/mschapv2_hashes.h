// SPDX-License-Identifier: Apache-2.0
// The arithmetic of MS-CHAPv2 (RFC 2759 8) and of its keys (RFC 3079 3). MD4 and DES are broken; here they protect a
// password inside the IKE SA, whose server has proven itself by other means.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "libs/base/bytes.h"
#include "libs/base/secret.h"

namespace culvert::eap {

inline constexpr size_t kChallengeSize = 16;
inline constexpr size_t kNtResponseSize = 24;

using MschapChallenge = std::array<uint8_t, kChallengeSize>;
using NtResponse = std::array<uint8_t, kNtResponseSize>;

// MD4 of the password in UTF-16LE; what is no UTF-8 is taken octet by octet.
base::Secret NtPasswordHash(base::ByteView password);
// Of hash, the server's and the peer's challenge, and the user's name without its domain.
NtResponse GenerateNtResponse(const base::Secret& password_hash, const MschapChallenge& server,
                              const MschapChallenge& peer, absl::string_view user);
// "S=" and 40 hexadecimal digits: what only a server that knows the password can say.
std::string AuthenticatorResponse(const base::Secret& password_hash, const NtResponse& response,
                                  const MschapChallenge& server, const MschapChallenge& peer, absl::string_view user);
// 64 octets: the server's receive key, its send key, zeros (draft-kamath-pppext-eap-mschapv2, RFC 3079 3.4).
base::Secret MschapMsk(const base::Secret& password_hash, const NtResponse& response);

}  // namespace culvert::eap
