// SPDX-License-Identifier: Apache-2.0
#include "libs/crypto/integrity.h"

#include "absl/strings/str_cat.h"
#include "libs/crypto/hmac.h"

namespace culvert::crypto {

absl::StatusOr<Integrity> Integrity::Create(const ipsec::Algorithm& algorithm) {
  if (algorithm.kind == ipsec::TransformKind::kInteg) {
    switch (algorithm.id) {
      case 1:
        return Integrity(Hash::kMd5, algorithm.icv_bytes);
      case 2:
        return Integrity(Hash::kSha1, algorithm.icv_bytes);
      case 12:
        return Integrity(Hash::kSha256, algorithm.icv_bytes);
      case 13:
        return Integrity(Hash::kSha384, algorithm.icv_bytes);
      case 14:
        return Integrity(Hash::kSha512, algorithm.icv_bytes);
    }
  }
  return absl::UnimplementedError(absl::StrCat("no integrity algorithm \"", algorithm.keyword, "\""));
}

base::Bytes Integrity::Compute(base::ByteView key, std::initializer_list<base::ByteView> parts) const {
  base::Bytes icv(icv_size_);
  Hmac(hash_, key).Compute(parts, icv);
  return icv;
}

bool Integrity::Verify(base::ByteView key, std::initializer_list<base::ByteView> parts, base::ByteView icv) const {
  return base::EqualConstantTime(Compute(key, parts), icv);
}

}  // namespace culvert::crypto
