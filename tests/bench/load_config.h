// SPDX-License-Identifier: Apache-2.0
// The tunnels of a load: alike but for their number, their identity and the address that they carry.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "libs/base/ip.h"
#include "services/iked/engine/config.h"

namespace culvert::iked {

struct LoadOptions {
  std::string remote;
  std::string local;
  std::string psk;          // of all tunnels
  std::string certificate;  // or, instead of it, three PEM files: one certificate for all tunnels,
  std::string key;          // its key,
  std::string ca;           // and the authority that the responder's chain must end in
  std::string ike_proposal = "aes128gcm16-prfsha256-x25519";
  std::string esp_proposal = "aes128gcm16";
  std::string local_id_prefix = "load";
  std::string remote_id = "%any";
  std::string first_local_subnet = "10.128.0.0";  // tunnel i carries the i-th address from here
  std::string remote_subnet = "10.2.0.0/16";
  int count = 2000;
  int parallel = 32;
  int workers = 1;  // the responder wants the other cores
  int timeout_seconds = 600;
  bool keep = false;
};

// "load17"; numbers begin at 1.
std::string LoadTunnelName(uint64_t number);

// With a certificate, its subject is the identity of every tunnel; with a PSK, each has its own. InvalidArgument:
// words or files that cannot be read as what they should be. NotFound: no such file.
absl::StatusOr<std::shared_ptr<const EngineConfig>> MakeLoadConfig(const LoadOptions& options,
                                                                   const base::IpAddress& local);

}  // namespace culvert::iked
