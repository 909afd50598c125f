// SPDX-License-Identifier: Apache-2.0
// Where results and errors go, and in which form: tables for people, or proto JSON with snake_case names for programs.
#pragma once

#include <google/protobuf/message.h>

#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "cli/culvertctl/exit_code.h"

namespace culvert::ctl {

enum class Format { kText, kJson };

class Printer {
 public:
  Printer(Format format, std::ostream& out, std::ostream& err) : format_(format), out_(out), err_(err) {}

  bool json() const { return format_ == Format::kJson; }

  void Text(absl::string_view text);  // results, to stdout
  void Note(absl::string_view text);  // a remark beside them, to stderr; nothing where JSON is asked for
  void Json(const google::protobuf::Message& message);      // indented
  void JsonLine(const google::protobuf::Message& message);  // one element of a stream: one line, flushed

  // Says what failed, why, and what to do; with JSON, a google.rpc.Status. Returns the exit code of the status.
  ExitCode Fail(absl::string_view what, const absl::Status& status);

 private:
  Format format_;
  std::ostream& out_;
  std::ostream& err_;
};

}  // namespace culvert::ctl
