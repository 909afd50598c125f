// SPDX-License-Identifier: Apache-2.0
// The profiles as data: each a tunnel with every default set.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "culvert/config/v1/config.pb.h"

namespace culvert::configd {

struct ProfileDefaults {
  config::v1::Tunnel tunnel;  // all but the proposals, which a merge would append to
  std::vector<std::string> ike_proposals, esp_proposals;
  // What completes the manual's three fields where only some are typed. `aead_…` beside an AEAD cipher.
  absl::string_view encryption, hash, dh_group;
  absl::string_view ike_aead_hash;
};

// UNSPECIFIED is RUT2XX.
const ProfileDefaults& DefaultsOf(config::v1::Profile::Value profile);

}  // namespace culvert::configd
