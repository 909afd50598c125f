// SPDX-License-Identifier: Apache-2.0
// The differential test: what one library seals the other opens, octet for octet, for every suite.
#include "services/espd/esp_cipher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <string>
#include <tuple>

#include "libs/base/clock.h"
#include "services/espd/crypto_scratch.h"

namespace culvert::espd {
namespace {

constexpr uint64_t kSeq = 0x0000000500000007;
constexpr uint32_t kSpi = 0x12345678;

struct Keys {
  base::Bytes encryption, integrity;
  explicit Keys(const Suite& suite) {
    base::SystemRng rng;
    encryption = rng.Take(suite.key_bytes + suite.salt_bytes);
    integrity = rng.Take(suite.integrity_key_bytes);
  }
  CipherKeys view() const { return {encryption, integrity}; }
};

class EveryEspSuite : public testing::TestWithParam<std::tuple<std::string, bool>> {
 protected:
  EveryEspSuite() : suite_(*Suite::Parse(std::get<0>(GetParam()))), esn_(std::get<1>(GetParam())), keys_(suite_) {}

  // Null where the library does not have the suite.
  std::unique_ptr<EspCipher> Make(const CryptoBackend& backend, Direction direction) {
    auto cipher = backend.MakeCipher(suite_, keys_.view(), esn_, direction);
    if (cipher.ok()) return *std::move(cipher);
    EXPECT_EQ(cipher.status().code(), absl::StatusCode::kUnimplemented);
    return nullptr;
  }

  base::Bytes Seal(const EspCipher& cipher, const base::Bytes& payload) {
    base::Bytes plain(payload);
    const size_t pad = cv_esp_pad(&suite_.shape, payload.size());
    plain.resize(payload.size() + pad + CV_ESP_TRAILER_SIZE);
    cv_esp_put_trailer(plain.data() + payload.size(), pad, CV_NEXT_HEADER_IPV4);
    base::Bytes packet(cv_esp_packet_size(&suite_.shape, payload.size()));
    cv_esp_put_header(packet.data(), kSpi, kSeq);
    cipher.Seal(scratch_, kSeq, plain.data(), plain.size(), packet.data());
    return packet;
  }

  // The payload; empty if the packet is refused.
  base::Bytes Open(const EspCipher& cipher, base::Bytes packet, uint64_t high = kSeq >> 32) {
    base::Bytes plain(packet.size());
    const uint64_t seq = high << 32 | cv_get_be32(packet.data() + 4);  // as a receiver finds it
    if (!cipher.Open(scratch_, seq, packet.data(), packet.size(), plain.data())) return {};
    size_t payload = 0;
    uint8_t next = 0;
    const size_t text = packet.size() - CV_ESP_HEADER_SIZE - suite_.shape.iv - suite_.shape.icv;
    EXPECT_TRUE(cv_esp_get_trailer(plain.data(), text, &payload, &next));
    EXPECT_EQ(next, CV_NEXT_HEADER_IPV4);
    plain.resize(payload);
    return plain;
  }

