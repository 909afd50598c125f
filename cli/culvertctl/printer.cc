// SPDX-License-Identifier: Apache-2.0
#include "cli/culvertctl/printer.h"

#include <google/protobuf/util/json_util.h>

#include "absl/strings/str_cat.h"
#include "google/rpc/status.pb.h"
#include "libs/daemon/status.h"

namespace culvert::ctl {
namespace {

std::string ToJson(const google::protobuf::Message& message, bool indented) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  // A zero or a false is an answer too; fields with presence stay out where they are unset.
  options.always_print_primitive_fields = true;
  options.add_whitespace = indented;
  std::string json;
  // Fails only for an Any of an unknown type: a detail that a newer daemon sent. The rest is worth more than nothing.
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) return "{}";
  if (json.empty() || json.back() != '\n') json += '\n';
  return json;
}

google::rpc::Status ToProto(const absl::Status& status) {
  google::rpc::Status out;
  out.set_code(static_cast<int>(status.code()));
  out.set_message(std::string(status.message()));
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    auto* detail = out.add_details();
    detail->set_type_url(std::string(url));
    detail->set_value(std::string(payload));
  });
  return out;
}

}  // namespace

void Printer::Text(absl::string_view text) {
  out_ << text << std::flush;
}

void Printer::Note(absl::string_view text) {
  if (!json()) err_ << text << std::flush;
}

void Printer::Json(const google::protobuf::Message& message) {
  out_ << ToJson(message, true) << std::flush;
}

void Printer::JsonLine(const google::protobuf::Message& message) {
  out_ << ToJson(message, false) << std::flush;
}

ExitCode Printer::Fail(absl::string_view what, const absl::Status& status) {
  if (json()) {
    err_ << ToJson(ToProto(status), true);
    return ExitCodeOf(status.code());
  }
  err_ << "culvertctl: " << what << ": " << status.message() << "\n";
  for (const auto& violation : daemon::FieldViolationsOf(status)) {
    err_ << "  " << violation.field << ": " << violation.description << "\n";
  }
  const absl::string_view advice = AdviceOf(status.code());
  if (!advice.empty()) err_ << "  " << advice << "\n";
  return ExitCodeOf(status.code());
}

}  // namespace culvert::ctl
