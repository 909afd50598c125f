// SPDX-License-Identifier: Apache-2.0
#include "libs/pki/ocsp.h"

#include <openssl/err.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"

namespace culvert::pki {
namespace {

// The hash by which request and answer name the issuer; SHA-1 is what every responder knows (RFC 5019 2.1.1), and no
// secret or signature hangs on it.
OcspCertId IdOf(const Certificate& certificate, const Certificate& issuer, const EVP_MD* digest = EVP_sha1()) {
  return OcspCertId(MustHave(OCSP_cert_to_id(digest, certificate.get(), issuer.get())));
}

// The octets of the nonce extension, inside its own OCTET STRING; empty: there is none.
base::Bytes NonceOf(OCSP_BASICRESP* basic) {
  const int index = OCSP_BASICRESP_get_ext_by_NID(basic, NID_id_pkix_OCSP_Nonce, -1);
  if (index < 0) return {};
  const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(OCSP_BASICRESP_get_ext(basic, index));
  return {ASN1_STRING_get0_data(value), ASN1_STRING_get0_data(value) + ASN1_STRING_length(value)};
}

base::Bytes EncodedNonce(base::ByteView nonce) {
  base::Bytes der = {0x04, static_cast<uint8_t>(nonce.size())};
  der.insert(der.end(), nonce.begin(), nonce.end());
  return der;
}

}  // namespace

base::Bytes OcspRequest(const Certificate& certificate, const Certificate& issuer, base::ByteView nonce) {
  const OcspRequestPtr request(MustHave(OCSP_REQUEST_new()));
  MustHave(OCSP_request_add0_id(request.get(), IdOf(certificate, issuer).release()));
  base::Bytes value = base::ToBytes(nonce);  // OpenSSL does not say const
  Must(OCSP_request_add1_nonce(request.get(), value.data(), static_cast<int>(value.size())));
  return DerOf<OCSP_REQUEST>(request.get(), i2d_OCSP_REQUEST);
}

absl::StatusOr<OcspBasic> OcspAnswer::ParseBasic(base::ByteView der) {
  if (der.size() > kMaxOcspBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("an OCSP response of ", der.size(), " octets; at most ", kMaxOcspBytes));
  }
  const auto response = ExactlyOne<OcspResponsePtr>(der, d2i_OCSP_RESPONSE);
  OcspBasic basic;
  const int status = response == nullptr ? -1 : OCSP_response_status(response.get());
  if (status == OCSP_RESPONSE_STATUS_SUCCESSFUL) basic.reset(OCSP_response_get1_basic(response.get()));
  ERR_clear_error();
  if (response == nullptr) return absl::InvalidArgumentError("not an OCSP response");
  if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
    return absl::UnavailableError(absl::StrCat("the responder says ", OCSP_response_status_str(status)));
  }
  if (basic == nullptr) return absl::InvalidArgumentError("an OCSP response of another type than basic");
  return basic;
}

absl::StatusOr<std::shared_ptr<const OcspAnswer>> OcspAnswer::Parse(base::ByteView der, base::ByteView nonce) {
  ASSIGN_OR_RETURN(OcspBasic basic, ParseBasic(der));
  if (const base::Bytes theirs = NonceOf(basic.get()); !theirs.empty() && theirs != EncodedNonce(nonce)) {
    return absl::InvalidArgumentError("an OCSP response to another request");
  }
  return std::shared_ptr<const OcspAnswer>(new OcspAnswer(std::move(basic), base::ToBytes(der)));
}

absl::StatusOr<std::shared_ptr<const OcspAnswer>> OcspAnswer::ParseStapled(base::ByteView der) {
  ASSIGN_OR_RETURN(OcspBasic basic, ParseBasic(der));
  return std::shared_ptr<const OcspAnswer>(new OcspAnswer(std::move(basic), base::ToBytes(der)));
}

bool OcspAnswer::SignedFor(const Certificate& issuer, absl::Time now) const {
  // The issuer is the one anchor, whatever stands above it; a delegate must be its own child, valid now, and made for
  // OCSP signing, which OCSP_basic_verify looks at.
  const X509Store store(MustHave(X509_STORE_new()));
  Must(X509_STORE_add_cert(store.get(), issuer.get()));
  X509_VERIFY_PARAM* param = X509_STORE_get0_param(store.get());
  Must(X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN));
  X509_VERIFY_PARAM_set_time(param, absl::ToTimeT(now));
  const X509Stack certificates(MustHave(sk_X509_new_null()));
  Must(sk_X509_push(certificates.get(), issuer.get()));
  const bool good = OCSP_basic_verify(basic_.get(), certificates.get(), store.get(), 0) == 1;
  ERR_clear_error();
  return good;
}

std::optional<OcspStatus> OcspAnswer::StatusOf(const Certificate& certificate, const Certificate& issuer,
                                               absl::Time now) const {
  for (int i = 0; i < OCSP_resp_count(basic_.get()); ++i) {
    OCSP_SINGLERESP* single = OCSP_resp_get0(basic_.get(), i);
    // A responder may name the issuer by another hash than we did (RFC 6960 4.1.1).
    ASN1_OBJECT* hash = nullptr;
    OCSP_id_get0_info(nullptr, &hash, nullptr, nullptr, const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(single)));
    const EVP_MD* digest = EVP_get_digestbyobj(hash);
    if (digest == nullptr) continue;
    if (OCSP_id_cmp(OCSP_SINGLERESP_get0_id(single), IdOf(certificate, issuer, digest).get()) != 0) continue;

    int reason = 0;
    ASN1_GENERALIZEDTIME *since = nullptr, *this_update = nullptr, *next_update = nullptr;
    const int state = OCSP_single_get0_status(single, &reason, &since, &this_update, &next_update);
    const auto from = TimeOf(this_update);
    if (state == V_OCSP_CERTSTATUS_UNKNOWN || state < 0 || !from || !SignedFor(issuer, now)) return std::nullopt;
    return OcspStatus{.revoked = state == V_OCSP_CERTSTATUS_REVOKED,
                      .revoked_since = TimeOf(since).value_or(absl::InfinitePast()),
                      .this_update = *from,
                      .next_update = TimeOf(next_update)};
  }
  return std::nullopt;
}

}  // namespace culvert::pki
