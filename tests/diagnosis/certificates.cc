// SPDX-License-Identifier: Apache-2.0
// Certificates are made anew in each run, for the time in which the two gateways live.
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "libs/pki/testing/test_ca.h"
#include "tests/diagnosis/misconfiguration.h"

namespace culvert::diagnosis {
namespace {

using pki::testing::CertificateSpec;
using pki::testing::Issued;
using pki::testing::PemOf;
using pki::testing::TestCa;

constexpr absl::Duration kDay = absl::Hours(24);

CertificateSpec For(absl::string_view name) {
  return {.subject = absl::StrCat("CN=", name),
          .alternative_names = {absl::StrCat("DNS:", name)},
          .not_before = kToday - 30 * kDay,
          .not_after = kToday + 30 * kDay};
}

CertificateSpec ForCa(absl::string_view name) {
  CertificateSpec spec = For(name);
  spec.alternative_names = {};
  return spec;
}

// A value of several lines as YAML has it in one.
std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\n", "\\n"}}), "\"");
}

std::string PemOfCrl(const base::Bytes& der) {
  const std::string base64 = absl::Base64Escape(base::AsText(der));
  std::string lines;
  for (size_t at = 0; at < base64.size(); at += 64) absl::StrAppend(&lines, base64.substr(at, 64), "\n");
  return absl::StrCat("-----BEGIN X509 CRL-----\n", lines, "-----END X509 CRL-----\n");
}

// Everybody's certificates, by one CA and by another.
struct World {
  World() {
    CertificateSpec expired = For("gw-a.example");
    expired.not_after = kToday - kDay;
    a_expired = ca.Issue(expired);
    CertificateSpec early = For("gw-a.example");
    early.not_before = kToday + kDay;
    a_early = ca.Issue(early);
  }
  TestCa ca{ForCa("Root CA")};
  TestCa below{ForCa("Intermediate CA"), ca};
  TestCa stranger{ForCa("Other CA")};
  Issued a = ca.Issue(For("gw-a.example"));
  Issued b = ca.Issue(For("gw-b.example"));
  Issued a_expired, a_early;
  Issued a_below = below.Issue(For("gw-a.example"));
  Issued a_stranger = stranger.Issue(For("gw-a.example"));
  Issued a_other_name = ca.Issue(For("gw-c.example"));
  Issued b_other_name = ca.Issue(For("gw-c.example"));
};

std::string Certificates(const Issued& own, const TestCa& ca) {
  return absl::StrCat("[{ name: own, certificate_pem: ", Quoted(PemOf(*own.certificate)),
                      ", private_key_pem: ", Quoted(PemOf(*own.key)),
                      " }, { name: ca, certificate_pem: ", Quoted(PemOf(*ca.certificate())), " }]");
}

constexpr char kX509[] = "{ x509: { certificate: own, ca: [ca] } }";
constexpr char kClient[] = "{ local: { eap: {} }, remote: { x509: { ca: [ca] } } }";
constexpr char kServer[] = "{ local: { x509: { certificate: own, ca: [ca] } }, remote: { eap: {} } }";

using Edits = std::vector<Edit>;

Edits By(absl::string_view authentication, const std::string& certificates, const Edits& more = {}) {
  Edits edits = {{"authentication", std::string(authentication)}, {"certificates", certificates}, {"secrets", ""}};
  edits.insert(edits.end(), more.begin(), more.end());
  return edits;
}

Edits ClientOf(const World& world, const std::string& eap) {
  return By(kClient, Certificates(world.a, world.ca), {{"local.identifier", "bob"}, {"eap", eap}});
}

Edits ServerOf(const World& world, const std::string& eap) {
  return By(kServer, Certificates(world.b, world.ca), {{"remote.identifier", "bob"}, {"eap", eap}});
}

// A refusal says no more than that it is one (RFC 7296 2.21.2).
const Said kRefused = Guesses("PEER_REFUSED_AUTHENTICATION", "tunnels[to-b].authentication.local.x509.certificate");

