// SPDX-License-Identifier: Apache-2.0
// What people paste: PEM (RFC 7468), into the DER that everything else speaks. Explanatory text may stand in front of a
// block, as openssl writes it; nothing but white space may follow the last one, where it could be overlooked.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/bytes.h"
#include "libs/base/secret.h"

namespace culvert::pki {

// At least one. InvalidArgument says what is wrong, for a problem's message.
absl::StatusOr<std::vector<base::Bytes>> CertificatesFromPem(absl::string_view pem);
absl::StatusOr<std::vector<base::Bytes>> CrlsFromPem(absl::string_view pem);

// Exactly one key, as PKCS#8 DER: "PRIVATE KEY", "RSA PRIVATE KEY" or "EC PRIVATE KEY" (whose "EC PARAMETERS" block may
// come first, as openssl writes it). FailedPrecondition: it is encrypted; InvalidArgument: anything else.
absl::StatusOr<base::Secret> PrivateKeyFromPem(absl::string_view pem);

}  // namespace culvert::pki
