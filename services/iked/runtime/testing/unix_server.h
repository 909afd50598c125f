// SPDX-License-Identifier: Apache-2.0
// Fakes of the other processes on a Unix socket of their own, as the real ones are met. gRPC's in-process transport
// would not do: it does not survive a server that goes while a call begins.
#pragma once

#include <grpcpp/impl/codegen/service_type.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>

#include "libs/daemon/channel.h"

namespace culvert::iked::testing {

class UnixServer {
 public:
  explicit UnixServer(std::initializer_list<grpc::Service*> services) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("unix:" + path_, grpc::InsecureServerCredentials());
    for (grpc::Service* service : services) builder.RegisterService(service);
    server_ = builder.BuildAndStart();
  }
  ~UnixServer() {
    Stop();
    std::filesystem::remove_all(directory_);
  }

  std::shared_ptr<grpc::Channel> Channel() const { return daemon::UnixChannel(path_); }

  // Ends every call at once.
  void Stop() { server_->Shutdown(std::chrono::system_clock::now()); }

 private:
  static std::string MakeDirectory() {
    std::string directory = "/tmp/culvert-fake-XXXXXX";
    return mkdtemp(directory.data());
  }

  const std::string directory_ = MakeDirectory();
  const std::string path_ = directory_ + "/fake.sock";
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace culvert::iked::testing
