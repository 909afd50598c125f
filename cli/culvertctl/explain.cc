// SPDX-License-Identifier: Apache-2.0
#include "cli/culvertctl/explain.h"

#include "absl/strings/str_cat.h"
#include "cli/culvertctl/table.h"
#include "culvert/config/v1/config_service.grpc.pb.h"
#include "culvert/ike/v1/ike.grpc.pb.h"

namespace culvert::ctl {
namespace {

std::string CandidatesText(const config::v1::ExplainSecretResponse& response) {
  Table table({"SECRET", "USED", "MATCHES", "REASON"});
  bool used = false;
  for (const auto& candidate : response.candidates()) {
    used = used || candidate.used();
    table.Row(
        {candidate.secret(), candidate.used() ? "yes" : "no", candidate.matches() ? "yes" : "no", candidate.reason()});
  }
  return absl::StrCat(table.ToString(), used ? "" : "No secret matches: such a peer cannot be authenticated.\n");
}

}  // namespace

ExitCode Explain(Session session, const std::string& tunnel) {
  ike::v1::ExplainRequest request;
  request.set_tunnel(tunnel);
  return Show(session.printer, absl::StrCat("explain ", tunnel),
              session.client.Call(&ike::v1::IkeService::Stub::Explain, request),
              [](const auto& response) { return response.text(); });
}

ExitCode ExplainSecret(Session session, const ExplainSecretOptions& options) {
  config::v1::ExplainSecretRequest request;
  request.set_local_id(options.local_id);
  request.set_remote_id(options.remote_id);
  request.set_local_address(options.local_address);
  request.set_remote_address(options.remote_address);
  // The command line admits these words alone.
  auto version = config::v1::IkeVersion::UNSPECIFIED;
  auto mode = config::v1::IkeMode::UNSPECIFIED;
  config::v1::IkeVersion::Value_Parse(options.version, &version);
  config::v1::IkeMode::Value_Parse(options.mode, &mode);
  request.set_version(version);
  request.set_mode(mode);
  return Show(session.printer, "secret explain",
              session.client.Call(&config::v1::ConfigService::Stub::ExplainSecret, request), CandidatesText);
}

}  // namespace culvert::ctl
