// SPDX-License-Identifier: Apache-2.0
// What a command works with.
#pragma once

#include "absl/status/statusor.h"
#include "cli/culvertctl/client.h"
#include "cli/culvertctl/printer.h"

namespace culvert::ctl {

struct Session {
  const Client& client;
  Printer& printer;
};

// How most commands end: the error of `what`, or the answer as JSON, or `text(answer)`.
template <typename Response, typename Text>
ExitCode Show(Printer& printer, absl::string_view what, const absl::StatusOr<Response>& response, Text text) {
  if (!response.ok()) return printer.Fail(what, response.status());
  if (printer.json()) {
    printer.Json(*response);
  } else {
    printer.Text(text(*response));
  }
  return kDone;
}

}  // namespace culvert::ctl
