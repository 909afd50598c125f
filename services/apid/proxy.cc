// SPDX-License-Identifier: Apache-2.0
#include "services/apid/proxy.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>

#include <mutex>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "libs/daemon/gate.h"
#include "libs/daemon/serve.h"
#include "libs/daemon/status.h"

namespace culvert::apid {
namespace {

using grpc::ByteBuffer;

absl::string_view View(grpc::string_ref text) {
  return {text.data(), text.size()};
}

// What a caller may pass on: its own words, but nothing of the transport's and nothing that says who it is.
bool Passes(absl::string_view key) {
  return !absl::StartsWith(key, ":") && !absl::StartsWith(key, "grpc-") && !absl::StartsWith(key, "culvert-") &&
         key != "user-agent" && key != "content-type" && key != "te" && key != "authorization";
}

// Answers without a backend.
class Refusal final : public grpc::ServerGenericBidiReactor {
 public:
  explicit Refusal(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

// One call on its way through: at most one message in flight in each direction, so memory is bounded by two messages
// and a slow end slows the other down.
//
// Reactions of the two halves run on different threads. The backend's half must get no operation after its end: a hold
// keeps it open until `backend_open_` is taken back, and both happen under one mutex.
class Call final : public grpc::ServerGenericBidiReactor {
 public:
  Call(grpc::GenericCallbackServerContext* context, const Backend& backend)
      : context_(context), backend_(backend), stub_(backend.channel), half_(this) {
    const daemon::Caller caller = daemon::CallerOf(*context);
    for (const auto& [key, value] : context->client_metadata()) {
      if (Passes(View(key))) client_.AddMetadata(std::string(View(key)), std::string(View(value)));
    }
    client_.AddMetadata(daemon::kPrincipalKey, caller.principal);
    client_.AddMetadata(daemon::kRoleKey, std::string(daemon::RoleName(caller.role)));
    client_.set_deadline(context->deadline());
    stub_.PrepareBidiStreamingCall(&client_, context->method(), {}, &half_);
    half_.AddHold();
    half_.StartCall();
    half_.StartRead(&answer_);
    StartRead(&request_);
  }

  // From the caller.
  void OnReadDone(bool ok) override {
    WithBackend([&] { ok ? half_.StartWrite(&request_) : half_.StartWritesDone(); });
  }
  void OnWriteDone(bool ok) override {
    if (!ok) return GiveUp();  // the caller is gone
    WithBackend([&] { half_.StartRead(&answer_); });
  }
  void OnCancel() override { client_.TryCancel(); }
  void OnDone() override { delete this; }

 private:
  class Half final : public grpc::ClientBidiReactor<ByteBuffer, ByteBuffer> {
   public:
    explicit Half(Call* call) : call_(call) {}
    void OnReadDone(bool ok) override { call_->BackendAnswered(ok); }
    void OnWriteDone(bool ok) override {
      if (ok) call_->StartRead(&call_->request_);
    }
    void OnDone(const grpc::Status& status) override { call_->BackendEnded(status); }

   private:
    Call* call_;
  };

  template <typename Operation>
  void WithBackend(Operation operation) {
    std::lock_guard lock(mutex_);
    if (backend_open_) operation();
  }
  // No operation on the backend's half from here on; its OnDone comes when those under way have ended.
  void CloseBackend() {
    std::lock_guard lock(mutex_);
    if (std::exchange(backend_open_, false)) half_.RemoveHold();
  }
  void GiveUp() {
    client_.TryCancel();
    CloseBackend();
  }

  void BackendAnswered(bool ok) {
    if (!ok) return CloseBackend();  // its status follows
    if (!std::exchange(answered_, true)) {
      for (const auto& [key, value] : client_.GetServerInitialMetadata()) {
        if (Passes(View(key))) context_->AddInitialMetadata(std::string(View(key)), std::string(View(value)));
      }
    }
    StartWrite(&answer_);
  }

  void BackendEnded(const grpc::Status& status) {
    for (const auto& [key, value] : client_.GetServerTrailingMetadata()) {
      if (Passes(View(key))) context_->AddTrailingMetadata(std::string(View(key)), std::string(View(value)));
    }
    // A channel that is connected passed on the word of the process itself.
    const bool down = status.error_code() == grpc::StatusCode::UNAVAILABLE &&
                      backend_.channel->GetState(/*try_to_connect=*/false) != GRPC_CHANNEL_READY;
    Finish(down ? Down() : status);
  }

  grpc::Status Down() const {
    return daemon::ToGrpc(
        daemon::WithReason(absl::UnavailableError(absl::StrCat(
                               backend_.process, " is down; it is started again by itself, try once more")),
                           "PROCESS_DOWN", {{"process", backend_.process}}));
  }

  grpc::GenericCallbackServerContext* context_;
  const Backend& backend_;
  grpc::TemplatedGenericStub<ByteBuffer, ByteBuffer> stub_;
  grpc::ClientContext client_;
  Half half_;
  ByteBuffer request_, answer_;
  bool answered_ = false;
  std::mutex mutex_;
  bool backend_open_ = true;
};

}  // namespace

grpc::ServerGenericBidiReactor* Proxy::CreateReactor(grpc::GenericCallbackServerContext* context) {
  absl::string_view service = context->method();  // "/culvert.ike.v1.IkeService/Initiate"
  absl::ConsumePrefix(&service, "/");
  service = service.substr(0, service.find('/'));
  auto backend = backends_.find(service);
  if (backend == backends_.end()) {
    return new Refusal(
        grpc::Status(grpc::StatusCode::UNIMPLEMENTED, absl::StrCat(service, " is not a service of the public API")));
  }
  return new Call(context, backend->second);
}

}  // namespace culvert::apid
