// SPDX-License-Identifier: Apache-2.0
// Certificates, keys and CRLs as iked takes them, in DER; and for metrics when each certificate ends.
#pragma once

#include "culvert/config/v1/config.pb.h"
#include "culvert/config/v1/snapshot.pb.h"

namespace culvert::configd {

void ProjectCertificates(const config::v1::Configuration& configuration, config::v1::IkeSnapshot* ike);
void ProjectCertificates(const config::v1::Configuration& configuration, config::v1::MetricsSnapshot* metrics);

}  // namespace culvert::configd
