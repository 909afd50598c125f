// SPDX-License-Identifier: Apache-2.0
// Any text: read, judged, written and read again. What was read without problems is written as YAML and JSON that read
// as the same, less its secrets.
#include <google/protobuf/util/message_differencer.h>

#include <cstdlib>

#include "services/configd/form/public_view.h"
#include "services/configd/rules/rules.h"
#include "services/configd/text/configuration_text.h"

using google::protobuf::util::MessageDifferencer;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace culvert::configd;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const ReadResult read = ReadConfiguration(text, {});
  for (const Problem& problem : read.problems) {
    if (problem.message().find('\x1b') != std::string::npos) std::abort();
  }
  ValidateConfiguration(read.configuration, nullptr);
  if (HasErrors(read.problems)) return 0;
  Configuration expected = read.configuration;
  ClearSecrets(&expected);
  for (const std::string& written : {WriteYaml(expected), WriteJson(expected)}) {
    const ReadResult again = ReadConfiguration(written, {});
    if (!again.problems.empty() || !MessageDifferencer::Equals(again.configuration, expected)) std::abort();
  }
  return 0;
}
