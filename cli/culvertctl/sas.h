// SPDX-License-Identifier: Apache-2.0
// sa list: IKE SAs and their CHILD_SAs, in the words of strongSwan's list-sas.
#pragma once

#include <string>

#include "cli/culvertctl/session.h"

namespace culvert::ctl {

ExitCode ListSas(Session session, const std::string& tunnel);  // "" for all

}  // namespace culvert::ctl
