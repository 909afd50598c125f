// SPDX-License-Identifier: Apache-2.0
#include "libs/crypto/digest.h"

#include <gtest/gtest.h>

namespace culvert::crypto {
namespace {

using base::AsBytes;
using base::ToHex;

TEST(Digest, FipsVectorsOverParts) {
  const auto abc = [](Hash hash) { return ToHex(Digest(hash, {AsBytes("a"), {}, AsBytes("bc")})); };
  EXPECT_EQ(abc(Hash::kMd5), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(abc(Hash::kSha1), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(abc(Hash::kSha256), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(abc(Hash::kSha384),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
  EXPECT_EQ(abc(Hash::kSha512),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST(Digest, SizeIsThatOfTheOutput) {
  for (const Hash hash : {Hash::kMd5, Hash::kSha1, Hash::kSha256, Hash::kSha384, Hash::kSha512}) {
    EXPECT_EQ(Digest(hash, {}).size(), DigestSize(hash));
  }
}

}  // namespace
}  // namespace culvert::crypto
