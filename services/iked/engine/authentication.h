// SPDX-License-Identifier: Apache-2.0
// How each side of a tunnel proves who it is: culvert.config.v1.IkeAuthentication as parsed values. What holds secrets
// is shared and immutable, so that a tunnel's configuration can be copied and its secrets cannot.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "libs/base/secret.h"
#include "libs/eap/mschapv2.h"

namespace culvert::iked {

// The words of culvert.config.v1, with its numbers.
enum class AuthKind : uint8_t { kPsk = 1, kX509 = 2, kEap = 3 };
enum class EapMethod : uint8_t { kMschapV2 = 1, kTls = 2 };
enum class ClientServerRole : uint8_t { kAuto = 1, kClient = 2, kServer = 3 };

// RFC 8784.
struct PpkConfig {
  std::string id;
  base::Secret key;
  bool required = false;  // without it there is no SA; else it is used where the peer knows it
};

// In IKEv2 the initiator is EAP's client (RFC 7296 2.16).
struct EapConfig {
  EapMethod method = EapMethod::kMschapV2;
  ClientServerRole role = ClientServerRole::kAuto;
  std::string identity{};  // as client; empty: our IKE identity
  base::Secret password{};
  std::shared_ptr<const std::vector<eap::Account>> accounts{};  // that we know as server; never null
};

struct Authentication {
  AuthKind local = AuthKind::kPsk;
  AuthKind remote = AuthKind::kPsk;
  std::string certificate;               // ours; empty: the first with a private key
  std::vector<std::string> remote_cas;   // that the peer's chain must end in; empty: any CA
  std::shared_ptr<const PpkConfig> ppk;  // null: none
  std::shared_ptr<const EapConfig> eap;  // null: no side uses EAP
};

}  // namespace culvert::iked
