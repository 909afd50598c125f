// SPDX-License-Identifier: Apache-2.0
#include "libs/daemon/status.h"

#include <gtest/gtest.h>

#include "google/rpc/status.pb.h"

namespace culvert::daemon {
namespace {

TEST(Status, EveryCodeMapsToItselfAndBack) {
  for (int code = 0; code <= 16; ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code), code == 0 ? "" : "why");
    const grpc::Status wire = ToGrpc(status);
    EXPECT_EQ(static_cast<int>(wire.error_code()), code);
    EXPECT_EQ(FromGrpc(wire), status);
  }
}

TEST(Status, DetailsSurviveTheWire) {
  absl::Status status = WithReason(absl::AbortedError("etag is old"), "ETAG_MISMATCH", {{"etag", "7"}});
  status = WithFieldViolations(status, {{"tunnels[to-b].ike.lifetime", "too short", "OUT_OF_RANGE"}, {"x", "y", "z"}});
  const grpc::Status wire = ToGrpc(status);
  google::rpc::Status parsed;
  ASSERT_TRUE(parsed.ParseFromString(wire.error_details()));
  EXPECT_EQ(parsed.code(), static_cast<int>(grpc::StatusCode::ABORTED));
  EXPECT_EQ(parsed.details_size(), 2);

  const absl::Status back = FromGrpc(wire);
  EXPECT_EQ(back, status);
  EXPECT_EQ(ReasonOf(back), "ETAG_MISMATCH");
  const auto violations = FieldViolationsOf(back);
  ASSERT_EQ(violations.size(), 2u);
  EXPECT_EQ(violations[0].field, "tunnels[to-b].ike.lifetime");
  EXPECT_EQ(violations[0].reason, "OUT_OF_RANGE");
}

TEST(Status, DetailsThatAreNoDetailsAreDropped) {
  const absl::Status status = FromGrpc(grpc::Status(grpc::StatusCode::INTERNAL, "m", "\xff\xff not a Status"));
  EXPECT_EQ(status, absl::InternalError("m"));
  EXPECT_EQ(ReasonOf(status), "");
}

}  // namespace
}  // namespace culvert::daemon
