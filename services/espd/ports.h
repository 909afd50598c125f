// SPDX-License-Identifier: Apache-2.0
// The two edges of the engine as interfaces: the host behind the TUN and the network outside. Tests put fakes there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "services/espd/drop.h"
#include "services/espd/outer_path.h"
#include "services/espd/tun_device.h"

namespace culvert::espd {

class TunPort {
 public:
  virtual ~TunPort() = default;
  // One clear packet to the host. `frame` begins with a VnetHeader; `size` counts it.
  virtual void Write(const uint8_t* frame, size_t size) = 0;
};

// ESP packets for one path, one behind the other, all of `segment` octets but the last, which may be shorter: what one
// sendmsg with UDP_SEGMENT takes.
struct EspBatch {
  const OuterPath* path = nullptr;
  uint8_t tos = 0;  // outer TOS or traffic class
  uint8_t* data = nullptr;
  uint32_t size = 0;
  uint32_t segment = 0;
  uint32_t segments = 0;
  DropCounters* drops = nullptr;  // of the pair that opened the batch; counts packets that could not be sent
};

class EspPort {
 public:
  virtual ~EspPort() = default;
  virtual void Send(std::span<const EspBatch> batches) = 0;
};

// Datagrams that are not ESP's: IKE that steering could not see, inside a coalesced datagram (RFC 3948 2.2).
class StrayPort {
 public:
  virtual ~StrayPort() = default;
  virtual void Send(base::MutableByteView datagram, const base::Endpoint& local, const base::Endpoint& source) = 0;
};

}  // namespace culvert::espd
