// SPDX-License-Identifier: Apache-2.0
#include "libs/crypto/digest.h"

#include <openssl/evp.h>

#include <cstdlib>

#include "libs/crypto/openssl.h"

namespace culvert::crypto {

size_t DigestSize(Hash hash) {
  switch (hash) {
    case Hash::kMd5:
      return 16;
    case Hash::kSha1:
      return 20;
    case Hash::kSha256:
      return 32;
    case Hash::kSha384:
      return 48;
    case Hash::kSha512:
      return 64;
  }
  std::abort();
}

base::Bytes Digest(Hash hash, std::initializer_list<base::ByteView> parts) {
  const MdCtx context(EVP_MD_CTX_new());
  Must(EVP_DigestInit_ex2(context.get(), MessageDigest(hash), nullptr));
  for (const base::ByteView part : parts) Must(EVP_DigestUpdate(context.get(), part.data(), part.size()));
  base::Bytes digest(DigestSize(hash));
  Must(EVP_DigestFinal_ex(context.get(), digest.data(), nullptr));
  return digest;
}

}  // namespace culvert::crypto
