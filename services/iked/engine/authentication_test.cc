// SPDX-License-Identifier: Apache-2.0
// IKE_AUTH by certificate and by EAP between two engines.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/pki/crl.h"
#include "libs/pki/testing/test_ca.h"
#include "libs/wire/ikev2/message.h"
#include "services/iked/engine/testing/mock_wire.h"
#include "services/iked/engine/testing/scripted_peer.h"

namespace culvert::iked::testing {
namespace {

using pki::testing::CertificateSpec;
using pki::testing::Issued;
using pki::testing::TestCa;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using wire::ikev2::AuthMethod;
using wire::ikev2::AuthPayload;
using wire::ikev2::CertEncoding;
using wire::ikev2::CertPayload;
using wire::ikev2::EapPayload;
using wire::ikev2::ExchangeType;
using wire::ikev2::Message;
using wire::ikev2::NotifyPayload;
using wire::ikev2::NotifyType;
using wire::ikev2::Payload;

// The virtual world lives in November 2023.
const absl::Time kThen = absl::FromUnixSeconds(1'700'000'000);
CertificateSpec Spec(absl::string_view subject, absl::string_view name, pki::KeyType key = pki::KeyType::kEcP256) {
  CertificateSpec spec{.subject = std::string(subject), .key = key};
  if (!name.empty()) spec.alternative_names = {"DNS:" + std::string(name)};
  spec.not_before = kThen - absl::Hours(24 * 30);
  spec.not_after = kThen + absl::Hours(24 * 30);
  return spec;
}
CertificateSpec CaSpec(absl::string_view subject = "CN=Test CA") {
  return Spec(subject, "");
}

// Both gateways with one CA, and what each test makes of them.
struct AuthWire : MockWire {
  AuthWire() {
    of_a.authentication.local = of_a.authentication.remote = AuthKind::kX509;
    of_b.authentication = of_a.authentication;
    certificate_a = ca.Issue(Spec("CN=gw-a", "gw-a.example"));
    certificate_b = ca.Issue(Spec("CN=gw-b", "gw-b.example"));
  }
  EngineConfig ConfigWith(const Issued& own) const {
    EngineConfig config = WithSecret("correct horse battery staple");
    config.certificates.list.push_back({"own", own.certificate, chain, own.key});
    config.certificates.list.push_back({"ca", anchor == nullptr ? ca.certificate() : anchor, {}, nullptr});
    config.certificates.evidence = evidence;
    return config;
  }
  void Start() {
    b.Configure(ConfigWith(certificate_b), {of_b});
    a.Configure(ConfigWith(certificate_a), {of_a});
    Run();
  }
  bool up() const { return a.Tunnel().state == TunnelState::kUp && b.Tunnel().state == TunnelState::kUp; }

  const TestCa ca{CaSpec()};
  pki::CertificatePtr anchor;  // null: ca
  std::vector<pki::CertificatePtr> chain;
  std::shared_ptr<const pki::RevocationEvidence> evidence;
  TunnelConfig of_a = iked::testing::Tunnel();
  TunnelConfig of_b = Mirror(of_a);
  Issued certificate_a, certificate_b;
};

class EveryKey : public ::testing::TestWithParam<pki::KeyType> {};
TEST_P(EveryKey, AuthenticatesBothSides) {
  AuthWire wire;
  wire.certificate_a = wire.ca.Issue(Spec("CN=gw-a", "gw-a.example", GetParam()));
  wire.certificate_b = wire.ca.Issue(Spec("CN=gw-b", "gw-b.example", GetParam()));
  wire.Start();
  EXPECT_TRUE(wire.up());
  EXPECT_EQ(wire.log.size(), 4u);
  ExpectCarries(wire.a, wire.b);
}
INSTANTIATE_TEST_SUITE_P(Signature, EveryKey,
                         ::testing::Values(pki::KeyType::kRsa, pki::KeyType::kEcP256, pki::KeyType::kEcP384,
                                           pki::KeyType::kEcP521, pki::KeyType::kEd25519));

TEST(Signature, EachSideInItsOwnWay) {
  for (const bool a_signs : {true, false}) {
    AuthWire wire;
    wire.of_a.authentication.local = wire.of_b.authentication.remote = a_signs ? AuthKind::kX509 : AuthKind::kPsk;
    wire.of_a.authentication.remote = wire.of_b.authentication.local = a_signs ? AuthKind::kPsk : AuthKind::kX509;
    wire.Start();
    EXPECT_TRUE(wire.up());
    EXPECT_EQ(wire.a.IkeSa().local_auth, a_signs ? "x509" : "psk");
    EXPECT_EQ(wire.a.IkeSa().remote_auth, a_signs ? "psk" : "x509");
  }
}

TEST(Signature, AnIntermediateIsSentAlong) {
  AuthWire wire;
  const TestCa intermediate(CaSpec("CN=Intermediate"), wire.ca);
  wire.certificate_a = intermediate.Issue(Spec("CN=gw-a", "gw-a.example"));
  wire.certificate_b = intermediate.Issue(Spec("CN=gw-b", "gw-b.example"));
  wire.chain = {intermediate.certificate(), wire.ca.certificate()};
  wire.Start();
  EXPECT_TRUE(wire.up());
}

// fields.md 9: the default identity is the certificate's subject.
TEST(Signature, WithoutAnIdentifierTheSubjectSpeaks) {
  AuthWire wire;
  wire.of_a.local_identity = {};
  wire.of_b.remote_identity = {};
  wire.Start();
  EXPECT_TRUE(wire.up());
  EXPECT_EQ(wire.b.IkeSa().remote_id, "CN=gw-a");
}

TEST(Signature, MixesAPpkIn) {
  AuthWire wire;
  for (TunnelConfig* tunnel : {&wire.of_a, &wire.of_b}) {
    tunnel->authentication.ppk = std::make_shared<const PpkConfig>(
        PpkConfig{"quantum", base::Secret::CopyOf(base::AsBytes("a key that no quantum computer finds")), true});
  }
  wire.Start();
  EXPECT_TRUE(wire.up());
  ExpectCarries(wire.a, wire.b);
}

struct Refusal {
  const char* name;
  void (*prepare)(AuthWire& wire);
  DiagnosisCode code;
};
class Refused : public ::testing::TestWithParam<Refusal> {};
// The responder says why to whom it belongs, and to the peer nothing but AUTHENTICATION_FAILED.
TEST_P(Refused, IsDiagnosed) {
  AuthWire wire;
  GetParam().prepare(wire);
  wire.Start();
  EXPECT_FALSE(wire.up());
  ASSERT_NE(wire.b.LastDiagnosis(), nullptr);
  EXPECT_EQ(Name(wire.b.LastDiagnosis()->code), Name(GetParam().code)) << wire.b.LastDiagnosis()->summary;
  EXPECT_EQ(wire.b.LastDiagnosis()->tunnel, "t");
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kPeerRefusedAuthentication);
  EXPECT_TRUE(wire.b.LiveChildren().empty());
}
INSTANTIATE_TEST_SUITE_P(
    Signature, Refused,
    ::testing::Values(
        // The virtual clock stands before 2025: a clock that far back is not believed about dates.
        Refusal{"ExpiredByAnOldClock",
                [](AuthWire& wire) {
                  CertificateSpec spec = Spec("CN=gw-a", "gw-a.example");
                  spec.not_after = kThen - absl::Hours(24);
                  wire.certificate_a = wire.ca.Issue(spec);
                },
                DiagnosisCode::kClockSuspect},
        Refusal{"OtherCa",
                [](AuthWire& wire) {
                  const TestCa other(CaSpec("CN=Other CA"));
                  wire.certificate_a = other.Issue(Spec("CN=gw-a", "gw-a.example"));
                },
                DiagnosisCode::kCertUntrusted},
        Refusal{"NameNotInCertificate",
                [](AuthWire& wire) { wire.certificate_a = wire.ca.Issue(Spec("CN=gw-a", "gw-c.example")); },
                DiagnosisCode::kIdNotInCertificate},
        Refusal{"Revoked",
                [](AuthWire& wire) {
                  auto evidence = std::make_shared<pki::RevocationEvidence>();
                  const base::Bytes crl = wire.ca.Crl({wire.certificate_a.certificate},
                                                      {.this_update = kThen, .next_update = kThen + absl::Hours(24)});
                  evidence->crls.push_back(*pki::Crl::Parse(crl));
                  wire.evidence = evidence;
                },
                DiagnosisCode::kCertRevoked},
        Refusal{"AnotherKey",
                [](AuthWire& wire) { wire.certificate_a.key = wire.ca.Issue(Spec("CN=x", "x.example")).key; },
                DiagnosisCode::kSignatureInvalid},
        Refusal{"PskInstead", [](AuthWire& wire) { wire.of_a.authentication.local = AuthKind::kPsk; },
                DiagnosisCode::kAuthMethodMismatch}),
    [](const auto& refusal) { return refusal.param.name; });

// The initiator is as strict, and takes the responder's word that it is up back (RFC 7296 2.21.2).
TEST(Signature, TheInitiatorRefusesAnImpostor) {
  AuthWire wire;
  wire.certificate_b = wire.ca.Issue(Spec("CN=gw-c", "gw-c.example"));
  wire.Start();
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kIdNotInCertificate);
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kBackoff);
  EXPECT_TRUE(wire.b.LiveChildren().empty());
}

