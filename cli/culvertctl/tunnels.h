// SPDX-License-Identifier: Apache-2.0
// status, tunnel list: the tunnels and how they are.
#pragma once

#include "cli/culvertctl/session.h"

namespace culvert::ctl {

ExitCode Status(Session session);
ExitCode ListTunnels(Session session);

}  // namespace culvert::ctl
