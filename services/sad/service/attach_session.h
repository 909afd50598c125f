// SPDX-License-Identifier: Apache-2.0
// What goes to iked on one Attach stream: results in the order of their operations, events and addresses in between.
// Whoever has something to say leaves it here and goes on; one thread writes.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/sync_stream.h>

#include <deque>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "culvert/sad/v1/sad.grpc.pb.h"

namespace culvert::sad {

class AttachSession {
 public:
  using Stream = grpc::ServerReaderWriter<v1::AttachResponse, v1::AttachRequest>;

  AttachSession(grpc::ServerContext* context, Stream* stream) : context_(context), stream_(stream) {}

  // A reader that lets more than kMaxWaiting messages pile up loses its stream: it attaches again and reconciles.
  void Push(v1::AttachResponse response) ABSL_LOCKS_EXCLUDED(mutex_);
  // Writes until Close().
  void WriteAll() ABSL_LOCKS_EXCLUDED(mutex_);
  void Close() ABSL_LOCKS_EXCLUDED(mutex_);
  // Another stream took its place. The caller's Read() then ends.
  void Cancel() ABSL_LOCKS_EXCLUDED(mutex_);

  static constexpr size_t kMaxWaiting = 65536;

 private:
  grpc::ServerContext* const context_;
  Stream* const stream_;
  absl::Mutex mutex_;
  std::deque<v1::AttachResponse> waiting_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace culvert::sad
