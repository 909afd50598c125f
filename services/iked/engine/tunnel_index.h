// SPDX-License-Identifier: Apache-2.0
// Which tunnels an IKE_SA_INIT from an address may belong to: however many there are, a lookup by the peer's address.
#pragma once

#include <vector>

#include "absl/container/flat_hash_map.h"
#include "libs/base/ip.h"
#include "services/iked/engine/tunnel.h"

namespace culvert::iked {

class TunnelIndex {
 public:
  // Whenever a tunnel's configuration or what its names mean has changed. Tunnels come back in the order of their
  // numbers.
  void Add(Tunnel& tunnel);
  void Remove(const Tunnel& tunnel);

  // Those whose local address allows `local`, best match first: the peer's address itself; then peers that go by a name
  // (it may mean another address by now; the identity decides); then any.
  std::vector<Tunnel*> Candidates(const base::IpAddress& local, const base::IpAddress& remote) const;
  // Those that name `remote`, by address or by what a name last meant.
  std::vector<Tunnel*> Named(const base::IpAddress& remote) const;

 private:
  absl::flat_hash_map<base::IpAddress, std::vector<Tunnel*>> by_address_;
  std::vector<Tunnel*> named_;  // at least one endpoint is a name
  std::vector<Tunnel*> any_;
};

}  // namespace culvert::iked
