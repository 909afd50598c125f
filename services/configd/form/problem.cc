// SPDX-License-Identifier: Apache-2.0
#include "services/configd/form/problem.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace culvert::configd {

void Problems::Error(Code::Value code, absl::string_view field, absl::string_view message, absl::string_view suggestion,
                     int line) {
  Add(Severity::ERROR, code, field, message, suggestion, line);
}

void Problems::Warning(Code::Value code, absl::string_view field, absl::string_view message,
                       absl::string_view suggestion, int line) {
  Add(Severity::WARNING, code, field, message, suggestion, line);
}

void Problems::Info(Code::Value code, absl::string_view field, absl::string_view message, absl::string_view suggestion,
                    int line) {
  Add(Severity::INFO, code, field, message, suggestion, line);
}

void Problems::Append(std::vector<Problem> more) {
  list_.insert(list_.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

void Problems::Add(Severity::Value severity, Code::Value code, absl::string_view field, absl::string_view message,
                   absl::string_view suggestion, int line) {
  Problem& problem = list_.emplace_back();
  problem.set_severity(severity);
  problem.set_code(code);
  problem.set_field(std::string(field));
  problem.set_message(std::string(message));
  problem.set_suggestion(std::string(suggestion));
  problem.set_line(line);
}

bool HasErrors(const std::vector<Problem>& problems) {
  return std::any_of(problems.begin(), problems.end(),
                     [](const Problem& problem) { return problem.severity() == Severity::ERROR; });
}

std::string ElementPath(absl::string_view list, absl::string_view name, size_t index) {
  const bool printable = !name.empty() && name.size() <= 63 && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
  });
  if (printable) return absl::StrCat(list, "[", name, "]");
  return absl::StrCat(list, "[", index, "]");
}

std::string FieldPath(absl::string_view parent, absl::string_view name) {
  return parent.empty() ? std::string(name) : absl::StrCat(parent, ".", name);
}

std::string Quoted(absl::string_view value) {
  constexpr size_t kShown = 80;
  if (value.size() <= kShown) return absl::StrCat("\"", absl::Utf8SafeCEscape(value), "\"");
  size_t end = kShown;
  while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xC0) == 0x80) --end;  // not inside a UTF-8 sequence
  return absl::StrCat("\"", absl::Utf8SafeCEscape(value.substr(0, end)), "…\" (", value.size(), " octets)");
}

const std::string& CodeName(Code::Value code) {
  return Code::Value_Name(code);
}

const std::string& SeverityName(Severity::Value severity) {
  return Severity::Value_Name(severity);
}

}  // namespace culvert::configd