  const Suite suite_;
  const bool esn_;
  const Keys keys_;
  CryptoScratch scratch_;
  const std::unique_ptr<CryptoBackend> mb_ = NewIpsecMbBackend();
  const std::unique_ptr<CryptoBackend> openssl_ = NewOpenSslBackend();
};

TEST_P(EveryEspSuite, EachLibraryOpensWhatTheOtherSealed) {
  const auto theirs_out = Make(*openssl_, Direction::kOutbound), theirs_in = Make(*openssl_, Direction::kInbound);
  auto ours_out = Make(*mb_, Direction::kOutbound), ours_in = Make(*mb_, Direction::kInbound);
  base::SystemRng rng;
  for (size_t size : {1, 2, 13, 14, 15, 16, 40, 64, 127, 128, 576, 1380, 1422, 1500, 9000}) {
    const base::Bytes payload = rng.Take(size);
    const base::Bytes packet = Seal(*theirs_out, payload);
    EXPECT_EQ(Open(*theirs_in, packet), payload) << size;
    if (ours_out == nullptr) continue;
    EXPECT_EQ(Open(*ours_in, packet), payload) << size;
    EXPECT_EQ(Open(*theirs_in, Seal(*ours_out, payload)), payload) << size;
    // An AEAD's IV is the sequence number, so the whole packet must be the same; a CBC IV is random.
    if (suite_.aead()) {
      EXPECT_EQ(Seal(*ours_out, payload), packet) << size;
    }
  }
}

TEST_P(EveryEspSuite, AnyFlippedBitIsRefused) {
  for (const CryptoBackend* backend : {mb_.get(), openssl_.get()}) {
    const auto out = Make(*backend, Direction::kOutbound), in = Make(*backend, Direction::kInbound);
    if (out == nullptr) continue;
    const base::Bytes packet = Seal(*out, base::Bytes(30, 0x55));
    for (size_t bit = 0; bit < packet.size() * 8; ++bit) {
      base::Bytes forged(packet);
      forged[bit / 8] ^= static_cast<uint8_t>(1 << (bit % 8));
      EXPECT_TRUE(Open(*in, forged).empty()) << "bit " << bit;
    }
    EXPECT_EQ(Open(*in, packet).size(), 30u);
  }
}

TEST_P(EveryEspSuite, TheUpperHalfOfAnExtendedSequenceNumberIsAuthenticated) {
  for (const CryptoBackend* backend : {mb_.get(), openssl_.get()}) {
    const auto out = Make(*backend, Direction::kOutbound), in = Make(*backend, Direction::kInbound);
    if (out == nullptr) continue;
    const base::Bytes packet = Seal(*out, base::Bytes(30, 0x55));
    EXPECT_EQ(Open(*in, packet, (kSeq >> 32) + 1).empty(), esn_);
  }
}

TEST_P(EveryEspSuite, AFoldedKeyIsExpandedByTheNextPacket) {
  const auto out = Make(*mb_, Direction::kOutbound), in = Make(*mb_, Direction::kInbound);
  if (out == nullptr) return;
  EXPECT_EQ(out->Fold(), nullptr);  // no packet yet
  const base::Bytes payload(30, 0x55);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Open(*in, Seal(*out, payload)), payload);
    EXPECT_EQ(out->Fold() != nullptr, in->Fold() != nullptr);
    EXPECT_EQ(out->Fold(), nullptr);
  }
}

TEST_P(EveryEspSuite, KeysOfAWrongLengthAreRefused) {
  for (const CryptoBackend* backend : {mb_.get(), openssl_.get()}) {
    Keys keys(suite_);
    keys.encryption.push_back(0);
    EXPECT_EQ(backend->MakeCipher(suite_, keys.view(), esn_, Direction::kInbound).status().code(),
              absl::StatusCode::kInvalidArgument);
    Keys other(suite_);
    other.integrity.push_back(0);
    EXPECT_EQ(backend->MakeCipher(suite_, other.view(), esn_, Direction::kInbound).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

INSTANTIATE_TEST_SUITE_P(Suites, EveryEspSuite, testing::Combine(testing::ValuesIn(SuiteKeywords()), testing::Bool()),
                         [](const auto& row) {
                           std::string name = std::get<0>(row.param) + (std::get<1>(row.param) ? "_esn" : "");
                           for (char& c : name) {
                             if (c == '-') c = '_';
                           }
                           return name;
                         });

TEST(EspSuite, WordsThatAreNone) {
  for (const char* word :
       {"", "aes", "aes128", "aes128-", "aes128-sha3", "aes128gcm16-sha256", "null-sha1", "null", "aes128-none"}) {
    EXPECT_EQ(Suite::Parse(word).status().code(), absl::StatusCode::kInvalidArgument) << word;
  }
}

// Two CBC packets of one payload must not look alike (RFC 3602 3).
TEST(EspSuite, CbcIvsDiffer) {
  const Suite suite = *Suite::Parse("aes128-sha256");
  const Keys keys(suite);
  CryptoScratch scratch;
  const auto crypto = NewBestBackend();
  const auto cipher = *crypto->MakeCipher(suite, keys.view(), false, Direction::kOutbound);
  std::set<base::Bytes> ivs;
  for (uint32_t i = 0; i < 2000; ++i) {
    base::Bytes plain(16), packet(8 + 16 + 16 + 16);
    cv_esp_put_header(packet.data(), kSpi, i);
    cipher->Seal(scratch, i, plain.data(), plain.size(), packet.data());
    ivs.emplace(packet.begin() + 8, packet.begin() + 24);
  }
  EXPECT_EQ(ivs.size(), 2000u);
}

}  // namespace
}  // namespace culvert::espd
