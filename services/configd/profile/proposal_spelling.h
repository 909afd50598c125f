// SPDX-License-Identifier: Apache-2.0
// The manual's three fields (encryption, hash, group) and proposal strings: two spellings of one thing.
#pragma once

#include <string>

#include "culvert/config/v1/config.pb.h"
#include "services/configd/profile/defaults.h"

namespace culvert::configd {

// At least one of the three fields is set.
bool SpelledByFields(const config::v1::Ike& ike);
bool SpelledByFields(const config::v1::Esp& esp);

// "3des-sha1-modp1536" of the three fields, unset ones from the profile. An AEAD cipher takes no hash in ESP and a PRF
// in IKE; a group of "none" means no PFS. Words are not judged here: the parser of proposals does that.
std::string ProposalOf(const config::v1::Ike& ike, const ProfileDefaults& defaults);
std::string ProposalOf(const config::v1::Esp& esp, const ProfileDefaults& defaults);

}  // namespace culvert::configd
