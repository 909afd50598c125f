// SPDX-License-Identifier: Apache-2.0
#include "libs/daemon/channel.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/channel_arguments.h>
#include <grpcpp/support/slice.h>

#include <utility>

namespace culvert::daemon {
namespace {

// A call that fails at once: enough for its channel to hold the threads.
struct FailingCall {
  grpc::Slice nothing;
  grpc::ClientContext context;
  grpc::ByteBuffer request{&nothing, 1};  // a default one is no message at all
  grpc::ByteBuffer response;
};

// Without credentials gRPC makes a channel on which nothing ever connects.
const std::shared_ptr<grpc::Channel>* HoldingChannel() {
  auto* const channel = new std::shared_ptr<grpc::Channel>(grpc::CreateChannel("nowhere", nullptr));
  auto call = std::make_shared<FailingCall>();
  FailingCall* const at = call.get();
  grpc::GenericStub(*channel).UnaryCall(&at->context, "/culvert/Nothing", {}, &at->request, &at->response,
                                        [held = std::move(call)](const grpc::Status&) {});
  return channel;
}

}  // namespace

void KeepCallbackThreads() {
  // Never freed: that is its purpose. Volatile, or the compiler would not even keep the pointer, and a leak checker
  // would be right.
  static const std::shared_ptr<grpc::Channel>* volatile held = HoldingChannel();
  static_cast<void>(held);
}

std::shared_ptr<grpc::Channel> UnixChannel(const std::string& path) {
  KeepCallbackThreads();
  grpc::ChannelArguments arguments;
  // A restarted process serves again within a second; gRPC's own 1 s … 120 s would outlast that many times over. Below
  // 100 ms gRPC does not go.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  // Named a backoff, this is how long one attempt may take: a busy machine must not turn a slow answer into a dead
  // process.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 10'000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetMaxSendMessageSize(-1);
  return grpc::CreateCustomChannel("unix:" + path, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace culvert::daemon