// RFC 7427 4: who announces no hash algorithms could be answered with SHA-1 alone, which we do not do.
TEST(Signature, RsaIsNotSignedWithSha1) {
  AuthWire wire;
  wire.certificate_a = wire.ca.Issue(Spec("CN=gw-a", "gw-a.example", pki::KeyType::kRsa));
  wire.passes = [](InFlight& flight) {
    if (flight.text != "b IKE_SA_INIT response 0") return true;
    auto message = *wire::ikev2::DecodeMessage(*flight.send.bytes);
    std::erase_if(message.payloads, [](const wire::ikev2::Payload& payload) {
      const auto* notify = std::get_if<wire::ikev2::NotifyPayload>(&payload.body);
      return notify != nullptr && notify->type == NotifyType::kSignatureHashAlgorithms;
    });
    flight.send.bytes = std::make_shared<const base::Bytes>(EncodeMessage(message));
    return true;
  };
  wire.Start();
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kSignatureAlgorithmMismatch);
  EXPECT_EQ(wire.log.size(), 2u);
}

TEST(Signature, WithoutAKeyThereIsNothingToSignWith) {
  AuthWire wire;
  wire.of_a.authentication.certificate = "ca";
  wire.Start();
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kCertificateMissing);
}

// a asks nobody: b has asked already, and sends the answer along.
TEST(Signature, AnOcspAnswerComesWithTheCertificate_Rfc4806) {
  for (const bool answered : {true, false}) {
    AuthWire wire;
    CertificateSpec spec = Spec("CN=gw-b", "gw-b.example");
    spec.ocsp_urls = {"http://ocsp.example/"};
    wire.certificate_b = wire.ca.Issue(spec);
    EngineConfig strict = wire.ConfigWith(wire.certificate_a);
    strict.certificates.revocation = pki::RevocationMode::kStrict;
    if (answered) {
      const pki::Certificate& own = *wire.certificate_b.certificate;
      const base::Bytes nonce(pki::kOcspNonceBytes, 7);  // of b's question
      const base::Bytes der =
          wire.ca.OcspAnswer(own, {.this_update = kThen, .next_update = kThen + absl::Hours(24), .nonce = nonce});
      auto evidence = std::make_shared<pki::RevocationEvidence>();
      evidence->ocsp_answers[own.fingerprint()] = *pki::OcspAnswer::Parse(der, nonce);
      wire.evidence = evidence;
    }
    wire.b.Configure(wire.ConfigWith(wire.certificate_b), {wire.of_b});
    wire.a.Configure(std::move(strict), {wire.of_a});
    wire.Run();
    EXPECT_EQ(wire.up(), answered);
    if (answered) continue;
    EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kRevocationUnknown);
  }
}

