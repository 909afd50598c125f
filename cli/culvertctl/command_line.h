// SPDX-License-Identifier: Apache-2.0
// Every noun and verb of culvertctl: one table-like file from words to functions.
#pragma once

#include <ostream>

namespace culvert::ctl {

// Parses, runs one command, returns its exit code. `out` and `err` take what it says.
int Run(int argc, const char* const* argv, std::ostream& out, std::ostream& err);

}  // namespace culvert::ctl
