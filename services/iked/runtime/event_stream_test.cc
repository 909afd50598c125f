// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/event_stream.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace culvert::iked {
namespace {

std::string Of(const std::string& tunnel, const std::string& message) {
  ike::v1::Event event;
  event.set_tunnel(tunnel);
  event.set_message(message);
  return event.SerializeAsString();
}

class EventStreamTest : public ::testing::Test {
 protected:
  // Runs until `count` events were written.
  absl::Status Run(uint64_t from, int count, const std::string& tunnel = "",
                   absl::Duration heartbeat = absl::InfiniteDuration()) {
    const EventStream stream{.log = log_,
                             .clock = clock_,
                             .tunnel = tunnel,
                             .heartbeat = heartbeat,
                             .cancelled = [] { return false; },
                             .write =
                                 [&, left = count](const ike::v1::Event& event) mutable {
                                   absl::StrAppend(&heard_, event.sequence(), event.message(),
                                                   event.type() == ike::v1::EventType::HEARTBEAT ? "heartbeat" : "",
                                                   " ");
                                   last_token_ = event.resume_token();
                                   if (while_writing_) while_writing_();
                                   return --left > 0;
                                 }};
    return stream.RunFrom(from);
  }

  base::SystemClock clock_;
  EventLog log_{1, 4 * (Of("x", "x").size() + EventLog::kOverhead)};
  std::string heard_;
  std::string last_token_;
  std::function<void()> while_writing_;
};

TEST_F(EventStreamTest, ResumesWhereTheTokenSays) {
  for (const char* m : {"a", "b", "c"}) log_.Append(Of("x", m));
  EXPECT_TRUE(absl::IsCancelled(Run(0, 2)));
  EXPECT_EQ(heard_, "1a 2b ");
  heard_.clear();
  EXPECT_TRUE(absl::IsCancelled(Run(log_.ParseToken(last_token_).value(), 1)));
  EXPECT_EQ(heard_, "3c ");
}

TEST_F(EventStreamTest, OneTunnelAlone) {
  for (const char* t : {"x", "y", "", "x"}) log_.Append(Of(t, t));
  EXPECT_TRUE(absl::IsCancelled(Run(0, 2, "x")));
  EXPECT_EQ(heard_, "1x 4x ");
}

TEST_F(EventStreamTest, SlowReaderLosesItsStream) {
  log_.Append(Of("x", "a"));
  while_writing_ = [this] {
    for (const char* m : {"b", "c", "d", "e", "f"}) log_.Append(Of("x", m));
  };
  EXPECT_TRUE(absl::IsResourceExhausted(Run(0, 10)));
  EXPECT_EQ(heard_, "1a ");
}

TEST_F(EventStreamTest, SilenceIsBrokenByHeartbeats) {
  log_.Append(Of("y", "a"));
  EXPECT_TRUE(absl::IsCancelled(Run(0, 2, "x", absl::Milliseconds(1))));
  EXPECT_EQ(heard_, "1heartbeat 1heartbeat ");
}

}  // namespace
}  // namespace culvert::iked
