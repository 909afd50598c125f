// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "libs/pki/private_key.h"
#include "libs/pki/testing/test_ca.h"
#include "services/configd/projection/projection.h"

namespace culvert::configd {
namespace {

using pki::testing::PemOf;
using pki::testing::TestCa;

class ProjectedCertificates : public ::testing::Test {
 protected:
  ProjectedCertificates() {
    auto& own = *configuration_.add_certificates();
    own.set_name("own");
    own.set_certificate_pem(PemOf(*gw_.certificate));
    own.set_private_key_pem(PemOf(*gw_.key));
    own.set_chain_pem(PemOf(*below_.certificate()));
    auto& ca = *configuration_.add_certificates();
    ca.set_name("ca");
    ca.set_certificate_pem(PemOf(*ca_.certificate()));
    auto& tunnel = *configuration_.add_tunnels();
    tunnel.set_name("t");
    tunnel.set_profile(config::v1::Profile::MODERN);
    tunnel.mutable_remote()->set_endpoint("192.0.2.2");
    auto& x509 = *tunnel.mutable_authentication()->mutable_x509();
    x509.set_certificate("own");
    x509.add_ca("ca");
  }

  TestCa ca_{{.subject = "CN=CA"}};
  TestCa below_{{.subject = "CN=Below"}, ca_};
  pki::testing::Issued gw_ = below_.Issue({.subject = "C=CH, CN=gw"});
  config::v1::Configuration configuration_;
};

TEST_F(ProjectedCertificates, AreDer) {
  const auto snapshot = Project(configuration_).ike;
  ASSERT_EQ(snapshot.certificates_size(), 2);
  const auto& own = snapshot.certificates(0);
  EXPECT_EQ(own.name(), "own");
  EXPECT_EQ(own.certificate(), base::AsText(gw_.certificate->der()));
  ASSERT_EQ(own.chain_size(), 1);
  EXPECT_EQ(own.chain(0), base::AsText(below_.certificate()->der()));
  const auto key = pki::PrivateKey::FromPkcs8(base::AsBytes(own.private_key()));
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_TRUE((*key)->public_key() == gw_.certificate->public_key());
  EXPECT_TRUE(snapshot.certificates(1).private_key().empty());
  EXPECT_EQ(snapshot.revocation().mode(), config::v1::RevocationMode::IF_AVAILABLE);
}

TEST_F(ProjectedCertificates, ATunnelNamesThem) {
  const auto tunnel = Project(configuration_).ike.tunnels(0);
  EXPECT_EQ(tunnel.authentication().local(), config::v1::AuthMethod::X509);
  EXPECT_EQ(tunnel.authentication().remote(), config::v1::AuthMethod::X509);
  EXPECT_EQ(tunnel.authentication().certificate(), "own");
  ASSERT_EQ(tunnel.authentication().remote_cas_size(), 1);
  EXPECT_EQ(tunnel.authentication().remote_cas(0), "ca");
}

// A certificate that was renewed serves the next IKE SA; those that stand are left alone.
TEST_F(ProjectedCertificates, ARenewalLeavesTheTunnelUntouched) {
  const auto before = Project(configuration_).ike.tunnels(0).digest();
  const auto renewed = below_.Issue({.subject = "C=CH, CN=gw"});
  configuration_.mutable_certificates(0)->set_certificate_pem(PemOf(*renewed.certificate));
  configuration_.mutable_certificates(0)->set_private_key_pem(PemOf(*renewed.key));
  EXPECT_EQ(Project(configuration_).ike.tunnels(0).digest(), before);
}

TEST_F(ProjectedCertificates, MetricsKnowWhenTheyEnd) {
  const auto metrics = Project(configuration_).metrics;
  ASSERT_EQ(metrics.certificates_size(), 2);
  EXPECT_EQ(metrics.certificates(0).name(), "own");
  EXPECT_EQ(metrics.certificates(0).not_after_seconds(), absl::ToUnixSeconds(gw_.certificate->not_after()));
}

}  // namespace
}  // namespace culvert::configd
