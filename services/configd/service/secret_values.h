// SPDX-License-Identifier: Apache-2.0
// Secrets on their way in and out: values are write-only. What was exported without values can be applied again.
#pragma once

#include "culvert/config/v1/config.pb.h"
#include "libs/base/secret.h"

namespace culvert::configd {

// Gives each entry of `candidate` that brings no secret the ones that `stored` keeps under the same name. An entry that
// brings one brings them all: psk without psk_previous ends a rotation.
void KeepStoredSecrets(const config::v1::Configuration& stored, config::v1::Configuration* candidate);

// `configuration` without values, saying which are set, and a fingerprint of each pre-shared key.
config::v1::Configuration PublicView(const config::v1::Configuration& configuration, const base::Secret& key);

// 8 hexadecimal digits of an HMAC-SHA256 of the octets that `psk` spells.
std::string Fingerprint(absl::string_view psk, const base::Secret& key);

}  // namespace culvert::configd
