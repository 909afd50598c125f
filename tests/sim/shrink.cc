// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/shrink.h"

#include "tests/sim/world.h"

namespace culvert::sim {
namespace {

bool Fails(const Schedule& schedule) {
  return World(schedule).Run().has_value();
}

// Keeps the change if the schedule fails all the same.
template <typename Change>
bool Try(Schedule& schedule, Change change) {
  Schedule less = schedule;
  change(less);
  if (!Fails(less)) return false;
  schedule = std::move(less);
  return true;
}

}  // namespace

Schedule Shrink(Schedule failing) {
  for (bool less = true; less;) {
    less = false;
    for (size_t i = failing.actions.size(); i-- > 0;) {
      less |= Try(failing, [i](Schedule& s) { s.actions.erase(s.actions.begin() + static_cast<std::ptrdiff_t>(i)); });
    }
  }
  Try(failing, [](Schedule& s) { s.lost = 0; });
  Try(failing, [](Schedule& s) { s.doubled = 0; });
  Try(failing, [](Schedule& s) { s.install_fails = 0; });
  Try(failing, [](Schedule& s) { s.pfs = false; });
  Try(failing, [](Schedule& s) { s.reauth = false; });
  Try(failing, [](Schedule& s) { s.pairs = 1; });
  Try(failing, [](Schedule& s) { s.both_dial = false; });
  return failing;
}

}  // namespace culvert::sim
