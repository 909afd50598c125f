// SPDX-License-Identifier: Apache-2.0
// culvert.config.v1.ConfigService on Transactions.
#pragma once

#include "culvert/config/v1/config_service.grpc.pb.h"
#include "services/configd/service/revert_timer.h"
#include "services/configd/service/transactions.h"

namespace culvert::configd {

class ConfigService final : public config::v1::ConfigService::Service {
 public:
  ConfigService(Transactions* transactions, RevertTimer* timer) : transactions_(*transactions), timer_(*timer) {}

  grpc::Status Validate(grpc::ServerContext* context, const config::v1::ValidateRequest* request,
                        config::v1::ValidateResponse* response) override;
  grpc::Status Apply(grpc::ServerContext* context, const config::v1::ApplyRequest* request,
                     config::v1::ApplyResponse* response) override;
  grpc::Status Confirm(grpc::ServerContext* context, const config::v1::ConfirmRequest* request,
                       config::v1::ConfirmResponse* response) override;
  grpc::Status Cancel(grpc::ServerContext* context, const config::v1::CancelRequest* request,
                      config::v1::CancelResponse* response) override;
  grpc::Status GetConfiguration(grpc::ServerContext* context, const config::v1::GetConfigurationRequest* request,
                                config::v1::GetConfigurationResponse* response) override;
  grpc::Status ListRevisions(grpc::ServerContext* context, const config::v1::ListRevisionsRequest* request,
                             config::v1::ListRevisionsResponse* response) override;
  grpc::Status Rollback(grpc::ServerContext* context, const config::v1::RollbackRequest* request,
                        config::v1::ApplyResponse* response) override;
  grpc::Status Diff(grpc::ServerContext* context, const config::v1::DiffRequest* request,
                    config::v1::DiffResponse* response) override;
  grpc::Status ExplainSecret(grpc::ServerContext* context, const config::v1::ExplainSecretRequest* request,
                             config::v1::ExplainSecretResponse* response) override;
  grpc::Status GetApplyStatus(grpc::ServerContext* context, const config::v1::GetApplyStatusRequest* request,
                              config::v1::GetApplyStatusResponse* response) override;

 private:
  Transactions& transactions_;
  RevertTimer& timer_;
};

}  // namespace culvert::configd
