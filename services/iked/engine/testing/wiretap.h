// SPDX-License-Identifier: Apache-2.0
// Somebody who has the keys of the SA between the two gateways of a MockWire, and may speak as either.
#pragma once

#include "services/iked/engine/ike_sa.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked::testing {

class Wiretap {
 public:
  // Of the SA whose IKE_SA_INIT is the first two messages of the wire's history.
  explicit Wiretap(const MockWire& wire);

  // What the other gateway seals its messages to `to` with, and their header: without exchange and message id.
  const crypto::Cipher& CipherTo(const Host& to) const;
  wire::IkeHeader HeaderTo(const Host& to) const;

 private:
  const Host* a_;
  IkeSa of_a_;
};

}  // namespace culvert::iked::testing
