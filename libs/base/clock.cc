// SPDX-License-Identifier: Apache-2.0
#include "libs/base/clock.h"

#include <openssl/rand.h>

#include <cstdlib>

#include "absl/time/clock.h"

namespace culvert::base {

void SystemRng::Fill(MutableByteView out) {
  if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1) std::abort();
}

}  // namespace culvert::base
