// SPDX-License-Identifier: Apache-2.0
// Bad configurations, a table a subject, and what must be said about each.
#pragma once

#include <span>

#include "services/configd/form/problem.h"

namespace culvert::configd {

struct BadInput {
  const char* yaml;
  Code::Value code;
  const char* field;
  const char* words;  // in the message or the suggestion
  Severity::Value severity = Severity::ERROR;
  bool offline = false;  // without the facts of the box
};

// The box of the tables: eth0 has 192.0.2.1/24, br-lan 10.1.0.1/24 and 2001:db8:1::1/64.
std::span<const BadInput> AddressInputs();
std::span<const BadInput> AlgorithmInputs();
std::span<const BadInput> CombinationInputs();
std::span<const BadInput> NameInputs();
std::span<const BadInput> OptionInputs();
std::span<const BadInput> SecretInputs();
std::span<const BadInput> UnsupportedInputs();

}  // namespace culvert::configd
