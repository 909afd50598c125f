// SPDX-License-Identifier: Apache-2.0
// Hash functions by name, over parts.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "libs/base/bytes.h"

namespace culvert::crypto {

enum class Hash : uint8_t { kMd5, kSha1, kSha256, kSha384, kSha512 };

size_t DigestSize(Hash hash);

// Hash of the parts, one after another.
base::Bytes Digest(Hash hash, std::initializer_list<base::ByteView> parts);

}  // namespace culvert::crypto
