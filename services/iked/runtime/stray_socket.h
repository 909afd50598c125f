// SPDX-License-Identifier: Apache-2.0
// IKE that reached espd, because it stood behind ESP in a coalesced datagram (libs/base/stray_datagram.h).
#pragma once

#include <cstdint>
#include <functional>

#include "libs/base/unique_fd.h"
#include "services/iked/runtime/udp_socket.h"

namespace culvert::iked {

class StraySocket {
 public:
  StraySocket() = default;
  // Without a descriptor there are none.
  explicit StraySocket(base::UniqueFd fd) : fd_(std::move(fd)) {}

  int fd() const { return fd_.get(); }  // -1: none

  // Reads what waits, at most a batch. Returns how many messages were dropped for not being IKE.
  uint64_t Receive(const std::function<void(const ReceivedDatagram&)>& handle);

 private:
  base::UniqueFd fd_;
};

}  // namespace culvert::iked
