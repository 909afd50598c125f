// SPDX-License-Identifier: Apache-2.0
// Addresses for peers (`pools`), leased by identity: whoever comes back gets what it had, unless all were needed
// meanwhile.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "libs/base/ip.h"
#include "libs/ipsec/selector.h"

namespace culvert::iked {

class AddressPool {
 public:
  // Leases outside the new ranges stay held until they are given back, and are not given again.
  void SetRanges(std::vector<ipsec::TrafficSelector> ranges) { ranges_ = std::move(ranges); }

  // `shared`: an identity that holds an address of the family gets it once more (an IKE SA that takes over from
  // another), and owes one Release() more. nullopt: no address of that family is free.
  std::optional<base::IpAddress> Lease(absl::string_view identity, base::Family family, bool shared);
  void Release(const base::IpAddress& address);

  size_t leased() const { return held_.size(); }

 private:
  struct Holder {
    std::string identity;
    int leases = 0;
  };
  bool Holds(const base::IpAddress& address) const;
  std::optional<base::IpAddress> Fresh(base::Family family);
  std::optional<base::IpAddress> Abandoned(base::Family family);
  base::IpAddress Give(const base::IpAddress& address, absl::string_view identity);

  std::vector<ipsec::TrafficSelector> ranges_;
  absl::flat_hash_map<base::IpAddress, Holder> held_;
  absl::flat_hash_map<base::IpAddress, std::string> last_holder_;  // of each address that was ever given
  std::deque<base::IpAddress> abandoned_;                          // given back, longest ago first; some held again
};

}  // namespace culvert::iked
