// SPDX-License-Identifier: Apache-2.0
#include "libs/crypto/prf.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/crypto/hmac.h"

namespace culvert::crypto {

absl::StatusOr<Prf> Prf::Create(const ipsec::Algorithm& algorithm) {
  if (algorithm.kind == ipsec::TransformKind::kPrf) {
    switch (algorithm.id) {
      case 1:
        return Prf(Hash::kMd5);
      case 2:
        return Prf(Hash::kSha1);
      case 5:
        return Prf(Hash::kSha256);
      case 6:
        return Prf(Hash::kSha384);
      case 7:
        return Prf(Hash::kSha512);
    }
  }
  return absl::UnimplementedError(absl::StrCat("no PRF \"", algorithm.keyword, "\""));
}

base::Secret Prf::Compute(base::ByteView key, std::initializer_list<base::ByteView> parts) const {
  base::Secret out(size());
  Hmac(hash_, key).Compute(parts, out.mutable_view());
  return out;
}

absl::StatusOr<base::Secret> Prf::Plus(base::ByteView key, base::ByteView seed, size_t length) const {
  if (length > 255 * size()) return absl::InvalidArgumentError("prf+ yields at most 255 blocks (RFC 7296 2.13)");
  Hmac hmac(hash_, key);
  base::Secret out(length);
  base::Secret block(size());
  base::ByteView previous;  // T0 is empty
  uint8_t counter = 0;
  for (size_t done = 0; done < length; done += previous.size()) {
    ++counter;
    hmac.Compute({previous, seed, {&counter, 1}}, block.mutable_view());
    previous = block.view();
    std::copy_n(previous.begin(), std::min(previous.size(), length - done), out.mutable_view().begin() + done);
  }
  return out;
}

}  // namespace culvert::crypto
