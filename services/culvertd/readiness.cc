// SPDX-License-Identifier: Apache-2.0
#include "services/culvertd/readiness.h"

#include <algorithm>

#include "absl/time/clock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "libs/daemon/channel.h"

namespace culvert::culvertd {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckResponse;

constexpr absl::Duration kAttempt = absl::Milliseconds(250);  // how late `give_up` may be noticed

bool Serves(Health::Stub& stub, absl::Duration timeout) {
  grpc::ClientContext context;
  daemon::SetDeadline(&context, timeout, /*wait=*/true);
  HealthCheckResponse response;
  return stub.Check(&context, {}, &response).ok() && response.status() == HealthCheckResponse::SERVING;
}

}  // namespace

std::vector<std::string> WaitUntilServing(const std::vector<Watched>& processes, absl::Duration patience,
                                          const std::function<bool()>& give_up) {
  const absl::Time deadline = absl::Now() + patience;
  std::vector<std::string> waiting;
  for (const Watched& process : processes) {
    auto stub = Health::NewStub(daemon::UnixChannel(process.socket));
    bool serves = false;
    do {
      serves = Serves(*stub, std::clamp(deadline - absl::Now(), absl::Milliseconds(1), kAttempt));
    } while (!serves && absl::Now() < deadline && !give_up());
    if (!serves) waiting.push_back(process.name);
  }
  return waiting;
}

}  // namespace culvert::culvertd
