// SPDX-License-Identifier: Apache-2.0
// Channels to the other processes.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <memory>
#include <string>

#include "absl/time/time.h"

namespace culvert::daemon {

// A channel to the socket file `path`. Connects when first used, and again after 100 ms … 1 s, jittered, when the
// process behind it restarts. Each channel is a connection of its own. Messages have no size limit: the ends trust each
// other.
std::shared_ptr<grpc::Channel> UnixChannel(const std::string& path);

// Keeps the threads on which gRPC runs callbacks for as long as the process lives. gRPC 1.51 joins them when the last
// channel that has used them goes; where a finishing call drops that channel, a thread joins itself and frees its
// completion queue under its own feet. UnixChannel calls this; users of other channels (tests, in process) do too.
void KeepCallbackThreads();

// What one of our unary calls may take unless it says otherwise.
inline constexpr absl::Duration kCallDeadline = absl::Seconds(5);

// Every client context gets a deadline. `wait` queues the call while the process behind it restarts, instead of
// UNAVAILABLE.
inline void SetDeadline(grpc::ClientContext* context, absl::Duration deadline = kCallDeadline, bool wait = false) {
  context->set_deadline(absl::ToChronoTime(absl::Now() + deadline));
  context->set_wait_for_ready(wait);
}

}  // namespace culvert::daemon
