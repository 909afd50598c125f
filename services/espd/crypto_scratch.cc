// SPDX-License-Identifier: Apache-2.0
#include "services/espd/crypto_scratch.h"

#include <intel-ipsec-mb.h>
#include <openssl/rand.h>

#include <cstdlib>
#include <cstring>

#include "libs/base/secret.h"

namespace culvert::espd {

CryptoScratch::CryptoScratch() : cipher_(EVP_CIPHER_CTX_new()) {}

CryptoScratch::~CryptoScratch() {
  base::SecureWipe(pool_);
}

void CryptoScratch::Free::operator()(IMB_MGR* m) const {
  free_mb_mgr(m);
}

void CryptoScratch::RandomIv(uint8_t* iv, size_t size) {
  if (left_ < size) {
    if (RAND_bytes(pool_.data(), static_cast<int>(pool_.size())) != 1) std::abort();  // a host without randomness
    left_ = pool_.size();
  }
  left_ -= size;
  std::memcpy(iv, pool_.data() + left_, size);
}

IMB_MGR* CryptoScratch::JobManager() {
  if (!jobs_) {
    jobs_.reset(alloc_mb_mgr(0));
    if (!jobs_) std::abort();  // out of memory
    init_mb_mgr_auto(jobs_.get(), nullptr);
  }
  return jobs_.get();
}

}  // namespace culvert::espd
