// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/event_log.h"

#include <gtest/gtest.h>

#include <thread>

#include "absl/strings/str_cat.h"

namespace culvert::iked {
namespace {

constexpr size_t kTwo = 2 * (1 + EventLog::kOverhead);  // events of one octet

std::string Messages(const absl::StatusOr<std::vector<LoggedEvent>>& events) {
  if (!events.ok()) return std::string(absl::StatusCodeToString(events.status().code()));
  std::string out;
  for (const LoggedEvent& e : *events) absl::StrAppend(&out, e.sequence, e.encoded, " ");
  return out;
}

TEST(EventLogTest, ReadsInOrderFromAnyPlace) {
  EventLog log(1);
  for (const char* m : {"a", "b", "c", "d"}) log.Append(m);
  EXPECT_EQ(Messages(log.ReadAfter(0, 10, absl::ZeroDuration())), "1a 2b 3c 4d ");
  EXPECT_EQ(Messages(log.ReadAfter(2, 1, absl::ZeroDuration())), "3c ");
  EXPECT_EQ(Messages(log.ReadAfter(4, 10, absl::ZeroDuration())), "");
}

TEST(EventLogTest, SlowReaderLosesItsPlaceAndNobodyElseDoes) {
  EventLog log(1, kTwo);
  log.Append("a");
  EXPECT_EQ(Messages(log.ReadAfter(0, 1, absl::ZeroDuration())), "1a ");
  for (const char* m : {"b", "c"}) log.Append(m);
  EXPECT_EQ(Messages(log.ReadAfter(0, 10, absl::ZeroDuration())), "OUT_OF_RANGE");
  EXPECT_EQ(Messages(log.ReadAfter(1, 10, absl::ZeroDuration())), "2b 3c ");
}

TEST(EventLogTest, IsBoundedInOctets) {
  EventLog log(1, kTwo);
  for (const char* m : {"a", "b"}) log.Append(m);
  log.Append(std::string(1000, 'c'));  // larger than all there may be: it is there alone
  EXPECT_EQ(Messages(log.ReadAfter(1, 10, absl::ZeroDuration())), "OUT_OF_RANGE");
  EXPECT_EQ(log.ReadAfter(2, 10, absl::ZeroDuration())->size(), 1u);
  log.Append("d");
  EXPECT_EQ(Messages(log.ReadAfter(3, 10, absl::ZeroDuration())), "4d ");
}

TEST(EventLogTest, WaitsForTheNextEvent) {
  EventLog log(1);
  std::thread writer([&] { log.Append("a"); });
  EXPECT_EQ(Messages(log.ReadAfter(0, 10, absl::Seconds(20))), "1a ");
  writer.join();
}

TEST(EventLogTest, TokensResumeWithinOneRunAndWhileTheEventsLast) {
  EventLog log(0xabc, kTwo);
  for (const char* m : {"a", "b", "c"}) log.Append(m);
  EXPECT_EQ(log.ParseToken(log.TokenOf(3)).value(), 3u);
  EXPECT_EQ(log.ParseToken(log.TokenOf(1)).value(), 1u);
  EXPECT_EQ(log.ParseToken(log.TokenOf(0)).status().code(), absl::StatusCode::kOutOfRange) << "event 1 is gone";
  EXPECT_EQ(log.ParseToken(log.TokenOf(4)).status().code(), absl::StatusCode::kOutOfRange) << "not yet written";
  EXPECT_EQ(log.ParseToken(EventLog(0xdef).TokenOf(0)).status().code(), absl::StatusCode::kOutOfRange);
  for (const char* bad : {"", "x", "1-2-3", "1-", "-1", "zz-1"}) {
    EXPECT_EQ(log.ParseToken(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace culvert::iked
