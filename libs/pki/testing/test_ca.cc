// SPDX-License-Identifier: Apache-2.0
#include "libs/pki/testing/test_ca.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/clock.h"
#include "libs/ipsec/distinguished_name.h"
#include "libs/pki/openssl.h"

namespace culvert::pki::testing {
namespace {

using Bio = std::unique_ptr<BIO, crypto::Freer<BIO_free_all>>;
using Asn1Time = std::unique_ptr<ASN1_TIME, crypto::Freer<ASN1_TIME_free>>;
using Name = std::unique_ptr<X509_NAME, crypto::Freer<X509_NAME_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, crypto::Freer<X509_EXTENSION_free>>;

std::string TextOf(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<size_t>(size)};
}

Asn1Time TimeOf(absl::Time time) {
  return Asn1Time(MustHave(ASN1_TIME_set(nullptr, absl::ToTimeT(time))));
}

Name NameOf(const std::string& text) {
  if (text.empty()) return Name(MustHave(X509_NAME_new()));
  const base::Bytes der = *ipsec::ParseDistinguishedName(text);
  return Name(MustHave(ExactlyOne<Name>(der, d2i_X509_NAME).release()));
}

Extension MakeExtension(X509V3_CTX* context, int nid, const std::string& value) {
  return Extension(MustHave(X509V3_EXT_nconf_nid(nullptr, context, nid, value.c_str())));
}

const EVP_MD* DigestFor(const PrivateKey& key, bool sha1 = false) {
  if (key.type() == KeyType::kEd25519) return nullptr;
  return sha1 ? EVP_sha1() : EVP_sha256();
}

std::string Uris(const std::vector<std::string>& urls, absl::string_view prefix) {
  return absl::StrJoin(urls, ",", [&](std::string* out, const std::string& url) { absl::StrAppend(out, prefix, url); });
}

// `issuer` null: self-signed.
CertificatePtr Sign(const CertificateSpec& spec, const PrivateKey& key, const Issued* issuer) {
  const PrivateKey& signer = issuer == nullptr ? key : *issuer->key;
  const X509Ptr x509(MustHave(X509_new()));
  Must(X509_set_version(x509.get(), X509_VERSION_3));
  base::Bytes serial(8);
  base::SystemRng().Fill(serial);
  serial[0] = 0x40;  // positive, and no leading zero
  const crypto::Bignum number(MustHave(BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr)));
  MustHave(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(x509.get())));
  Must(X509_set1_notBefore(x509.get(), TimeOf(spec.not_before).get()));
  Must(X509_set1_notAfter(x509.get(), TimeOf(spec.not_after).get()));
  const Name subject = NameOf(spec.subject);
  Must(X509_set_subject_name(x509.get(), subject.get()));
  Must(X509_set_issuer_name(x509.get(),
                            issuer == nullptr ? subject.get() : X509_get_subject_name(issuer->certificate->get())));
  Must(X509_set_pubkey(x509.get(), key.get()));

  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer == nullptr ? x509.get() : issuer->certificate->get(), x509.get(), nullptr, nullptr,
                 0);
  const auto add = [&](int nid, const std::string& value) {
    if (!value.empty()) Must(X509_add_ext(x509.get(), MakeExtension(&context, nid, value).get(), -1));
  };
  if (spec.ca) add(NID_basic_constraints, "critical,CA:TRUE");
  add(NID_key_usage, spec.key_usage);
  add(NID_ext_key_usage, spec.extended_key_usage);
  add(NID_name_constraints, spec.name_constraints);
  add(NID_subject_alt_name, absl::StrJoin(spec.alternative_names, ","));
  add(NID_crl_distribution_points, Uris(spec.crl_urls, "URI:"));
  add(NID_info_access, Uris(spec.ocsp_urls, "OCSP;URI:"));
  Must(X509_sign(x509.get(), signer.get(), DigestFor(signer, spec.sha1)));
  return *Certificate::Parse(DerOf(x509.get(), i2d_X509));
}

CertificateSpec AsCa(CertificateSpec spec) {
  spec.ca = true;
  return spec;
}

}  // namespace

std::shared_ptr<const PrivateKey> MakeKey(KeyType type, int rsa_bits) {
  static constexpr const char* kCurves[] = {"", "P-256", "P-384", "P-521", ""};  // in the order of KeyType
  const Pkey key(MustHave(type == KeyType::kRsa       ? EVP_RSA_gen(static_cast<unsigned>(rsa_bits))
                          : type == KeyType::kEd25519 ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                                                      : EVP_EC_gen(kCurves[static_cast<size_t>(type)])));
  using Pkcs8 = std::unique_ptr<PKCS8_PRIV_KEY_INFO, crypto::Freer<PKCS8_PRIV_KEY_INFO_free>>;
  const Pkcs8 pkcs8(MustHave(EVP_PKEY2PKCS8(key.get())));
  return *PrivateKey::FromPkcs8(DerOf(pkcs8.get(), i2d_PKCS8_PRIV_KEY_INFO));
}

