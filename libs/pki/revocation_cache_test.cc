// SPDX-License-Identifier: Apache-2.0
#include "libs/pki/revocation_cache.h"

#include <gtest/gtest.h>

#include "libs/pki/testing/test_ca.h"

namespace culvert::pki {
namespace {

using testing::kNow;
using testing::TestCa;

class RevocationCacheTest : public ::testing::Test {
 protected:
  RevocationState State(absl::Time now = kNow) {
    return FindRevocation(*gw_, *ca_.certificate(), *cache_.evidence(), now).state;
  }

  TestCa ca_{{.subject = "CN=CA"}};
  CertificatePtr gw_ = ca_.Issue({.subject = "CN=gw"}).certificate;
  RevocationSource crl_{RevocationSource::Kind::kCrl, "http://pki.example/crl", gw_, ca_.certificate()};
  RevocationSource ocsp_{RevocationSource::Kind::kOcsp, "http://ocsp.example/", gw_, ca_.certificate()};
  RevocationCache cache_;
};

TEST_F(RevocationCacheTest, KeepsWhatWasFetched) {
  EXPECT_EQ(State(), RevocationState::kUnknown);
  ASSERT_TRUE(cache_.Add(crl_, ca_.Crl({}), {}, kNow).ok());
  EXPECT_EQ(State(), RevocationState::kGood);
  ASSERT_TRUE(cache_.Add(crl_, ca_.Crl({gw_}), {}, kNow).ok());
  EXPECT_EQ(State(), RevocationState::kRevoked);
  EXPECT_EQ(cache_.evidence()->crls.size(), 1u) << "the new one took the place of the old";
}

TEST_F(RevocationCacheTest, WhatIsFetchedGrowsOld) {
  ASSERT_TRUE(cache_.Add(ocsp_, ca_.OcspAnswer(*gw_, {}), {}, kNow).ok());
  EXPECT_EQ(State(), RevocationState::kGood);
  EXPECT_EQ(State(kNow + absl::Hours(25)), RevocationState::kUnknown);
}

TEST_F(RevocationCacheTest, AForgeryDisplacesNothing) {
  const TestCa impostor({.subject = "CN=CA"});
  ASSERT_TRUE(cache_.Add(crl_, ca_.Crl({gw_}), {}, kNow).ok());
  EXPECT_FALSE(cache_.Add(crl_, impostor.Crl({}), {}, kNow).ok());
  EXPECT_FALSE(cache_.Add(ocsp_, impostor.OcspAnswer(*gw_, {}), {}, kNow).ok());
  EXPECT_FALSE(cache_.Add(crl_, base::AsBytes("<html>"), {}, kNow).ok());
  EXPECT_EQ(State(), RevocationState::kRevoked);
}

TEST_F(RevocationCacheTest, ConfiguredCrlsStay) {
  cache_.SetConfigured({*Crl::Parse(ca_.Crl({gw_}))});
  ASSERT_TRUE(cache_.Add(crl_, ca_.Crl({}), {}, kNow).ok());
  EXPECT_EQ(State(), RevocationState::kRevoked);
  cache_.SetConfigured({});
  EXPECT_EQ(State(), RevocationState::kGood);
}

TEST_F(RevocationCacheTest, AServerThatFailedIsLeftAloneForAWhile) {
  EXPECT_TRUE(cache_.WorthFetching(crl_, kNow));
  cache_.FetchFailed(crl_, kNow);
  EXPECT_FALSE(cache_.WorthFetching(crl_, kNow + absl::Seconds(59)));
  EXPECT_TRUE(cache_.WorthFetching(crl_, kNow + absl::Seconds(60)));
  EXPECT_TRUE(cache_.WorthFetching(crl_, kNow - absl::Hours(1))) << "the clock was set back";
  EXPECT_TRUE(cache_.WorthFetching(ocsp_, kNow));
}

TEST_F(RevocationCacheTest, IsBounded) {
  const base::Bytes crl = ca_.Crl({});
  for (size_t i = 0; i < kMaxCachedCrls + 10; ++i) {
    crl_.url = "http://pki.example/" + std::to_string(i);
    ASSERT_TRUE(cache_.Add(crl_, crl, {}, kNow).ok());
  }
  EXPECT_EQ(cache_.evidence()->crls.size(), kMaxCachedCrls);
}

}  // namespace
}  // namespace culvert::pki
