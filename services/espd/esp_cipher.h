// SPDX-License-Identifier: Apache-2.0
// One direction's keyed transform: from payload to ESP packet, or back. Every worker may use it at once; what changes
// from packet to packet lives in the worker's own CryptoScratch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "libs/base/bytes.h"
#include "services/espd/suite.h"

namespace culvert::espd {

class CryptoScratch;

enum class Direction : uint8_t { kInbound, kOutbound };

// What a library makes of a key for speed's sake. It can be made again at any time, and wipes itself.
class ExpandedKey {
 public:
  virtual ~ExpandedKey() = default;
};

class EspCipher {
 public:
  virtual ~EspCipher() = default;
  EspCipher(const EspCipher&) = delete;
  EspCipher& operator=(const EspCipher&) = delete;

  // `packet` begins with its 8-octet header (cv_esp_put_header); this writes IV, cipher text and ICV behind it.
  // `plain` is payload and trailer, `size` a multiple of the suite's alignment; it does not overlap `packet`.
  virtual void Seal(CryptoScratch& scratch, uint64_t seq, const uint8_t* plain, size_t size, uint8_t* packet) const = 0;

  // Verifies a packet of `size` octets, for which cv_esp_size_valid() holds, and decrypts it to `plain`, which has room
  // for the cipher text and does not overlap it. False if the ICV is wrong; `plain` then holds rubbish. The packet's
  // ICV may be scribbled on.
  virtual bool Open(CryptoScratch& scratch, uint64_t seq, uint8_t* packet, size_t size, uint8_t* plain) const = 0;

  // Takes back what the first packet had it expand; the next one expands it again. Workers may be using it still: free
  // it when Quiescence allows. Null: nothing is expanded.
  virtual std::unique_ptr<ExpandedKey> Fold() const { return nullptr; }

 protected:
  EspCipher() = default;
};

struct CipherKeys {
  base::ByteView encryption;  // with its salt
  base::ByteView integrity;
};

// A library that can do it; must outlive its ciphers. The two below differ in speed alone: a test runs every suite
// through both.
class CryptoBackend {
 public:
  virtual ~CryptoBackend() = default;
  // InvalidArgument: keys whose lengths are not the suite's. Unimplemented: a suite this library does not have.
  virtual absl::StatusOr<std::unique_ptr<EspCipher>> MakeCipher(const Suite& suite, const CipherKeys& keys, bool esn,
                                                                Direction direction) const = 0;
};

std::unique_ptr<CryptoBackend> NewIpsecMbBackend();  // AVX-512, AVX2 or SSE, as the processor has
std::unique_ptr<CryptoBackend> NewOpenSslBackend();
// For each suite the quicker of the two.
std::unique_ptr<CryptoBackend> NewBestBackend();

// InvalidArgument unless the lengths are the suite's.
absl::Status CheckKeys(const Suite& suite, const CipherKeys& keys);

}  // namespace culvert::espd
