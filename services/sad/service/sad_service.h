// SPDX-License-Identifier: Apache-2.0
// SadService: iked's stream of operations to the database, and what readers ask for.
#pragma once

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "culvert/sad/v1/sad.grpc.pb.h"
#include "services/sad/database/database.h"
#include "services/sad/enforcer.h"
#include "services/sad/service/attach_session.h"

namespace culvert::sad {

class SadService final : public v1::SadService::Service {
 public:
  // Borrows both. `choice`: why this datapath.
  SadService(Database& database, Enforcer& enforcer, std::string choice)
      : database_(database), enforcer_(enforcer), choice_(std::move(choice)) {}

  // One stream at a time: a newer one takes the place of one whose iked died unnoticed.
  grpc::Status Attach(grpc::ServerContext* context, AttachSession::Stream* stream) override;
  grpc::Status GetCapabilities(grpc::ServerContext* context, const v1::GetCapabilitiesRequest* request,
                               v1::GetCapabilitiesResponse* response) override;
  grpc::Status ListChildSas(grpc::ServerContext* context, const v1::ListChildSasRequest* request,
                            v1::ListChildSasResponse* response) override;
  grpc::Status GetCounters(grpc::ServerContext* context, const v1::GetCountersRequest* request,
                           v1::GetCountersResponse* response) override;

 private:
  v1::AttachResponse Apply(v1::AttachRequest* request);
  absl::Status SetVirtualIps(const v1::SetVirtualIps& request);
  void Become(const std::shared_ptr<AttachSession>& session) ABSL_LOCKS_EXCLUDED(mutex_);
  void Leave(const std::shared_ptr<AttachSession>& session) ABSL_LOCKS_EXCLUDED(mutex_);

  Database& database_;
  Enforcer& enforcer_;
  const std::string choice_;
  absl::Mutex mutex_;
  std::shared_ptr<AttachSession> session_ ABSL_GUARDED_BY(mutex_);  // the one that counts; null: nobody is attached
};

}  // namespace culvert::sad
