// SPDX-License-Identifier: Apache-2.0
// One authentication by EAP (RFC 3748): messages in, messages out, and in the end a key. It holds no socket, timer or
// thread; retransmission is the lower layer's affair (IKEv2 has its own, RFC 7296 2.16).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/secret.h"
#include "libs/eap/method.h"

namespace culvert::eap {

inline constexpr int kMaxRounds = 64;  // of one session: EAP-TLS with a long chain takes about 20

enum class Failure : uint8_t {
  kNone,
  kRefused,    // the password or the certificate is wrong, or the other side says that ours is
  kMethod,     // no method that both sides have
  kMalformed,  // a message that breaks the protocol
};

struct Step {
  State state = State::kRunning;
  base::Bytes reply = {};            // to send; empty: nothing is owed
  Failure failure = Failure::kNone;  // with kRunning: it is lost already, though the other side owes its last answer
  std::string why = {};              // of a failure: "the peer wants EAP type 6"
};

// Used by one thread at a time. Handle may take as long as a TLS handshake.
class Session {
 public:
  virtual ~Session() = default;
  virtual Step Handle(base::ByteView message, Context context) = 0;

  // Once it has succeeded.
  base::Secret TakeMsk() { return method_->TakeMsk(); }
  pki::CertificatePtr peer_certificate() const { return method_->peer_certificate(); }
  // What the peer calls itself; at the server empty until it has said so.
  const std::string& identity() const { return identity_; }
  Type method() const { return method_->type(); }

 protected:
  Session(std::unique_ptr<Method> method, std::string identity)
      : method_(std::move(method)), identity_(std::move(identity)) {}
  bool TooLong() { return ++rounds_ > kMaxRounds; }

  std::unique_ptr<Method> method_;
  std::string identity_;

 private:
  int rounds_ = 0;
};

// The side that is asked: answers Identity, does its one method, and refuses any other by a Nak that names it.
class Peer final : public Session {
 public:
  Peer(std::unique_ptr<Method> method, std::string identity) : Session(std::move(method), std::move(identity)) {}
  Step Handle(base::ByteView message, Context context) override;

 private:
  Step Request(const Packet& request, Context context);
  bool method_done_ = false;
  std::string refused_;  // the method that we said Nak to
  std::string doomed_;   // why the method failed; the server is owed its answer, and says Failure then
};

// The side that asks. Begin gives the first message, which asks for the identity.
class Server final : public Session {
 public:
  explicit Server(std::unique_ptr<Method> method) : Session(std::move(method), {}) {}
  base::Bytes Begin(Context context);
  Step Handle(base::ByteView message, Context context) override;

 private:
  Step Next(MethodStep step);
  Step End(Failure failure, std::string why);
  uint8_t identifier_ = 0;
  Type asked_ = Type::kIdentity;
};

}  // namespace culvert::eap
