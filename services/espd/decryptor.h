// SPDX-License-Identifier: Apache-2.0
// From the network to the TUN (RFC 4303 3.4, RFC 4301 5.2): classify, find the pair, check replay, open, record, check
// the trailer and what is inside, merge. One a worker.
#pragma once

#include <cstddef>
#include <cstdint>

#include "services/espd/crypto_scratch.h"
#include "services/espd/merger.h"
#include "services/espd/ports.h"
#include "services/espd/shared_state.h"

namespace culvert::espd {

// What came out of one receive call: one datagram, or several of equal size that the kernel coalesced.
struct Received {
  uint8_t* data = nullptr;  // scribbled on
  size_t size = 0;
  size_t segment = 0;         // octets of each datagram but the last; 0: there is only one
  base::Endpoint local = {};  // where it was sent to; none where the kernel did not say
  base::Endpoint source = {};
  uint8_t tos = 0;  // of the outer header
  bool udp = true;  // false: from a raw socket, ESP only
};

class Decryptor {
 public:
  Decryptor(SharedState& shared, int worker, CryptoScratch& scratch, TunPort& tun, StrayPort& strays, bool merge_udp)
      : shared_(shared), worker_(worker), scratch_(scratch), strays_(strays), merger_(tun, merge_udp) {}

  // `now_ms` is CLOCK_BOOTTIME.
  void Receive(const Received& received, int64_t now_ms);
  // Writes what is still being merged. At the end of each pass.
  void Flush() { merger_.Flush(); }

 private:
  struct Run;  // neighbouring packets of one pair

  void OpenPacket(Run& run, uint8_t* packet, size_t size);
  bool AcceptInner(Run& run, uint8_t* plain, size_t text_size, cv_inner* inner);
  void FinishRun(const Run& run);
  void NoticeMapping(ChildSa& sa, const base::Endpoint& source);
  void UnknownSpi(uint32_t spi, const base::Endpoint& source);

  SharedState& shared_;
  const int worker_;
  CryptoScratch& scratch_;
  StrayPort& strays_;
  Merger merger_;
  int64_t now_ms_ = 0;
  int64_t unknown_told_ms_ = 0;
};

}  // namespace culvert::espd
