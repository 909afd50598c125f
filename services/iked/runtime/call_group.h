// SPDX-License-Identifier: Apache-2.0
// Unary calls to neighbour processes whose answers arrive on the event loop, and which end with their owner.
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "libs/daemon/channel.h"
#include "services/iked/runtime/event_loop.h"

namespace culvert::iked {

class CallGroup {
 public:
  explicit CallGroup(EventLoop& loop) : loop_(loop) {}

  // Cancels what is under way and waits until gRPC has let go of it; no answer arrives afterwards. On the loop's
  // thread, or after the loop has ended.
  ~CallGroup() {
    *open_ = false;
    absl::MutexLock lock(&mutex_);
    for (grpc::ClientContext* context : contexts_) context->TryCancel();
    mutex_.Await(absl::Condition(
        +[](absl::flat_hash_set<grpc::ClientContext*>* c) { return c->empty(); }, &contexts_));
  }

  // `start` begins the call, as in
  //   [&](auto* context, auto* request, auto* response, auto done) {
  //     stub->async()->Resolve(context, request, response, done); }
  // `answer(status, response)` runs on the loop's thread.
  template <typename Request, typename Response, typename Start, typename Answer>
  void Call(Request request, absl::Duration deadline, Start start, Answer answer) {
    struct Pending {
      grpc::ClientContext context;
      Request request;
      Response response;
    };
    auto pending = std::make_shared<Pending>();
    pending->request = std::move(request);
    daemon::SetDeadline(&pending->context, deadline);
    {
      absl::MutexLock lock(&mutex_);
      contexts_.insert(&pending->context);
    }
    start(&pending->context, &pending->request, &pending->response,
          [this, pending, answer = std::move(answer)](grpc::Status status) {
            loop_.Post([open = open_, pending, answer, status = std::move(status)] {
              if (*open) answer(status, pending->response);
            });
            absl::MutexLock lock(&mutex_);
            contexts_.erase(&pending->context);
          });
  }

 private:
  EventLoop& loop_;
  std::shared_ptr<bool> open_ = std::make_shared<bool>(true);  // the loop's thread alone
  absl::Mutex mutex_;
  absl::flat_hash_set<grpc::ClientContext*> contexts_;
};

}  // namespace culvert::iked
