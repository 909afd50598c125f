// SPDX-License-Identifier: Apache-2.0
// The door of one caller: judges every call that arrives on that caller's connections.
#pragma once

#include <grpcpp/security/auth_metadata_processor.h>

#include <mutex>

#include "libs/daemon/caller.h"

namespace culvert::daemon {

// Metadata by which apid says for whom it calls. From anybody else it is taken off before a handler sees it.
inline constexpr char kPrincipalKey[] = "culvert-principal";
inline constexpr char kRoleKey[] = "culvert-role";

class Gate final : public grpc::AuthMetadataProcessor {
 public:
  explicit Gate(bool proxied) : proxied_(proxied) {}

  // Whose door it is. Before the first connection is handed to gRPC, which orders it before every call.
  void BelongTo(Caller caller) { caller_ = std::move(caller); }

  bool IsBlocking() const override { return false; }  // nothing here waits: judge on the transport's thread
  grpc::Status Process(const InputMetadata& metadata, grpc::AuthContext* context, OutputMetadata* consumed,
                       OutputMetadata* response) override;

 private:
  void Introduce(grpc::AuthContext* context);

  const bool proxied_;
  Caller caller_;
  std::mutex mutex_;  // an AuthContext is the connection's, shared by calls that arrive on several threads
};

}  // namespace culvert::daemon
