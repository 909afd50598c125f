// SPDX-License-Identifier: Apache-2.0
// Is a process serving? Asked by grpc.health.v1 on its socket.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace culvert::culvertd {

struct Watched {
  std::string name;
  std::string socket;
};

// Waits until every process serves, `patience` has passed, or `give_up` says so; returns the names of those that do not
// serve.
std::vector<std::string> WaitUntilServing(const std::vector<Watched>& processes, absl::Duration patience,
                                          const std::function<bool()>& give_up);

}  // namespace culvert::culvertd
