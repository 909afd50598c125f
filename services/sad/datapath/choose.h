// SPDX-License-Identifier: Apache-2.0
// Which datapath this gateway uses, and why.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "services/sad/datapath/port.h"

namespace culvert::sad {

struct ChosenDatapath {
  std::unique_ptr<Datapath> datapath;
  std::string reason;            // for people
  bool looks_after_host = true;  // false: it carries nothing, so routes and guard have no meaning
};

inline const std::vector<std::string> kDatapathWords = {"auto", "userspace", "fake"};

// `word` is one of kDatapathWords (INVALID_ARGUMENT otherwise); `espd` is the socket of the user-space engine.
absl::StatusOr<ChosenDatapath> ChooseDatapath(absl::string_view word, const std::string& espd,
                                              const base::Clock& clock);

}  // namespace culvert::sad
