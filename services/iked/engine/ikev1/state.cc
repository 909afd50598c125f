// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/ikev1/state.h"

#include "services/iked/engine/ikev1/fragments.h"
#include "services/iked/engine/ikev1/phase1.h"

namespace culvert::iked::ikev1 {

State::State() = default;
State::~State() = default;

}  // namespace culvert::iked::ikev1
