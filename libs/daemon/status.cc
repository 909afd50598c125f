// SPDX-License-Identifier: Apache-2.0
#include "libs/daemon/status.h"

#include "absl/strings/cord.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace culvert::daemon {
namespace {

constexpr char kPrefix[] = "type.googleapis.com/";
constexpr char kDomain[] = "culvert";

template <typename Message>
std::string UrlOf() {
  return std::string(kPrefix) + Message::descriptor()->full_name();
}

template <typename Message>
std::optional<Message> PayloadOf(const absl::Status& status) {
  const auto payload = status.GetPayload(UrlOf<Message>());
  Message message;
  if (!payload || !message.ParseFromString(std::string(*payload))) return std::nullopt;
  return message;
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  // Both enumerations are google.rpc.Code.
  const auto code = static_cast<grpc::StatusCode>(status.code());
  google::rpc::Status wire;
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    google::protobuf::Any* detail = wire.add_details();
    detail->set_type_url(std::string(url));
    detail->set_value(std::string(payload));
  });
  const std::string message(status.message());
  if (wire.details().empty()) return grpc::Status(code, message);
  wire.set_code(static_cast<int>(code));
  wire.set_message(message);
  return grpc::Status(code, message, wire.SerializeAsString());
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  absl::Status out(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  google::rpc::Status wire;
  if (!status.error_details().empty() && wire.ParseFromString(status.error_details())) {
    for (const google::protobuf::Any& detail : wire.details())
      out.SetPayload(detail.type_url(), absl::Cord(detail.value()));
  }
  return out;
}

absl::Status WithReason(absl::Status status, absl::string_view reason,
                        const std::map<std::string, std::string>& metadata) {
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(reason));
  info.set_domain(kDomain);
  info.mutable_metadata()->insert(metadata.begin(), metadata.end());
  status.SetPayload(UrlOf<google::rpc::ErrorInfo>(), absl::Cord(info.SerializeAsString()));
  return status;
}

std::string ReasonOf(const absl::Status& status) {
  const auto info = PayloadOf<google::rpc::ErrorInfo>(status);
  return info ? info->reason() : "";
}

absl::Status WithFieldViolations(absl::Status status, const std::vector<FieldViolation>& violations) {
  google::rpc::BadRequest request;
  for (const FieldViolation& violation : violations) {
    auto* out = request.add_field_violations();
    out->set_field(violation.field);
    out->set_description(violation.description);
    out->set_reason(violation.reason);
  }
  status.SetPayload(UrlOf<google::rpc::BadRequest>(), absl::Cord(request.SerializeAsString()));
  return status;
}

std::vector<FieldViolation> FieldViolationsOf(const absl::Status& status) {
  std::vector<FieldViolation> out;
  const auto request = PayloadOf<google::rpc::BadRequest>(status);
  if (!request) return out;
  for (const auto& violation : request->field_violations()) {
    out.push_back({violation.field(), violation.description(), violation.reason()});
  }
  return out;
}

}  // namespace culvert::daemon
