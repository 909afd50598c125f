// SPDX-License-Identifier: Apache-2.0
// Extended authentication within IKEv1 (draft-beaulieu-ike-xauth-02): culvert.config.v1.IkeXauth as parsed values. It
// holds secrets, and so is shared and immutable as those of authentication.h are.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libs/base/secret.h"
#include "libs/eap/mschapv2.h"
#include "services/iked/engine/authentication.h"

namespace culvert::iked {

struct XauthConfig {
  ClientServerRole role = ClientServerRole::kAuto;              // kAuto: whoever initiates is the client
  std::string username{};                                       // as client; empty: our IKE identity
  base::Secret password{};                                      // as client
  std::shared_ptr<const std::vector<eap::Account>> accounts{};  // that we know as server; never null

  // Whether we are the one who is asked for name and password, where we (or the peer) initiate phase 1.
  bool client(bool initiator) const {
    return role == ClientServerRole::kClient || (role == ClientServerRole::kAuto && initiator);
  }
};

}  // namespace culvert::iked
