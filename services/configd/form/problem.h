// SPDX-License-Identifier: Apache-2.0
// What is wrong with a configuration: a list that everybody adds to, so that all problems are told at once.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "culvert/config/v1/problem.pb.h"

namespace culvert::configd {

using Problem = config::v1::Problem;
using Code = config::v1::ProblemCode;   // Code::BAD_ADDRESS
using Severity = config::v1::Severity;  // Severity::WARNING

class Problems {
 public:
  // `field` is a path as FieldPath makes it, `message` one sentence that names the value, `suggestion` what to write
  // instead ("" where there is nothing to say).
  void Error(Code::Value code, absl::string_view field, absl::string_view message, absl::string_view suggestion = "",
             int line = 0);
  void Warning(Code::Value code, absl::string_view field, absl::string_view message, absl::string_view suggestion = "",
               int line = 0);
  void Info(Code::Value code, absl::string_view field, absl::string_view message, absl::string_view suggestion = "",
            int line = 0);
  void Append(std::vector<Problem> more);

  const std::vector<Problem>& list() const { return list_; }
  std::vector<Problem> Take() { return std::move(list_); }

 private:
  void Add(Severity::Value severity, Code::Value code, absl::string_view field, absl::string_view message,
           absl::string_view suggestion, int line);

  std::vector<Problem> list_;
};

bool HasErrors(const std::vector<Problem>& problems);

// "tunnels", "to-b" → "tunnels[to-b]"; by index where the name is missing or could not stand in a path: "tunnels[3]".
std::string ElementPath(absl::string_view list, absl::string_view name, size_t index);
// "tunnels[to-b]" + "ike" → "tunnels[to-b].ike"; a path of nothing is the name alone.
std::string FieldPath(absl::string_view parent, absl::string_view name);

// A typed value as a message shows it: quoted, control characters escaped, long ones cut. Never for secrets.
std::string Quoted(absl::string_view value);

// "WRONG_TYPE", "ERROR": the stable words.
const std::string& CodeName(Code::Value code);
const std::string& SeverityName(Severity::Value severity);

}  // namespace culvert::configd
