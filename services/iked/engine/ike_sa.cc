// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/ike_sa.h"

#include "services/iked/engine/configuration_payload.h"
#include "services/iked/engine/ikev1/state.h"
#include "services/iked/engine/mobike.h"

namespace culvert::iked {

IkeSa::IkeSa() = default;
IkeSa::~IkeSa() = default;

const ipsec::Suite* IkeSa::suite() const {
  if (ikev1 != nullptr) return &ikev1->suite;
  return crypto == nullptr ? nullptr : &crypto->suite;
}

ChildSa* IkeSa::FindChild(uint64_t child) const {
  for (const std::unique_ptr<ChildSa>& c : children) {
    if (c->id == child) return c.get();
  }
  return nullptr;
}

ChildSa* IkeSa::FindChildByOutboundSpi(uint32_t spi) const {
  for (const std::unique_ptr<ChildSa>& c : children) {
    if (c->spi_out == spi) return c.get();
  }
  return nullptr;
}

}  // namespace culvert::iked
