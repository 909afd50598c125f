// SPDX-License-Identifier: Apache-2.0
#include "libs/daemon/log_line.h"

#include <gtest/gtest.h>

#include <limits>

namespace culvert::daemon {
namespace {

const absl::Time kWhen = absl::FromUnixMillis(1767323045678);  // 2026-01-02 03:04:05.678 UTC

TEST(LogLine, JsonHasTheFourKeysThenTheFields) {
  EXPECT_EQ(JsonLine({kWhen, LogLevel::kInfo, "iked", "tunnel up", {{"tunnel", "to-b"}, {"spi", 7u}, {"ok", true}}}),
            R"({"ts":"2026-01-02T03:04:05.678Z","level":"info","process":"iked","msg":"tunnel up",)"
            R"("tunnel":"to-b","spi":7,"ok":true})");
}

TEST(LogLine, FieldsCannotReplaceTheFourKeys) {
  EXPECT_EQ(JsonLine({kWhen, LogLevel::kError, "sad", "m", {{"level", "x"}, {"msg", "y"}}}),
            R"({"ts":"2026-01-02T03:04:05.678Z","level":"error","process":"sad","msg":"m","level_":"x","msg_":"y"})");
}

TEST(LogLine, NumbersThatJsonDoesNotKnowAreNull) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_NE(JsonLine({kWhen, LogLevel::kInfo, "p", "m", {{"v", infinity}}}).find(R"("v":null)"), std::string::npos);
}

TEST(LogLine, TextQuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(
      TextLine({kWhen, LogLevel::kWarning, "iked", "peer says", {{"id", "gw-b"}, {"text", "two words"}, {"n", -1}}}),
      "03:04:05.678 WARNING iked: peer says id=gw-b text=\"two words\" n=-1");
}

TEST(LogLine, NothingAPeerSendsStartsALineOrReachesATerminal) {
  const struct {
    absl::string_view raw, quoted;
  } kRows[] = {
      {"a\nINFO forged", R"("a\nINFO forged")"},
      {"\"}{\"", R"("\"}{\"")"},
      {"back\\slash\t\r", R"("back\\slash\t\r")"},
      {absl::string_view("\0\x1b[31m\x7f", 7), R"("\u0000\u001b[31m\u007f")"},
      {"\xc2\x9b"
       "31m",
       R"("\u009b31m")"},  // C1 CSI
      {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\x92", "\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\x92\""},
      {"\xff\xfe", R"("\ufffd\ufffd")"},
      {"\xc0\xaf", R"("\ufffd\ufffd")"},            // overlong
      {"\xed\xa0\x80", R"("\ufffd\ufffd\ufffd")"},  // surrogate
      {"\xe2\x82", R"("\ufffd\ufffd")"},            // cut short
      {"", R"("")"},
  };
  for (const auto& row : kRows) EXPECT_EQ(JsonString(row.raw), row.quoted);
}

}  // namespace
}  // namespace culvert::daemon
