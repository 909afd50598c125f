// SPDX-License-Identifier: Apache-2.0
// How the two sides of a tunnel authenticate, with the values that the tunnel names.
#pragma once

#include "culvert/config/v1/config.pb.h"
#include "culvert/config/v1/snapshot.pb.h"

namespace culvert::configd {

config::v1::IkeAuthentication IkeAuthenticationOf(const config::v1::Tunnel& effective,
                                                  const config::v1::Configuration& configuration);

// Of a tunnel that has it enabled.
config::v1::IkeXauth IkeXauthOf(const config::v1::Xauth& effective);

}  // namespace culvert::configd
