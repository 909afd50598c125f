// SPDX-License-Identifier: Apache-2.0
#include "services/configd/service/config_service.h"

#include <utility>

#include "libs/daemon/serve.h"
#include "libs/daemon/status.h"

namespace culvert::configd {
namespace {

template <typename Response>
grpc::Status Answer(absl::StatusOr<Response> outcome, Response* response) {
  if (!outcome.ok()) return daemon::ToGrpc(outcome.status());
  *response = *std::move(outcome);
  return grpc::Status::OK;
}

std::string PrincipalOf(const grpc::ServerContext& context) {
  return daemon::CallerOf(context).principal;
}

}  // namespace

grpc::Status ConfigService::Validate(grpc::ServerContext*, const config::v1::ValidateRequest* request,
                                     config::v1::ValidateResponse* response) {
  return Answer(transactions_.Validate(*request), response);
}

grpc::Status ConfigService::Apply(grpc::ServerContext* context, const config::v1::ApplyRequest* request,
                                  config::v1::ApplyResponse* response) {
  const grpc::Status status = Answer(transactions_.Apply(*request, PrincipalOf(*context)), response);
  timer_.Rearm();
  return status;
}

grpc::Status ConfigService::Confirm(grpc::ServerContext* context, const config::v1::ConfirmRequest* request,
                                    config::v1::ConfirmResponse* response) {
  const grpc::Status status = Answer(transactions_.Confirm(*request, PrincipalOf(*context)), response);
  timer_.Rearm();
  return status;
}

grpc::Status ConfigService::Cancel(grpc::ServerContext* context, const config::v1::CancelRequest* request,
                                   config::v1::CancelResponse* response) {
  const grpc::Status status = Answer(transactions_.Cancel(*request, PrincipalOf(*context)), response);
  timer_.Rearm();
  return status;
}

grpc::Status ConfigService::GetConfiguration(grpc::ServerContext*, const config::v1::GetConfigurationRequest* request,
                                             config::v1::GetConfigurationResponse* response) {
  return Answer(transactions_.GetConfiguration(*request), response);
}

grpc::Status ConfigService::ListRevisions(grpc::ServerContext*, const config::v1::ListRevisionsRequest* request,
                                          config::v1::ListRevisionsResponse* response) {
  return Answer(transactions_.ListRevisions(*request), response);
}

grpc::Status ConfigService::Rollback(grpc::ServerContext* context, const config::v1::RollbackRequest* request,
                                     config::v1::ApplyResponse* response) {
  return Answer(transactions_.Rollback(*request, PrincipalOf(*context)), response);
}

grpc::Status ConfigService::Diff(grpc::ServerContext*, const config::v1::DiffRequest* request,
                                 config::v1::DiffResponse* response) {
  return Answer(transactions_.Diff(*request), response);
}

grpc::Status ConfigService::ExplainSecret(grpc::ServerContext*, const config::v1::ExplainSecretRequest* request,
                                          config::v1::ExplainSecretResponse* response) {
  return Answer(transactions_.ExplainSecret(*request), response);
}

grpc::Status ConfigService::GetApplyStatus(grpc::ServerContext*, const config::v1::GetApplyStatusRequest*,
                                           config::v1::GetApplyStatusResponse* response) {
  *response = transactions_.GetApplyStatus();
  return grpc::Status::OK;
}

}  // namespace culvert::configd
