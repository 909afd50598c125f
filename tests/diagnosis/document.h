// SPDX-License-Identifier: Apache-2.0
// docs/diagnoses.md, from what the rows were seen to say.
#pragma once

#include <string>
#include <vector>

#include "tests/diagnosis/lab.h"

namespace culvert::diagnosis {

struct SeenTheme {
  std::string title;
  std::vector<std::pair<const Misconfiguration*, Outcome>> rows;
};

std::string Document(const std::vector<SeenTheme>& themes);

}  // namespace culvert::diagnosis
