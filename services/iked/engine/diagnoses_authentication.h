// SPDX-License-Identifier: Apache-2.0
// Failures of IKE_AUTH beyond a wrong pre-shared key, in words.
#pragma once

#include "absl/strings/string_view.h"
#include "libs/base/bytes.h"
#include "services/iked/engine/authentication.h"
#include "services/iked/engine/diagnoses.h"

namespace culvert::iked {

absl::string_view Name(AuthKind kind);  // "pre-shared key"

// The peer offers `received`, and the tunnel wants `expected` of it.
Diagnosis AuthMethodMismatch(const Circumstance& c, AuthKind expected, absl::string_view received);

// RFC 8784. `ours` is empty where no PPK is configured; `theirs` is PPK_IDENTITY's data, empty where the peer knows
// none.
Diagnosis PpkMissing(const Circumstance& c, absl::string_view ours);
Diagnosis PpkMismatch(const Circumstance& c, absl::string_view ours, base::ByteView theirs);
// The same name on both sides, and another key behind it.
Diagnosis PpkDiffers(const Circumstance& c, absl::string_view ours);

// RFC 3748. `user` is empty where nobody said who it was.
Diagnosis EapFailed(const Circumstance& c, absl::string_view method, absl::string_view user, absl::string_view why);
Diagnosis EapMethodMismatch(const Circumstance& c, absl::string_view ours, absl::string_view why);
Diagnosis TooManyFailures(const Circumstance& c, absl::string_view user);

}  // namespace culvert::iked
