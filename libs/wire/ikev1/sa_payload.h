// SPDX-License-Identifier: Apache-2.0
// The codec of the SA payload's body, which is a file of its own for its nesting. Callers want payloads.h.
#pragma once

#include "libs/wire/ikev1/payloads.h"

namespace culvert::wire::ikev1 {

Decoded<SaPayload> DecodeSa(Reader reader);
void EncodeSa(const SaPayload& sa, Writer& writer);

}  // namespace culvert::wire::ikev1
