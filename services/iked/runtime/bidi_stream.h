// SPDX-License-Identifier: Apache-2.0
// One call of a two-way stream, whose events arrive on the event loop. A stream that breaks is over; whoever owns it
// starts another.
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "absl/synchronization/notification.h"
#include "services/iked/runtime/event_loop.h"

namespace culvert::iked {

template <typename Request, typename Response>
class BidiStream final : private grpc::ClientBidiReactor<Request, Response> {
 public:
  using Reactor = grpc::ClientBidiReactor<Request, Response>;
  using Call = std::function<void(grpc::ClientContext*, Reactor*)>;

  // Each runs on the loop's thread, and not after the stream's owner has called Close.
  struct Handlers {
    std::function<void(Response&)> read;                             // the next read starts when it returns
    std::function<void(Request&)> written;                           // what was written; another Write may follow
    std::function<void(const grpc::Status&, Request& last)> closed;  // last of all; `last` may not have been written
  };

  // `call` begins the RPC: [&](auto* context, auto* reactor) { stub->async()->Attach(context, reactor); }
  static std::shared_ptr<BidiStream> Start(EventLoop& loop, Handlers handlers, const Call& call) {
    std::shared_ptr<BidiStream> stream(new BidiStream(loop, std::move(handlers)));
    stream->self_ = stream;
    call(&stream->context_, stream.get());
    stream->AddHold();  // writes and reads start from the loop, outside gRPC's reactions
    stream->reading_ = true;
    stream->StartRead(&stream->response_);
    stream->StartCall();
    return stream;
  }

  // One at a time: the next after `written`. Silently nothing on a stream that has broken; `closed` follows.
  void Write(Request request) {
    const std::lock_guard lock(mutex_);
    if (broken_) return;
    request_ = std::move(request);
    this->StartWrite(&request_);
  }

  // Ends the call and waits until gRPC has let go of it. No handler runs afterwards. On the loop's thread, or after
  // the loop has ended.
  void Close() {
    open_ = false;
    context_.TryCancel();
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
      if (!reading_) Break();
    }
    done_.WaitForNotification();
  }

 private:
  BidiStream(EventLoop& loop, Handlers handlers) : loop_(loop), handlers_(std::move(handlers)) {}

  void OnReadDone(bool ok) override {
    {
      const std::lock_guard lock(mutex_);
      reading_ = false;
      if (!ok || closing_) {
        Break();
        return;
      }
    }
    loop_.Post([self = self_] {
      if (!self->open_) return;
      self->handlers_.read(self->response_);
      self->ReadNext();
    });
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return;  // OnReadDone says so too
    loop_.Post([self = self_] {
      if (self->open_) self->handlers_.written(self->request_);
    });
  }

  void OnDone(const grpc::Status& status) override {
    loop_.Post([self = self_, status] {
      if (self->open_) self->handlers_.closed(status, self->request_);
    });
    const std::shared_ptr<BidiStream> self = std::move(self_);
    done_.Notify();
  }

  void ReadNext() {
    const std::lock_guard lock(mutex_);
    if (closing_) return;
    reading_ = true;
    this->StartRead(&response_);
  }

  // Exactly once: whoever finds that no read is under way and none may follow. Needs mutex_.
  void Break() {
    if (std::exchange(broken_, true)) return;
    this->RemoveHold();
  }

  EventLoop& loop_;
  Handlers handlers_;
  grpc::ClientContext context_;
  Request request_;
  Response response_;
  bool open_ = true;                  // the loop's thread alone
  std::shared_ptr<BidiStream> self_;  // gRPC's reference, until OnDone
  absl::Notification done_;

  std::mutex mutex_;      // guards the rest
  bool reading_ = false;  // gRPC owes us an OnReadDone
  bool closing_ = false;
  bool broken_ = false;  // the hold is gone: no operation may start
};

}  // namespace culvert::iked
