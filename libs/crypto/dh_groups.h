// SPDX-License-Identifier: Apache-2.0
// The three families of key exchange groups. Each answers null for a group that is another's.
#pragma once

#include <memory>

#include "libs/crypto/dh.h"

namespace culvert::crypto {

std::unique_ptr<KeyExchange> GenerateModp(const ipsec::Algorithm& group, base::Rng& rng);  // RFC 2409, 3526
std::unique_ptr<KeyExchange> GenerateEcp(const ipsec::Algorithm& group, base::Rng& rng);   // RFC 5903
std::unique_ptr<KeyExchange> GenerateXdh(const ipsec::Algorithm& group, base::Rng& rng);   // RFC 7748, 8031

}  // namespace culvert::crypto
