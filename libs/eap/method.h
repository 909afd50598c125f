// SPDX-License-Identifier: Apache-2.0
// One EAP method, on one side: what stands behind the type octet goes in and comes out.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "libs/base/bytes.h"
#include "libs/base/clock.h"
#include "libs/base/secret.h"
#include "libs/eap/packet.h"
#include "libs/pki/certificate.h"

namespace culvert::eap {

inline constexpr size_t kMskSize = 64;  // RFC 3748 7.10

// What a method may ask of its surroundings.
struct Context {
  absl::Time now;  // wall time, for certificates
  base::Rng& rng;
};

enum class State : uint8_t { kRunning, kSucceeded, kFailed };

struct MethodStep {
  State state = State::kRunning;
  base::Bytes data = {};  // to send; of a server that is done, nothing is
  bool send = true;  // kFailed: a peer's last words to the server, which says Failure then; else it is over at once
  std::string why =
      {};  // kFailed: for a diagnosis. kRunning, at a server: it is lost, and the peer owes the last answer
};

class Method {
 public:
  virtual ~Method() = default;
  virtual Type type() const = 0;
  // The server's first request; a peer's method is never asked.
  virtual MethodStep Begin(const std::string& identity, Context context) = 0;
  virtual MethodStep Handle(base::ByteView data, Context context) = 0;
  // Once it has succeeded; kMskSize octets.
  virtual base::Secret TakeMsk() = 0;
  // The other side's, where the method proves one.
  virtual pki::CertificatePtr peer_certificate() const { return nullptr; }
};

}  // namespace culvert::eap
