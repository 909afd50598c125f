// SPDX-License-Identifier: Apache-2.0
// What peers and servers send about certificates, by the first octet: 0 certificate, 1 AlgorithmIdentifier, 2 CRL,
// 3 OCSP answer, 4 private key, 5 PEM. Whatever parses is then looked at from every side.
#include <cstdlib>

#include "libs/pki/certificate.h"
#include "libs/pki/crl.h"
#include "libs/pki/ocsp.h"
#include "libs/pki/pem.h"
#include "libs/pki/private_key.h"
#include "libs/pki/signature.h"
#include "libs/pki/validation.h"

namespace {

using namespace culvert;
using namespace culvert::pki;

const absl::Time kNow = absl::FromUnixSeconds(1'780'000'000);

void Require(bool condition) {
  if (!condition) std::abort();
}

void OnCertificate(base::ByteView der) {
  const auto certificate = Certificate::Parse(der);
  if (!certificate.ok()) return;
  for (const ipsec::Identity& name : (*certificate)->alternative_names()) {
    if (name.type != ipsec::IdType::kDn) Require((*certificate)->Confirms(name));
  }
  for (const char c : (*certificate)->Identities()) Require(c >= 0x20 && c < 0x7F);
  ChainQuestion question{.leaf = *certificate,
                         .intermediates = {*certificate},
                         .anchors = {},
                         .now = kNow,
                         .mode = RevocationMode::kStrict,
                         .evidence = nullptr,
                         .stapled = {}};
  Require(!VerifyChain(question).ok());  // nobody is trusted
  question.anchors = {*certificate};
  VerifyChain(question);
  const uint8_t nothing[64] = {};
  for (const uint8_t method : {uint8_t{1}, uint8_t{9}, uint8_t{10}, uint8_t{11}}) {
    const auto scheme = SchemeOfAuthMethod(method, (*certificate)->public_key().type());
    if (scheme) Require(!Verify((*certificate)->public_key(), *scheme, der, nothing).ok());
  }
  OcspRequest(**certificate, **certificate, nothing);
}

void OnAlgorithm(base::ByteView der) {
  const auto scheme = SchemeOf(der);
  if (scheme.ok()) Require(SchemeOf(InfoOf(*scheme).algorithm_identifier).value() == *scheme);
}

void OnCrl(base::ByteView der) {
  const auto crl = Crl::Parse(der);
  if (crl.ok()) Require((*crl)->this_update() <= (*crl)->next_update() || !(*crl)->FreshAt((*crl)->this_update()));
}

void OnKey(base::ByteView der) {
  const auto key = PrivateKey::FromPkcs8(der);
  if (key.ok()) (*key)->public_key().Spki();
}

void OnPem(base::ByteView text) {
  (void)CertificatesFromPem(base::AsText(text));
  (void)PrivateKeyFromPem(base::AsText(text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const base::ByteView rest(data + 1, size - 1);
  switch (data[0]) {
    case 0:
      OnCertificate(rest);
      break;
    case 1:
      OnAlgorithm(rest);
      break;
    case 2:
      OnCrl(rest);
      break;
    case 3:
      (void)OcspAnswer::Parse(rest, {});
      break;
    case 4:
      OnKey(rest);
      break;
    default:
      OnPem(rest);
  }
  return 0;
}
