// SPDX-License-Identifier: Apache-2.0
#include "services/culvertd/first_configuration.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <openssl/sha.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "culvert/config/v1/config_service.grpc.pb.h"
#include "libs/base/secret.h"
#include "libs/daemon/channel.h"
#include "libs/daemon/status.h"
#include "services/configd/form/problem.h"
#include "services/configd/text/configuration_text.h"

namespace culvert::culvertd {
namespace {

// "/etc/culvert.yaml:12: tunnels[to-b].ike.lifetime: … (did you mean …)"
std::string Describe(const std::string& path, const config::v1::Problem& problem) {
  std::string out = path;
  if (problem.line() > 0) absl::StrAppend(&out, ":", problem.line());
  if (!problem.field().empty()) absl::StrAppend(&out, ": ", problem.field());
  absl::StrAppend(&out, ": ", problem.message());
  if (!problem.suggestion().empty()) absl::StrAppend(&out, " (", problem.suggestion(), ")");
  return out;
}

// Over the content, *_file values included, so that a comment or a moved key file is no new revision and a new key is
// one.
std::string DigestOf(const config::v1::Configuration& configuration) {
  std::string content;
  {
    google::protobuf::io::StringOutputStream stream(&content);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    configuration.SerializeToCodedStream(&coded);
  }
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const uint8_t*>(content.data()), content.size(), reinterpret_cast<uint8_t*>(digest.data()));
  base::SecureWipe({reinterpret_cast<uint8_t*>(content.data()), content.size()});  // it held the secrets
  return digest;
}

}  // namespace

absl::StatusOr<config::v1::ApplyRequest> ReadConfigurationFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  if (!file || !(text << file.rdbuf()))
    return absl::InvalidArgumentError(absl::StrCat(path, ": cannot be read, or is empty"));
  const std::string directory = std::filesystem::absolute(path).parent_path().string();
  configd::ReadResult read = configd::ReadConfiguration(text.str(), {.base_directory = directory});
  if (configd::HasErrors(read.problems)) {
    std::string all;
    for (const auto& problem : read.problems) {
      if (problem.severity() == configd::Severity::ERROR)
        absl::StrAppend(&all, all.empty() ? "" : "\n", Describe(path, problem));
    }
    return absl::InvalidArgumentError(all);
  }
  config::v1::ApplyRequest request;
  request.set_source_file_digest(DigestOf(read.configuration));
  *request.mutable_candidate() = std::move(read.configuration);
  request.set_comment(absl::StrCat("culvertd --config ", path));
  return request;
}

absl::StatusOr<config::v1::ApplyResponse> ApplyConfiguration(const std::string& socket,
                                                             const config::v1::ApplyRequest& request,
                                                             absl::Duration patience) {
  auto stub = config::v1::ConfigService::NewStub(daemon::UnixChannel(socket));
  grpc::ClientContext context;
  daemon::SetDeadline(&context, patience, /*wait=*/true);
  config::v1::ApplyResponse response;
  const grpc::Status status = stub->Apply(&context, request, &response);
  if (!status.ok()) return daemon::FromGrpc(status);
  return response;
}

}  // namespace culvert::culvertd
