// SPDX-License-Identifier: Apache-2.0
// Values that tests of sad share: a clock that stands still, randomness that repeats, one tunnel and its child SAs.
#pragma once

#include <memory>
#include <string>

#include "absl/synchronization/mutex.h"
#include "libs/base/clock.h"
#include "services/sad/policy/tunnel.h"

namespace culvert::sad {

class ManualClock final : public base::Clock {
 public:
  absl::Duration BootTime() const override { return Monotonic(); }
  absl::Duration Monotonic() const override {
    absl::MutexLock lock(&mutex_);
    return now_;
  }
  absl::Time Wall() const override { return absl::UnixEpoch() + Monotonic(); }
  void Advance(absl::Duration step) {
    absl::MutexLock lock(&mutex_);
    now_ += step;
  }

 private:
  mutable absl::Mutex mutex_;
  absl::Duration now_ = absl::Seconds(1000);
};

class CountingRng final : public base::Rng {
 public:
  void Fill(base::MutableByteView out) override {
    for (uint8_t& byte : out) byte = next_++;
  }

 private:
  uint8_t next_ = 0;
};

inline base::Prefix P(absl::string_view text) {
  return *base::Prefix::Parse(text);
}
inline base::IpAddress A(absl::string_view text) {
  return *base::IpAddress::Parse(text);
}

// to-b of fields.md: 10.1.0.0/24 === 10.2.0.0/24 with aes256gcm16.
inline Tunnel MakeTunnel(std::string name = "to-b", absl::string_view local = "10.1.0.0/24",
                         absl::string_view remote = "10.2.0.0/24") {
  Tunnel tunnel;
  tunnel.name = std::move(name);
  tunnel.enabled = true;
  tunnel.local_subnets = {P(local)};
  tunnel.remote_subnets = {P(remote)};
  tunnel.local_address = A("192.0.2.1");
  tunnel.remote_addresses = {A("192.0.2.2")};
  tunnel.suites = {"aes256gcm16"};
  tunnel.costs = {{.fixed = 32, .align = 4}};
  return tunnel;
}

inline std::shared_ptr<const Generation> MakeGeneration(uint64_t number, std::vector<Tunnel> tunnels) {
  return std::make_shared<const Generation>(number, std::move(tunnels));
}

inline ChildSa MakeChildSa(uint64_t id, uint32_t spi_in, uint64_t replaces = 0,
                           Activation activation = Activation::kNow) {
  ChildSa sa;
  sa.info.id = id;
  sa.info.tunnel = "to-b";
  sa.info.ike_sa_id = 7;
  sa.info.spi_in = spi_in;
  sa.info.spi_out = 0xc0000000 + static_cast<uint32_t>(id);
  sa.info.suite = "aes256gcm16";
  sa.info.replay_window = 1024;
  sa.info.local_selectors = {ipsec::TrafficSelector::Of(P("10.1.0.0/24"))};
  sa.info.remote_selectors = {ipsec::TrafficSelector::Of(P("10.2.0.0/24"))};
  sa.info.path = {{A("192.0.2.1"), 4500}, {A("192.0.2.2"), 4500}, true};
  sa.info.replaces = replaces;
  sa.info.activation = activation;
  sa.inbound.encryption = base::Secret(36);
  sa.outbound.encryption = base::Secret(36);
  return sa;
}

}  // namespace culvert::sad
