// SPDX-License-Identifier: Apache-2.0
#include "services/configd/service/secret_explanation.h"

#include <gtest/gtest.h>

#include "services/configd/text/configuration_text.h"

namespace culvert::configd {
namespace {

using config::v1::IkeMode;
using config::v1::IkeVersion;

constexpr char kSecrets[] = R"(
secrets:
  - { name: by-name, psk: "correct horse battery staple", selectors: [gw-b.example] }
  - { name: by-address, psk: "correct horse battery staple", selectors: [192.0.2.2] }
  - { name: rest, psk: "correct horse battery staple" }
)";

// Which secret would be used, and why.
std::string Used(IkeVersion::Value version, IkeMode::Value mode, const char* remote_id = "gw-b.example",
                 const char* remote_address = "192.0.2.2") {
  config::v1::ExplainSecretRequest request;
  request.set_remote_id(remote_id);
  request.set_remote_address(remote_address);
  request.set_version(version);
  request.set_mode(mode);
  const auto response = ExplainSecretChoice(ReadConfiguration(kSecrets, {}).configuration, request).value();
  EXPECT_EQ(response.candidates_size(), 3);
  for (const auto& candidate : response.candidates()) {
    if (candidate.used()) return candidate.secret() + ": " + candidate.reason();
  }
  return "none";
}

// fields.md 20: Main Mode sees addresses alone; Aggressive Mode and IKEv2 see identities.
TEST(SecretExplanation, FollowsVersionAndMode) {
  const std::string by_name = "by-name: selector gw-b.example equals the remote identity";
  const std::string by_address = "by-address: selector 192.0.2.2 equals the remote address";
  EXPECT_EQ(Used(IkeVersion::IKEV2, IkeMode::UNSPECIFIED), by_name);
  EXPECT_EQ(Used(IkeVersion::UNSPECIFIED, IkeMode::UNSPECIFIED), by_name);
  EXPECT_EQ(Used(IkeVersion::IKEV1, IkeMode::AGGRESSIVE), by_name);
  EXPECT_EQ(Used(IkeVersion::IKEV1, IkeMode::MAIN), by_address);
  EXPECT_EQ(Used(IkeVersion::IKEV1, IkeMode::UNSPECIFIED), by_address) << "Main Mode is the default";
  EXPECT_EQ(Used(IkeVersion::IKEV1, IkeMode::MAIN, "gw-b.example", "198.51.100.9"),
            "rest: it has no selectors: any peer");
}

}  // namespace
}  // namespace culvert::configd
