// SPDX-License-Identifier: Apache-2.0
// One generation of the configuration as sad sees it: what each tunnel protects and allows. Immutable once made.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "libs/base/ip.h"
#include "libs/ipsec/selector.h"
#include "services/sad/datapath/child_sa.h"
#include "services/sad/policy/suites.h"

namespace culvert::sad {

struct Tunnel {
  std::string name;
  bool enabled = false;
  std::vector<base::Prefix> local_subnets;   // none: the gateway's own address of the SA
  std::vector<base::Prefix> remote_subnets;  // none: the peer's own address
  uint8_t local_protocol = 0;                // 0: any
  uint16_t local_port = 0;
  uint8_t remote_protocol = 0;
  uint16_t remote_port = 0;
  base::IpAddress local_address;                  // none: chosen by route
  std::vector<base::IpAddress> remote_addresses;  // the endpoints that are written as addresses
  Mode mode = Mode::kTunnel;
  absl::flat_hash_set<std::string> suites;  // "aes128-sha256": what its proposals allow, without DH group
  std::vector<EspCost> costs;               // of these suites
  std::vector<ipsec::TrafficSelector> pool_ranges;
  std::vector<base::IpAddress> virtual_ips;  // that the peer gave us, while it does
  bool acquire = false;
  int32_t priority = 0;
  bool forward_out = true;
  bool forward_in = true;

  // The selectors as configured, virtual addresses included. Where a side has no subnets it is the address that is
  // known, or nothing at all.
  std::vector<ipsec::TrafficSelector> LocalSelectors() const;
  std::vector<ipsec::TrafficSelector> RemoteSelectors() const;  // pools included
};

class Generation {
 public:
  // Tunnels keep their order. Names are unique (CHECKed: configd validated them).
  Generation(uint64_t number, std::vector<Tunnel> tunnels);

  uint64_t number() const { return number_; }
  const std::vector<Tunnel>& tunnels() const { return tunnels_; }
  const Tunnel* Find(absl::string_view name) const;  // null: no such tunnel

  // The same generation with these virtual addresses, by tunnel.
  using VirtualIps = absl::flat_hash_map<std::string, std::vector<base::IpAddress>>;
  std::shared_ptr<const Generation> With(const VirtualIps& virtual_ips) const;

 private:
  uint64_t number_;
  std::vector<Tunnel> tunnels_;
  absl::flat_hash_map<absl::string_view, const Tunnel*> by_name_;
};

}  // namespace culvert::sad