// The address that comes with it is not so much as looked at: nobody has proven anything yet.
TEST(Signature, HashAndUrlIsDeclined_Rfc7296_3_6) {
  AuthWire wire;
  wire.b.Configure(wire.ConfigWith(wire.certificate_b), {wire.of_b});
  ScriptedPeer peer(wire.b, wire.of_a);
  ASSERT_TRUE(peer.Init());
  std::vector<Payload> payloads = peer.HonestAuth("");
  for (Payload& payload : payloads) {
    if (auto* auth = std::get_if<AuthPayload>(&payload.body)) auth->method = AuthMethod::kDigitalSignature;
  }
  const std::string hash_and_url = std::string(20, 'h') + "http://192.0.2.66/gw-a.der";
  payloads.push_back(CertPayload{CertEncoding::kHashAndUrlX509, base::ToBytes(base::AsBytes(hash_and_url))});
  const std::optional<Message> answer = peer.Auth(std::move(payloads));
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->Has(NotifyType::kAuthenticationFailed));
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kCertificateMissing);
  EXPECT_EQ(wire.b.Invalid("cert_encoding"), 1u);
}

// RFC 7296 2.16 and RFC 5998.
struct EapWire : AuthWire {
  explicit EapWire(EapMethod method, absl::string_view password = "builder") {
    of_a.local_identity = Id("bob");
    of_b.remote_identity = {};
    of_a.authentication.local = of_b.authentication.remote = AuthKind::kEap;
    auto accounts = std::make_shared<std::vector<eap::Account>>();
    accounts->push_back({"bob", base::Secret::CopyOf(base::AsBytes("builder"))});
    EapConfig client{.method = method, .password = base::Secret::CopyOf(base::AsBytes(password)), .accounts = accounts};
    EapConfig server{.method = method, .accounts = accounts};
    of_a.authentication.eap = std::make_shared<const EapConfig>(std::move(client));
    of_b.authentication.eap = std::make_shared<const EapConfig>(std::move(server));
    certificate_a = ca.Issue(Spec("CN=bob", "bob"));
  }
};

