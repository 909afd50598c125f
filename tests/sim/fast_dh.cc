// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/fast_dh.h"

#include <algorithm>

namespace culvert::sim {
namespace {

constexpr size_t kOctets = 32;

class FastKeyExchange final : public crypto::KeyExchange {
 public:
  explicit FastKeyExchange(base::Rng& rng) : KeyExchange(rng.Take(kOctets)) {}

  absl::StatusOr<base::Secret> Derive(base::ByteView peer) const override {
    if (peer.size() != kOctets) return absl::InvalidArgumentError("a public value of the wrong length");
    base::Secret shared(kOctets);
    std::transform(peer.begin(), peer.end(), public_value().begin(), shared.mutable_view().begin(),
                   [](uint8_t theirs, uint8_t ours) { return static_cast<uint8_t>(theirs ^ ours); });
    return shared;
  }
};

struct Runner {
  base::Rng& rng;

  iked::JobResult operator()(const iked::DhGenerate&) const {
    return iked::DhGenerated{std::make_shared<FastKeyExchange>(rng)};
  }
  iked::JobResult operator()(const iked::DhDerive& job) const {
    absl::StatusOr<base::Secret> shared = job.ours->Derive(job.peer);
    if (!shared.ok()) return shared.status();
    return iked::DhDerived{*std::move(shared)};
  }
  iked::JobResult operator()(const iked::DhRespond& job) const {
    const FastKeyExchange ours(rng);
    absl::StatusOr<base::Secret> shared = ours.Derive(job.peer);
    if (!shared.ok()) return shared.status();
    return iked::DhResponded{base::ToBytes(ours.public_value()), *std::move(shared)};
  }
  template <typename Other>
  iked::JobResult operator()(const Other& job) const {
    return iked::RunJob(job, rng);
  }
};

}  // namespace

iked::JobResult RunFastJob(const iked::Job& job, base::Rng& rng) {
  return std::visit(Runner{rng}, job);
}

}  // namespace culvert::sim
