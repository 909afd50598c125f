// SPDX-License-Identifier: Apache-2.0
#include "libs/daemon/log_line.h"

#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace culvert::daemon {
namespace {

// How many octets the well-formed UTF-8 sequence at the front of `text` has (RFC 3629, table of section 4); 0 for none.
size_t Utf8Length(absl::string_view text) {
  struct Row {
    uint8_t first_low, first_high, second_low, second_high;
    size_t length;
  };
  static constexpr Row kRows[] = {
      {0x00, 0x7f, 0x00, 0xff, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
      {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
      {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
  };
  auto at = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  for (const Row& row : kRows) {
    if (at(0) < row.first_low || at(0) > row.first_high) continue;
    if (row.length == 1) return 1;
    if (text.size() < row.length || at(1) < row.second_low || at(1) > row.second_high) return 0;
    for (size_t i = 2; i < row.length; ++i) {
      if ((at(i) & 0xc0) != 0x80) return 0;
    }
    return row.length;
  }
  return 0;
}

// Appends `text` with everything escaped that could end the string, the line, or mean something to a terminal.
void AppendEscaped(absl::string_view text, std::string* out) {
  while (!text.empty()) {
    const auto octet = static_cast<uint8_t>(text[0]);
    const size_t length = Utf8Length(text);
    if (octet == '"' || octet == '\\') {
      absl::StrAppend(out, "\\", text.substr(0, 1));
    } else if (octet == '\n') {
      out->append("\\n");
    } else if (octet == '\r') {
      out->append("\\r");
    } else if (octet == '\t') {
      out->append("\\t");
    } else if (octet < 0x20 || octet == 0x7f) {
      absl::StrAppendFormat(out, "\\u%04x", octet);
    } else if (length == 0) {
      out->append("\\ufffd");
    } else if (length == 2 && octet == 0xc2 && static_cast<uint8_t>(text[1]) < 0xa0) {
      absl::StrAppendFormat(out, "\\u%04x", static_cast<uint8_t>(text[1]));  // C1 controls: a terminal may obey them
    } else {
      absl::StrAppend(out, text.substr(0, length));
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

struct JsonValue {
  std::string operator()(absl::string_view v) const { return JsonString(v); }
  std::string operator()(int64_t v) const { return absl::StrCat(v); }
  std::string operator()(uint64_t v) const { return absl::StrCat(v); }
  std::string operator()(double v) const { return std::isfinite(v) ? absl::StrCat(v) : "null"; }  // RFC 8259 6
  std::string operator()(bool v) const { return v ? "true" : "false"; }
};

// Bare where the value is a plain word, quoted otherwise.
struct TextValue {
  std::string operator()(absl::string_view v) const {
    bool bare = !v.empty();
    for (char c : v) bare = bare && absl::ascii_isgraph(c) && c != '"' && c != '\\' && c != '=';
    return bare ? std::string(v) : JsonString(v);
  }
  std::string operator()(auto v) const { return JsonValue()(v); }
};

bool Reserved(absl::string_view key) {
  return key == "ts" || key == "level" || key == "process" || key == "msg";
}

}  // namespace

std::string JsonString(absl::string_view text) {
  std::string out = "\"";
  AppendEscaped(text, &out);
  out.push_back('"');
  return out;
}

std::string JsonLine(const LogEvent& event) {
  std::string line = absl::StrCat(
      "{\"ts\":\"", absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", event.time, absl::UTCTimeZone()), "\",\"level\":\"",
      LogLevelName(event.level), "\",\"process\":", JsonString(event.process), ",\"msg\":", JsonString(event.message));
  for (const LogField& field : event.fields) {
    std::string key(field.key);
    if (Reserved(key)) key.push_back('_');
    absl::StrAppend(&line, ",", JsonString(key), ":", std::visit(JsonValue(), field.value));
  }
  line.push_back('}');
  return line;
}

std::string TextLine(const LogEvent& event) {
  std::string line = absl::StrFormat("%s %-7s %s: ", absl::FormatTime("%H:%M:%E3S", event.time, absl::UTCTimeZone()),
                                     absl::AsciiStrToUpper(LogLevelName(event.level)), event.process);
  AppendEscaped(event.message, &line);
  for (const LogField& field : event.fields) {
    absl::StrAppend(&line, " ", field.key, "=", std::visit(TextValue(), field.value));
  }
  return line;
}

}  // namespace culvert::daemon
