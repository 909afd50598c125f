// SPDX-License-Identifier: Apache-2.0
// What the crypto libraries need once a worker: never shared between threads.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <memory>

struct IMB_MGR;

namespace culvert::espd {

class CryptoScratch {
 public:
  CryptoScratch();
  ~CryptoScratch();
  CryptoScratch(const CryptoScratch&) = delete;
  CryptoScratch& operator=(const CryptoScratch&) = delete;

  // `size` octets (at most 16) of randomness for the IV of a CBC packet, which RFC 3602 3 wants unpredictable. Drawn
  // from OpenSSL 4 KiB at a time: one draw a packet would cost more than the cipher.
  void RandomIv(uint8_t* iv, size_t size);

  // The job manager of libipsec-mb, which is not thread-safe; made at its first use.
  IMB_MGR* JobManager();

  // OpenSSL's contexts, and the serial number of the cipher that keyed them last: a run of packets of one SA pays for
  // the key schedule once.
  EVP_CIPHER_CTX* cipher_context() { return cipher_.get(); }
  EVP_MAC_CTX* mac_context() { return mac_.get(); }
  void set_mac_context(EVP_MAC_CTX* context) { mac_.reset(context); }
  uint64_t keyed_for = 0;

 private:
  struct Free {
    void operator()(EVP_CIPHER_CTX* c) const { EVP_CIPHER_CTX_free(c); }
    void operator()(EVP_MAC_CTX* c) const { EVP_MAC_CTX_free(c); }
    void operator()(IMB_MGR* m) const;
  };
  std::array<uint8_t, 4096> pool_;
  size_t left_ = 0;
  std::unique_ptr<EVP_CIPHER_CTX, Free> cipher_;
  std::unique_ptr<EVP_MAC_CTX, Free> mac_;
  std::unique_ptr<IMB_MGR, Free> jobs_;
};

}  // namespace culvert::espd
