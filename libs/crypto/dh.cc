// SPDX-License-Identifier: Apache-2.0
#include "libs/crypto/dh.h"

#include "absl/strings/str_cat.h"
#include "libs/crypto/dh_groups.h"

namespace culvert::crypto {

absl::StatusOr<std::unique_ptr<KeyExchange>> KeyExchange::Generate(const ipsec::Algorithm& group, base::Rng& rng) {
  if (group.kind == ipsec::TransformKind::kDh) {
    for (const auto generate : {GenerateModp, GenerateEcp, GenerateXdh}) {
      if (std::unique_ptr<KeyExchange> exchange = generate(group, rng)) return exchange;
    }
  }
  return absl::UnimplementedError(absl::StrCat("no key exchange group \"", group.keyword, "\""));
}

}  // namespace culvert::crypto
