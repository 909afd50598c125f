// SPDX-License-Identifier: Apache-2.0
#include "services/configd/text/configuration_text.h"

#include <google/protobuf/util/json_util.h>

#include <optional>

#include "services/configd/form/public_view.h"
#include "services/configd/text/document.h"
#include "services/configd/text/message_reader.h"
#include "services/configd/text/yaml_writer.h"

namespace culvert::configd {

ReadResult ReadConfiguration(absl::string_view text, const ReadOptions& options) {
  ReadResult result;
  Problems problems;
  if (const std::optional<Node> root = ParseDocument(text, &problems)) {
    MessageReader(options, &problems, &result.lines).Read(*root, "", &result.configuration);
  }
  result.problems = problems.Take();
  return result;
}

void FillLines(const ReadResult& read, std::vector<Problem>* problems) {
  for (Problem& problem : *problems) {
    absl::string_view path = problem.field();
    while (problem.line() == 0 && !path.empty()) {
      if (const auto found = read.lines.find(path); found != read.lines.end()) problem.set_line(found->second);
      const size_t parent = path.find_last_of(".[");  // names may hold dots: their tails are found by nobody
      path = parent == absl::string_view::npos ? absl::string_view() : path.substr(0, parent);
    }
  }
}

std::string WriteYaml(const Configuration& configuration) {
  return MessageToYaml(configuration);
}

std::string WriteJson(const Configuration& configuration) {
  Configuration shown = configuration;
  ClearSecrets(&shown);
  ClearOutputOnly(&shown);
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(shown, &json, options);
  if (!status.ok()) std::abort();  // every message of ours has a JSON form
  return json;
}

}  // namespace culvert::configd
