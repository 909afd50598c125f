// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/load_config.h"

#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/ipsec/proposal.h"
#include "libs/pki/pem.h"

namespace culvert::iked {
namespace {

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

absl::StatusOr<CertificateConfig> ReadCertificate(std::string name, const std::string& path) {
  ASSIGN_OR_RETURN(const std::string pem, ReadFile(path));
  ASSIGN_OR_RETURN(const std::vector<base::Bytes> der, pki::CertificatesFromPem(pem));
  CertificateConfig entry{.name = std::move(name), .certificate = nullptr, .chain = {}, .key = nullptr};
  ASSIGN_OR_RETURN(entry.certificate, pki::Certificate::Parse(der.front()));
  return entry;
}

absl::StatusOr<Certificates> ReadCertificates(const LoadOptions& options) {
  Certificates certificates;
  ASSIGN_OR_RETURN(CertificateConfig own, ReadCertificate("own", options.certificate));
  ASSIGN_OR_RETURN(const std::string key, ReadFile(options.key));
  ASSIGN_OR_RETURN(const base::Secret pkcs8, pki::PrivateKeyFromPem(key));
  ASSIGN_OR_RETURN(own.key, pki::PrivateKey::FromPkcs8(pkcs8.view()));
  certificates.list.push_back(std::move(own));
  ASSIGN_OR_RETURN(CertificateConfig ca, ReadCertificate("ca", options.ca));
  certificates.list.push_back(std::move(ca));
  certificates.revocation = pki::RevocationMode::kDisabled;
  return certificates;
}

}  // namespace

std::string LoadTunnelName(uint64_t number) {
  return absl::StrCat("load", number);
}

absl::StatusOr<std::shared_ptr<const EngineConfig>> MakeLoadConfig(const LoadOptions& options,
                                                                   const base::IpAddress& local) {
  const bool by_certificate = !options.certificate.empty();
  TunnelConfig common;
  common.enabled = true;
  common.local_address = local;
  common.remote_endpoints = {options.remote};
  ASSIGN_OR_RETURN(common.remote_identity, ipsec::Identity::Parse(options.remote_id));
  ASSIGN_OR_RETURN(ipsec::Proposal ike, ipsec::ParseProposal(ipsec::Protocol::kIke, options.ike_proposal));
  ASSIGN_OR_RETURN(ipsec::Proposal esp, ipsec::ParseProposal(ipsec::Protocol::kEsp, options.esp_proposal));
  ASSIGN_OR_RETURN(base::Prefix remote_subnet, base::Prefix::Parse(options.remote_subnet));
  ASSIGN_OR_RETURN(base::IpAddress first, base::IpAddress::Parse(options.first_local_subnet));
  common.ike_proposals = {ike};
  common.esp_proposals = {esp};
  common.remote_subnets = {remote_subnet};
  common.startup = Startup::kAdd;
  common.unique = Unique::kAllowAlways;  // with a certificate all are the same

  auto config = std::make_shared<EngineConfig>();
  config->generation = 1;
  if (by_certificate) {
    common.authentication.local = common.authentication.remote = AuthKind::kX509;
    ASSIGN_OR_RETURN(config->certificates, ReadCertificates(options));
  } else {
    config->secrets.push_back({"load", base::Secret::CopyOf(base::AsBytes(options.psk)), base::Secret()});
    config->secret_matcher = ipsec::SecretMatcher(std::vector<ipsec::SecretSelectors>{{"load", {}}});
  }
  for (int i = 1; i <= options.count; ++i) {
    auto tunnel = std::make_shared<TunnelConfig>(common);
    tunnel->name = LoadTunnelName(static_cast<uint64_t>(i));
    tunnel->digest = tunnel->name;
    if (!by_certificate) {
      ASSIGN_OR_RETURN(tunnel->local_identity,
                       ipsec::Identity::Parse(absl::StrCat("fqdn:", options.local_id_prefix, i, ".example")));
    }
    tunnel->local_subnets = {base::Prefix::Host(base::IpAddress::V4(first.v4() + static_cast<uint32_t>(i)))};
    config->tunnels.push_back(std::move(tunnel));
  }
  return config;
}

}  // namespace culvert::iked