TEST(Eap, MschapV2BehindTheServersCertificate) {
  EapWire wire(EapMethod::kMschapV2);
  wire.Start();
  EXPECT_TRUE(wire.up());
  // Identity and the server's proof, challenge, its answer, success, and AUTH by EAP's key.
  EXPECT_EQ(Count(wire.log, "a IKE_AUTH request 5"), 1);
  EXPECT_EQ(Count(wire.log, "a IKE_AUTH request 6"), 0);
  EXPECT_EQ(wire.b.IkeSa().remote_id, "bob");
  EXPECT_EQ(wire.b.IkeSa().local_auth, "x509");
  EXPECT_EQ(wire.b.IkeSa().remote_auth, "eap");
  ExpectCarries(wire.a, wire.b);
}

TEST(Eap, AWrongPasswordIsNamedOnBothSides) {
  EapWire wire(EapMethod::kMschapV2, "wrong");
  wire.Start();
  EXPECT_FALSE(wire.up());
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kEapFailed);
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kEapFailed);
  EXPECT_EQ(wire.a.LastDiagnosis()->field, "tunnels[t].eap.password");
  EXPECT_THAT(wire.a.LastDiagnosis()->received, HasSubstr("E=691"));
  EXPECT_TRUE(wire.b.LiveChildren().empty());
}

TEST(Eap, GuessingIsSlow) {
  EapWire wire(EapMethod::kMschapV2, "wrong");
  wire.of_a.retry_cap = absl::Seconds(1);
  wire.Start();
  wire.Advance(absl::Seconds(30));
  EXPECT_THAT(wire.b.LastDiagnosis()->received, HasSubstr("too many failures"));
}

// A client that never fetches its refusal has made its guess all the same.
TEST(Eap, AWrongPasswordCountsAtFirstSight) {
  EapWire wire(EapMethod::kMschapV2, "wrong");
  wire.passes = [](InFlight& flight) { return flight.text != "b IKE_AUTH response 3"; };
  wire.Start();
  const auto failures = [&] {
    return wire.b.engine->counters().Value("ipsec_ike_handshakes_total", {"t", "responder", "failed", "EAP_FAILED"});
  };
  EXPECT_EQ(failures(), 1u);
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kEapFailed);
  wire.Advance(absl::Seconds(10));  // asked again and again
  EXPECT_EQ(failures(), 1u);
}