base::Bytes Pkcs8Of(const PrivateKey& key) {
  using Pkcs8 = std::unique_ptr<PKCS8_PRIV_KEY_INFO, crypto::Freer<PKCS8_PRIV_KEY_INFO_free>>;
  const Pkcs8 pkcs8(MustHave(EVP_PKEY2PKCS8(key.get())));
  return DerOf(pkcs8.get(), i2d_PKCS8_PRIV_KEY_INFO);
}

std::string PemOf(const PrivateKey& key) {
  const Bio bio(MustHave(BIO_new(BIO_s_mem())));
  Must(PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr));
  return TextOf(bio.get());
}

std::string PemOf(const Certificate& certificate) {
  const Bio bio(MustHave(BIO_new(BIO_s_mem())));
  Must(PEM_write_bio_X509(bio.get(), certificate.get()));
  return TextOf(bio.get());
}

TestCa::TestCa(CertificateSpec spec) {
  self_.key = MakeKey(spec.key, spec.rsa_bits);
  self_.certificate = Sign(AsCa(std::move(spec)), *self_.key, nullptr);
}

TestCa::TestCa(CertificateSpec spec, const TestCa& parent) : self_(parent.Issue(AsCa(std::move(spec)))) {}

Issued IssueBy(const Issued& issuer, const CertificateSpec& spec) {
  const auto key = MakeKey(spec.key, spec.rsa_bits);
  return {Sign(spec, *key, &issuer), key};
}

base::Bytes TestCa::Crl(const std::vector<CertificatePtr>& revoked, const CrlSpec& spec) const {
  const X509Crl crl(MustHave(X509_CRL_new()));
  Must(X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2));
  Must(X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(self_.certificate->get())));
  Must(X509_CRL_set1_lastUpdate(crl.get(), TimeOf(spec.this_update).get()));
  if (spec.next_update != absl::InfiniteFuture()) {
    Must(X509_CRL_set1_nextUpdate(crl.get(), TimeOf(spec.next_update).get()));
  }
  for (const CertificatePtr& certificate : revoked) {
    X509_REVOKED* entry = MustHave(X509_REVOKED_new());
    Must(X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(certificate->get())));
    Must(X509_REVOKED_set_revocationDate(entry, TimeOf(kNow - absl::Hours(48)).get()));
    Must(X509_CRL_add0_revoked(crl.get(), entry));
  }
  if (!spec.scope.empty()) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, self_.certificate->get(), nullptr, nullptr, crl.get(), 0);
    Must(X509_CRL_add_ext(crl.get(), MakeExtension(&context, NID_issuing_distribution_point, spec.scope).get(), -1));
  }
  Must(X509_CRL_sort(crl.get()));
  Must(X509_CRL_sign(crl.get(), self_.key->get(), DigestFor(*self_.key)));
  return DerOf(crl.get(), i2d_X509_CRL);
}

base::Bytes TestCa::OcspAnswer(const Certificate& certificate, const OcspSpec& spec) const {
  const Issued& signer = spec.signer == nullptr ? self_ : *spec.signer;
  const OcspBasic basic(MustHave(OCSP_BASICRESP_new()));
  const OcspCertId id(MustHave(OCSP_cert_to_id(EVP_sha1(), certificate.get(), self_.certificate->get())));
  const Asn1Time since = TimeOf(kNow - absl::Hours(48));
  MustHave(OCSP_basic_add1_status(
      basic.get(), id.get(), spec.revoked ? V_OCSP_CERTSTATUS_REVOKED : V_OCSP_CERTSTATUS_GOOD,
      OCSP_REVOKED_STATUS_KEYCOMPROMISE, since.get(), TimeOf(spec.this_update).get(), TimeOf(spec.next_update).get()));
  if (!spec.nonce.empty()) {
    base::Bytes nonce = spec.nonce;
    Must(OCSP_basic_add1_nonce(basic.get(), nonce.data(), static_cast<int>(nonce.size())));
  }
  Must(OCSP_basic_sign(basic.get(), signer.certificate->get(), signer.key->get(), DigestFor(*signer.key), nullptr, 0));
  const OcspResponsePtr response(MustHave(OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get())));
  return DerOf(response.get(), i2d_OCSP_RESPONSE);
}

}  // namespace culvert::pki::testing
