// SPDX-License-Identifier: Apache-2.0
#include "libs/base/clock.h"

#include <openssl/rand.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "absl/time/clock.h"
#include "libs/base/secret.h"

namespace culvert::base {
namespace {

void Draw(MutableByteView out) {
  if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1) std::abort();
}

// Octets drawn ahead: a draw costs a microsecond, however few they are. Each is given once, and wiped where it stood.
class Pool {
 public:
  ~Pool() { SecureWipe(octets_); }

  void Take(MutableByteView out) {
    if (left_ < out.size() || owner_ != getpid()) {  // a child must not give what its parent gives
      Draw(octets_);
      left_ = octets_.size();
      owner_ = getpid();
    }
    left_ -= out.size();
    const MutableByteView taken = MutableByteView(octets_).subspan(left_, out.size());
    std::copy(taken.begin(), taken.end(), out.begin());
    SecureWipe(taken);
  }

  static constexpr size_t kLargest = 64;

 private:
  std::array<uint8_t, 1024> octets_;
  size_t left_ = 0;
  pid_t owner_ = 0;
};

}  // namespace

void SystemRng::Fill(MutableByteView out) {
  if (out.size() > Pool::kLargest) return Draw(out);
  static thread_local Pool pool;
  pool.Take(out);
}

}  // namespace culvert::base