TEST(Eap, TheClientGivesUp_Rfc7296_2_21_2) {
  EapWire wire(EapMethod::kMschapV2);
  wire.b.Configure(wire.ConfigWith(wire.certificate_b), {wire.of_b});
  ScriptedPeer peer(wire.b, wire.of_a);
  ASSERT_TRUE(peer.Init());
  std::vector<Payload> payloads = peer.HonestAuth("");
  std::erase_if(payloads, [](const Payload& payload) { return payload.type == wire::ikev2::PayloadType::kAuth; });
  const std::optional<Message> offered = peer.Auth(std::move(payloads));
  ASSERT_TRUE(offered && offered->Get<EapPayload>() != nullptr);
  const auto answer =
      peer.Request(ExchangeType::kInformational, {NotifyPayload{.type = NotifyType::kAuthenticationFailed}});
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->payloads.empty());
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kEapFailed);
  EXPECT_THAT(wire.b.LastDiagnosis()->received, HasSubstr("gave up"));
  EXPECT_EQ(wire.b.IkeSa().state, "DESTROYING");
  wire.Advance(absl::Seconds(15));
  EXPECT_TRUE(wire.b.engine->IkeSas().empty());
}

TEST(Eap, AnotherMethodIsNamedOnBothSides) {
  EapWire wire(EapMethod::kMschapV2);
  EapConfig server{.method = EapMethod::kTls, .accounts = wire.of_b.authentication.eap->accounts};
  wire.of_b.authentication.eap = std::make_shared<const EapConfig>(std::move(server));
  wire.Start();
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kEapMethodMismatch);
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kEapMethodMismatch);
}

// The server's certificate is judged before EAP says anything about us.
TEST(Eap, AnImpostorLearnsNothing) {
  EapWire wire(EapMethod::kMschapV2);
  wire.certificate_b = wire.ca.Issue(Spec("CN=gw-c", "gw-c.example"));
  wire.Start();
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kIdNotInCertificate);
  EXPECT_THAT(wire.log, ElementsAre("a IKE_SA_INIT request 0", "b IKE_SA_INIT response 0", "a IKE_AUTH request 1",
                                    "b IKE_AUTH response 1"));
}

TEST(Eap, TlsAlone) {
  EapWire wire(EapMethod::kTls);
  wire.of_a.authentication.remote = wire.of_b.authentication.local = AuthKind::kEap;
  wire.Start();
  EXPECT_TRUE(wire.up());
  ExpectCarries(wire.a, wire.b);
}

TEST(Eap, BeforeAnyChildSa_Rfc6023_4) {
  EapWire wire(EapMethod::kMschapV2);
  wire.of_a.childless = wire.of_b.childless = true;
  wire.Start();
  EXPECT_TRUE(wire.up());
  EXPECT_EQ(Count(wire.log, "b CREATE_CHILD_SA response 6"), 1);
  ExpectCarries(wire.a, wire.b);
}

TEST(Eap, TlsIsInTheNameThatIkeKnows) {
  EapWire wire(EapMethod::kTls);
  wire.certificate_a = wire.ca.Issue(Spec("CN=eve", "eve"));
  wire.Start();
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kIdNotInCertificate);
  EXPECT_FALSE(wire.up());
}

TEST(Eap, MixesAPpkIntoTheLastAuth) {
  EapWire wire(EapMethod::kMschapV2);
  for (TunnelConfig* tunnel : {&wire.of_a, &wire.of_b}) {
    tunnel->authentication.ppk = std::make_shared<const PpkConfig>(
        PpkConfig{"quantum", base::Secret::CopyOf(base::AsBytes("a key that no quantum computer finds")), true});
  }
  wire.Start();
  EXPECT_TRUE(wire.up());
  ExpectCarries(wire.a, wire.b);
}

TEST(Eap, AServerDoesNotInitiate) {
  AuthWire wire;
  wire.of_a.authentication.remote = AuthKind::kEap;
  wire.Start();
  EXPECT_FALSE(wire.up());
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kAuthMethodMismatch);
}

}  // namespace
}  // namespace culvert::iked::testing
