// SPDX-License-Identifier: Apache-2.0
// For tests: a network namespace that belongs to this process alone and vanishes with it. Needs root.
#pragma once

#include <string>

namespace culvert::netlink {

// Moves the calling thread (and the threads and programs it starts later) into a new, empty network namespace, with
// loopback up. False: not allowed here, so the caller skips its test.
bool EnterPrivateNamespace();

// Runs a shell command; false unless it exits 0.
bool Shell(const std::string& command);

}  // namespace culvert::netlink
