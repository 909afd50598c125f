// SPDX-License-Identifier: Apache-2.0
// OpenSSL's X.509 objects behind RAII, for this library's own files.
#pragma once

#include <openssl/ocsp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "libs/base/bytes.h"
#include "libs/crypto/openssl.h"

namespace culvert::pki {

using crypto::Must;
using crypto::MustHave;
using crypto::Pkey;

inline void FreeX509Stack(STACK_OF(X509) * stack) {
  sk_X509_free(stack);  // elements are borrowed
}

using X509Ptr = std::unique_ptr<X509, crypto::Freer<X509_free>>;
using X509Stack = std::unique_ptr<STACK_OF(X509), crypto::Freer<FreeX509Stack>>;
using X509Store = std::unique_ptr<X509_STORE, crypto::Freer<X509_STORE_free>>;
using X509StoreCtx = std::unique_ptr<X509_STORE_CTX, crypto::Freer<X509_STORE_CTX_free>>;
using X509Crl = std::unique_ptr<X509_CRL, crypto::Freer<X509_CRL_free>>;
using AlgorithmPtr = std::unique_ptr<X509_ALGOR, crypto::Freer<X509_ALGOR_free>>;
using GeneralNames = std::unique_ptr<GENERAL_NAMES, crypto::Freer<GENERAL_NAMES_free>>;
using DistPoints = std::unique_ptr<CRL_DIST_POINTS, crypto::Freer<CRL_DIST_POINTS_free>>;
using IssuingDistPoint = std::unique_ptr<ISSUING_DIST_POINT, crypto::Freer<ISSUING_DIST_POINT_free>>;
using InfoAccess = std::unique_ptr<AUTHORITY_INFO_ACCESS, crypto::Freer<AUTHORITY_INFO_ACCESS_free>>;
using OcspRequestPtr = std::unique_ptr<OCSP_REQUEST, crypto::Freer<OCSP_REQUEST_free>>;
using OcspResponsePtr = std::unique_ptr<OCSP_RESPONSE, crypto::Freer<OCSP_RESPONSE_free>>;
using OcspBasic = std::unique_ptr<OCSP_BASICRESP, crypto::Freer<OCSP_BASICRESP_free>>;
using OcspCertId = std::unique_ptr<OCSP_CERTID, crypto::Freer<OCSP_CERTID_free>>;

// What i2d_* makes of `object`; empty when it cannot.
template <typename T>
base::Bytes DerOf(const T* object, int (*i2d)(const T*, unsigned char**)) {
  unsigned char* der = nullptr;
  const int size = i2d(object, &der);
  if (size <= 0) return {};
  base::Bytes bytes(der, der + size);
  OPENSSL_free(der);
  return bytes;
}

// The object that `der` is exactly, nothing behind it; null otherwise.
template <typename Pointer, typename T>
Pointer ExactlyOne(base::ByteView der, T* (*d2i)(T**, const unsigned char**, long)) {
  const unsigned char* at = der.data();
  Pointer object(d2i(nullptr, &at, static_cast<long>(der.size())));
  if (object != nullptr && at != der.data() + der.size()) object.reset();
  return object;
}

// nullopt: not a time of the years 1950 to 9999 (RFC 5280 4.1.2.5).
std::optional<absl::Time> TimeOf(const ASN1_TIME* time);

// "2026-01-02T03:04:05Z"
std::string UtcText(absl::Time time);

// The URIs among the names, http and https alone.
void AppendHttpUris(const GENERAL_NAMES* names, std::vector<std::string>* uris);

// "C=CH, CN=gw", escaped as identities are.
std::string Printed(const X509_NAME* name);

}  // namespace culvert::pki
