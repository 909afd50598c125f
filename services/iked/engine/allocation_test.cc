// SPDX-License-Identifier: Apache-2.0
// What a flood of first messages costs in memory. A program of its own: it counts every allocation.
#include <malloc.h>
#include <stdlib.h>

#include <algorithm>
#include <new>

#include "gtest/gtest.h"
#include "libs/wire/ikev2/message.h"
#include "libs/wire/ikev2/proposal_mapping.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace {
size_t allocations = 0;
size_t live_octets = 0;
}  // namespace

// Not inlined: GCC would take the malloc inside for a mismatch with the delete outside.
[[gnu::noinline]] void* operator new(size_t size) {
  void* memory = malloc(size);
  if (memory == nullptr) abort();
  ++allocations;
  live_octets += malloc_usable_size(memory);
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  live_octets -= malloc_usable_size(memory);
  free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept {
  live_octets -= malloc_usable_size(memory);
  free(memory);
}

namespace culvert::iked::testing {
namespace {

TEST(Allocation, ACookieLeavesNothingBehind) {
  VirtualClock clock;
  Host host("b", "192.0.2.2", clock, 2);
  EngineConfig config = WithSecret("key");
  config.cookie_threshold = 8;
  host.Configure(std::move(config), {Mirror(Tunnel())});
  wire::ikev2::Message message;
  message.header.initiator_spi = 1;
  message.header.exchange_type = 34;
  message.header.flags = wire::kFlagInitiator;
  message.payloads = {wire::ikev2::ToSaPayload(Tunnel().ike_proposals, {}),
                      wire::ikev2::KePayload{31, base::Bytes(32, 9)}, wire::ikev2::NoncePayload{base::Bytes(32, 5)}};
  base::Bytes init = EncodeMessage(message);
  uint64_t spi = 1;
  size_t in_engine = 0;
  const auto send = [&] {
    ++spi;
    for (size_t i = 0; i < 8; ++i) init[i] = static_cast<uint8_t>(spi >> (56 - 8 * i));
    const size_t before = allocations;
    const Effects effects =
        host.engine->Handle(Datagram{{host.address, 500}, {Tunnel().local_address, 500}, init, false});
    in_engine = allocations - before;
    const bool computes =
        std::any_of(effects.begin(), effects.end(), [](const Effect& e) { return std::holds_alternative<Compute>(e); });
    EXPECT_EQ(computes, spi <= 9);  // the first eight
  };
  for (int i = 0; i < 32; ++i) send();
  ASSERT_EQ(host.engine->half_open(), 8u);
  const size_t before = live_octets;
  for (int i = 0; i < 10'000; ++i) send();
  EXPECT_EQ(live_octets, before);
  EXPECT_EQ(host.engine->half_open(), 8u);
  RecordProperty("allocations_a_cookie", static_cast<int>(in_engine));
  EXPECT_LE(in_engine, 64u);
}

}  // namespace
}  // namespace culvert::iked::testing
