// SPDX-License-Identifier: Apache-2.0
// Opens packets that Scapy sealed (tests/vectors/esp/generate.py), with each library.
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

#include "libs/base/bytes.h"
#include "services/espd/crypto_scratch.h"
#include "services/espd/esp_cipher.h"

namespace culvert::espd {
namespace {

TEST(EspVectors, FromScapy) {
  std::ifstream file(ESP_VECTORS);
  ASSERT_TRUE(file.good()) << ESP_VECTORS;
  const std::unique_ptr<CryptoBackend> backends[] = {NewIpsecMbBackend(), NewOpenSslBackend()};
  CryptoScratch scratch;
  int opened = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string keyword, key, integrity_key, inner, packet;
    int esn;
    uint64_t seq;
    words >> keyword >> esn >> seq >> key >> integrity_key >> inner >> packet;
    const Suite suite = *Suite::Parse(keyword);
    const base::Bytes encryption = base::FromHex(key), integrity = base::FromHex(integrity_key),
                      want = base::FromHex(inner);
    for (const auto& backend : backends) {
      const auto cipher = backend->MakeCipher(suite, {encryption, integrity}, esn != 0, Direction::kInbound);
      if (absl::IsUnimplemented(cipher.status())) continue;
      ASSERT_TRUE(cipher.ok()) << cipher.status();
      base::Bytes esp = base::FromHex(packet);
      ASSERT_TRUE(cv_esp_size_valid(&suite.shape, esp.size())) << line;
      base::Bytes plain(esp.size());
      ASSERT_TRUE((*cipher)->Open(scratch, seq, esp.data(), esp.size(), plain.data())) << line;
      size_t payload;
      uint8_t next_header;
      const size_t text = esp.size() - CV_ESP_HEADER_SIZE - suite.shape.iv - suite.shape.icv;
      ASSERT_TRUE(cv_esp_get_trailer(plain.data(), text, &payload, &next_header)) << line;
      EXPECT_EQ(next_header, want[0] >> 4 == 4 ? CV_NEXT_HEADER_IPV4 : CV_NEXT_HEADER_IPV6);
      plain.resize(payload);
      EXPECT_EQ(plain, want) << line;
      ++opened;
    }
  }
  EXPECT_GT(opened, 500);
}

}  // namespace
}  // namespace culvert::espd
