// SPDX-License-Identifier: Apache-2.0
// culvert.testing.v1.EchoService: answers with what it was asked and with who asked.
#pragma once

#include <atomic>

#include "culvert/testing/v1/echo.grpc.pb.h"

namespace culvert::daemon {

class EchoService final : public testing::v1::EchoService::Service {
 public:
  using Request = testing::v1::EchoRequest;
  using Response = testing::v1::EchoResponse;

  grpc::Status Read(grpc::ServerContext* context, const Request* request, Response* response) override {
    return Answer(*context, *request, response);
  }
  grpc::Status Operate(grpc::ServerContext* context, const Request* request, Response* response) override {
    return Answer(*context, *request, response);
  }
  grpc::Status Configure(grpc::ServerContext* context, const Request* request, Response* response) override {
    return Answer(*context, *request, response);
  }
  grpc::Status Internal(grpc::ServerContext* context, const Request* request, Response* response) override {
    return Answer(*context, *request, response);
  }
  grpc::Status Forgotten(grpc::ServerContext* context, const Request* request, Response* response) override {
    return Answer(*context, *request, response);
  }
  grpc::Status Chat(grpc::ServerContext* context, grpc::ServerReaderWriter<Response, Request>* stream) override;

  int calls() const { return calls_; }          // handlers entered
  int cancelled() const { return cancelled_; }  // hanging calls that ended by cancellation

 private:
  grpc::Status Answer(const grpc::ServerContext& context, const Request& request, Response* response);

  std::atomic<int> calls_ = 0;
  std::atomic<int> cancelled_ = 0;
};

}  // namespace culvert::daemon