Said Judged(std::string code, std::string words) {
  return Knows(std::move(code), "tunnels[to-a].authentication.remote.x509.ca", std::move(words));
}

std::vector<Misconfiguration> MakeRows() {
  const World world;
  const Edits b = By(kX509, Certificates(world.b, world.ca));
  const auto a = [&](const Issued& own) { return By(kX509, Certificates(own, world.ca)); };
  const auto b_also = [&](std::string field, std::string value) {
    return By(kX509, Certificates(world.b, world.ca), {{std::move(field), std::move(value)}});
  };
  const std::string revoked = Quoted(PemOfCrl(world.ca.Crl({world.a.certificate}, {.this_update = kToday - kDay})));
  const std::string bob = "{ users: [{ name: bob, password: builder }] }";
  return {
      {"the initiator's certificate has expired", a(world.a_expired), b, kRefused, Judged("CERT_EXPIRED", "expired")},
      {"the initiator's certificate is not valid yet", a(world.a_early), b, kRefused,
       Judged("CERT_NOT_YET_VALID", "not valid")},
      {"the initiator's certificate is of another CA", a(world.a_stranger), b, kRefused,
       Judged("CERT_UNTRUSTED", "gw-a.example")},
      {"the initiator leaves its intermediate out", a(world.a_below), b, kRefused,
       Judged("CERT_UNTRUSTED", "gw-a.example")},
      {"the initiator's certificate is in another name", a(world.a_other_name), b, kRefused,
       Knows("ID_NOT_IN_CERTIFICATE", "tunnels[to-a].authentication.remote.x509", "gw-c.example")},
      {"the responder's certificate is in another name", a(world.a),
       By(kX509, Certificates(world.b_other_name, world.ca)),
       Knows("ID_NOT_IN_CERTIFICATE", "tunnels[to-b].authentication.remote.x509", "gw-c.example"),
       Guesses("PEER_REFUSED_AUTHENTICATION", "tunnels[to-a].local.identifier")},
      {"the initiator's certificate is revoked", a(world.a),
       b_also("revocation", absl::StrCat("{ crls: [", revoked, "] }")), kRefused, Judged("CERT_REVOKED", "revoked")},
      {"revocation is STRICT at the responder, and nobody knows", a(world.a), b_also("revocation", "{ mode: STRICT }"),
       kRefused, Knows("REVOCATION_UNKNOWN", "revocation.mode")},
      {"the initiator authenticates by key, the responder expects a certificate",
       {},
       b,
       Guesses("PEER_REFUSED_AUTHENTICATION", "secrets[psk-b].psk"),
       Knows("AUTH_METHOD_MISMATCH", "tunnels[to-a].authentication.remote", "PSK")},
      {"the password is wrong", ClientOf(world, "{ identity: bob, password: wrong }"), ServerOf(world, bob),
       Knows("EAP_FAILED", "tunnels[to-b].eap.password"), Knows("EAP_FAILED", "tunnels[to-a].eap.users", "bob")},
      {"the user is unknown", ClientOf(world, "{ identity: eve, password: builder }"), ServerOf(world, bob),
       Knows("EAP_FAILED", "tunnels[to-b].eap.password"), Knows("EAP_FAILED", "tunnels[to-a].eap.users", "eve")},
      {"the EAP methods differ", ClientOf(world, "{ identity: bob, password: builder }"),
       ServerOf(world, "{ method: TLS }"), Knows("EAP_METHOD_MISMATCH", "tunnels[to-b].eap.method"),
       Knows("EAP_METHOD_MISMATCH", "tunnels[to-a].eap.method")},
  };
}

}  // namespace

std::span<const Misconfiguration> CertificateRows() {
  static const std::vector<Misconfiguration> kRows = MakeRows();
  return kRows;
}

}  // namespace culvert::diagnosis
