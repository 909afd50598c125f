// SPDX-License-Identifier: Apache-2.0
// Processes that a culvertd which died left running: they carry packets on, until a new culvertd takes their place.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace culvert::culvertd {

// Stops whatever listens on the sockets of DIR/run and is a program of ours by name: iked first, so that its peers hear
// of it, then the rest in reverse order of kProcesses; kills what has not ended after `patience`. The names of those it
// stopped.
std::vector<std::string> StopOrphans(absl::string_view state_dir, absl::Duration patience);

}  // namespace culvert::culvertd
