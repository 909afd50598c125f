// SPDX-License-Identifier: Apache-2.0
// Public-key work as plain data: the engine asks with a Compute effect, a worker runs it on any thread, the answer
// comes back as JobDone.
#pragma once

#include <cstdint>
#include <memory>
#include <variant>

#include "absl/status/statusor.h"
#include "libs/base/bytes.h"
#include "libs/base/clock.h"
#include "libs/base/secret.h"
#include "libs/crypto/dh.h"
#include "libs/eap/session.h"
#include "libs/ipsec/algorithm.h"
#include "services/iked/engine/proof_job.h"

namespace culvert::iked {

// An answer whose serial is not the one that the SA waits for is dropped: the SA died or moved on meanwhile.
struct JobId {
  uint64_t ike_sa = 0;  // local SPI
  uint64_t serial = 0;
  bool operator==(const JobId&) const = default;
};

// Which queue: peers that are authenticated first, those that proved their address next, strangers last.
enum class Priority : uint8_t { kEstablished, kProven, kNew };

struct DhGenerate {
  const ipsec::Algorithm* group = nullptr;
};
struct DhDerive {
  std::shared_ptr<const crypto::KeyExchange> ours;
  base::Bytes peer;
};
struct DhRespond {  // generates and derives
  const ipsec::Algorithm* group = nullptr;
  base::Bytes peer;
};
// A message of EAP, which may take as long as a TLS handshake. The session is the job's alone until its answer is in.
struct EapStep {
  std::shared_ptr<eap::Session> session;
  base::Bytes message;
  absl::Time now;
};
using Job = std::variant<DhGenerate, DhDerive, DhRespond, Prove, EapStep>;

struct DhGenerated {
  std::shared_ptr<const crypto::KeyExchange> ours;
};
struct DhDerived {
  base::Secret shared;
};
struct DhResponded {
  base::Bytes public_value;
  base::Secret shared;
};
struct EapStepped {
  eap::Step step;
};
using JobOutcome = std::variant<DhGenerated, DhDerived, DhResponded, Proven, EapStepped>;  // in the order of Job
using JobResult = absl::StatusOr<JobOutcome>;

// Pure but for `rng` and the session; never throws. InvalidArgument: the peer's public value is no good (crypto/dh.h),
// or our own key cannot sign.
JobResult RunJob(const Job& job, base::Rng& rng);

}  // namespace culvert::iked
