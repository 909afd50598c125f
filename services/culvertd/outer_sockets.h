// SPDX-License-Identifier: Apache-2.0
// The descriptors that need root to open, under the names by which iked and espd take them:
//   ike500-4   ike4500-4   route-4   esp4500-4.N   raw50-4      and -6 for IPv6
//   tun.N      cpu_dma_latency
//   stray-out  stray-in    from espd to iked: IKE that came to espd's sockets behind ESP
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/unique_fd.h"

namespace culvert::culvertd {

struct OuterSocketOptions {
  int workers = 1;       // of espd: as many esp4500 sockets and TUN queues
  bool raw_esp = false;  // espd speaks protocol 50 as well
  bool tun = false;
  bool low_latency = false;  // espd may keep the processor awake while packets flow
};

// Kept open by culvertd for as long as it lives, whatever happens to the processes that work with them: the port-4500
// group must never shrink, and the TUN device goes with its last descriptor.
class OuterSockets {
 public:
  // In the current network namespace. IPv6 is left out where the host has none. Errors say what an operator can do: who
  // has the port, which right is missing, that there is no /dev/net/tun.
  static absl::StatusOr<OuterSockets> Open(const OuterSocketOptions& options);

  // Those whose names begin with one of `prefixes`, for a ChildSpec.
  std::vector<std::pair<std::string, int>> Named(const std::vector<std::string>& prefixes) const;
  bool has_ipv6() const { return has_ipv6_; }

 private:
  absl::Status OpenFamily(const OuterSocketOptions& options, bool ipv6);
  absl::Status OpenTun(int queues);
  absl::Status OpenLatencyDevice();
  absl::Status OpenStrayPair();
  void Keep(std::string name, base::UniqueFd fd) { sockets_.emplace_back(std::move(name), std::move(fd)); }

  std::vector<std::pair<std::string, base::UniqueFd>> sockets_;
  bool has_ipv6_ = false;
};

}  // namespace culvert::culvertd
