// SPDX-License-Identifier: Apache-2.0
// The vectors of RFC 2759 9.2 and RFC 3079 3.5.3.
#include "libs/eap/mschapv2_hashes.h"

#include "gtest/gtest.h"

namespace culvert::eap {
namespace {

template <typename Array>
Array Of(absl::string_view hex) {
  const base::Bytes bytes = base::FromHex(hex);
  Array array{};
  std::copy(bytes.begin(), bytes.end(), array.begin());
  return array;
}

class MschapV2Hashes : public ::testing::Test {
 protected:
  const MschapChallenge server_ = Of<MschapChallenge>("5b5d7c7d7b3f2f3e3c2c602132262628");
  const MschapChallenge peer_ = Of<MschapChallenge>("21402324255e262a28295f2b3a337c7e");
  const base::Secret hash_ = NtPasswordHash(base::AsBytes("clientPass"));
  const NtResponse response_ = GenerateNtResponse(hash_, server_, peer_, "User");
};

TEST_F(MschapV2Hashes, PasswordHash) {
  EXPECT_EQ(base::ToHex(hash_.view()), "44ebba8d5312b8d611474411f56989ae");
}

TEST_F(MschapV2Hashes, NtResponse) {
  EXPECT_EQ(base::ToHex(response_), "82309ecd8d708b5ea08faa3981cd83544233114a3d85d6df");
}

TEST_F(MschapV2Hashes, ADomainIsNoPartOfTheName) {
  EXPECT_EQ(GenerateNtResponse(hash_, server_, peer_, "DOMAIN\\User"), response_);
}

TEST_F(MschapV2Hashes, AuthenticatorResponse) {
  EXPECT_EQ(AuthenticatorResponse(hash_, response_, server_, peer_, "User"),
            "S=407A5589115FD0D6209F510FE9C04566932CDA56");
}

// RFC 3079 3.5.3: SendStartKey128, by which the server sends. What it receives by comes first.
TEST_F(MschapV2Hashes, Msk) {
  const base::Secret msk = MschapMsk(hash_, response_);
  ASSERT_EQ(msk.size(), 64u);
  EXPECT_EQ(base::ToHex(msk.view().subspan(16, 16)), "8b7cdc149b993a1ba118cb153f56dccb");
  EXPECT_EQ(base::ToHex(msk.view().subspan(32)), std::string(64, '0'));
}

// Beyond ASCII: two octets of UTF-8 are one unit of UTF-16, four are two.
TEST(MschapV2Password, IsUtf16) {
  const auto same = [](absl::string_view a, absl::string_view b) {
    return base::ToHex(NtPasswordHash(base::AsBytes(a)).view()) == base::ToHex(NtPasswordHash(base::AsBytes(b)).view());
  };
  EXPECT_TRUE(same("\xC3\xA9", "\xE9")) << "what is no UTF-8 is Latin-1";
  EXPECT_FALSE(same("\xF0\x9F\x94\x91", "\xE2\x82\xAC"));
  EXPECT_EQ(base::ToHex(NtPasswordHash({}).view()), "31d6cfe0d16ae931b73c59d7e0c089c0");
}

}  // namespace
}  // namespace culvert::eap
