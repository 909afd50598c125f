// SPDX-License-Identifier: Apache-2.0
// Who has a UDP port of this network namespace: so that "address in use" becomes "charon (pid 812) has it; stop it
// first".
#pragma once

#include <cstdint>
#include <string>

namespace culvert::culvertd {

// "charon (pid 812)"; "another process" where it cannot be seen (no rights, another pid namespace).
std::string UdpPortHolder(uint16_t port);

}  // namespace culvert::culvertd
