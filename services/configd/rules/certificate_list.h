// SPDX-License-Identifier: Apache-2.0
// The certificates of a configuration as values, for rules and projections alike.
#pragma once

#include <vector>

#include "absl/strings/string_view.h"
#include "culvert/config/v1/config.pb.h"
#include "libs/pki/certificate.h"

namespace culvert::configd {

// Null where the text is not one certificate, which validation reports.
pki::CertificatePtr CertificateOf(const config::v1::Certificate& entry);
// The entry of that name; null: there is none.
const config::v1::Certificate* FindCertificate(const config::v1::Configuration& configuration, absl::string_view name);

// The certificate by which we authenticate in this tunnel, complete by its profile; null: none, or a broken one.
pki::CertificatePtr OwnCertificateOf(const config::v1::Tunnel& effective,
                                     const config::v1::Configuration& configuration);

}  // namespace culvert::configd
