// SPDX-License-Identifier: Apache-2.0
// How each side of a tunnel proves who it is: culvert.config.v1.IkeAuthentication as parsed values. What holds secrets
// is shared and immutable, so that a tunnel's configuration can be copied and its secrets cannot.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "libs/base/secret.h"

namespace culvert::iked {

// The words of culvert.config.v1, with its numbers.
enum class AuthKind : uint8_t { kPsk = 1, kX509 = 2, kEap = 3 };

// RFC 8784.
struct PpkConfig {
  std::string id;
  base::Secret key;
  bool required = false;  // without it there is no SA; else it is used where the peer knows it
};

struct Authentication {
  AuthKind local = AuthKind::kPsk;
  AuthKind remote = AuthKind::kPsk;
  std::shared_ptr<const PpkConfig> ppk;  // null: none
};

}  // namespace culvert::iked
