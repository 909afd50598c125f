// SPDX-License-Identifier: Apache-2.0
// explain, secret explain: why a tunnel is as it is, and which secret a peer would meet.
#pragma once

#include <string>

#include "cli/culvertctl/session.h"

namespace culvert::ctl {

ExitCode Explain(Session session, const std::string& tunnel);

struct ExplainSecretOptions {
  std::string local_id;
  std::string remote_id;
  std::string local_address;
  std::string remote_address;
  std::string version = "IKEV2";  // a word of IkeVersion
  std::string mode = "MAIN";      // a word of IkeMode
};
ExitCode ExplainSecret(Session session, const ExplainSecretOptions& options);

}  // namespace culvert::ctl
