// SPDX-License-Identifier: Apache-2.0
#include "services/fetchd/host_name.h"

#include <gtest/gtest.h>

#include <string>

namespace culvert::fetchd {
namespace {

TEST(HostName, AcceptsWhatRfc1123Accepts) {
  for (const char* name : {"gw.example", "gw.example.", "GW-1.example", "3com.com", "a", "xn--nxasmq6b.example"}) {
    EXPECT_TRUE(CheckHostName(name).ok()) << name;
  }
  EXPECT_TRUE(CheckHostName(std::string(63, 'a') + ".example").ok());
}

TEST(HostName, RefusesTheRest) {
  const std::string label(63, 'a');
  for (const std::string& name :
       {std::string(), std::string("."), std::string("a..b"), std::string(".a"), std::string("-a.b"),
        std::string("a-.b"), std::string("a_b.c"), std::string("a b"), std::string("a\0b", 3), std::string("a\nb"),
        std::string("caf\xc3\xa9"), std::string("256.1.1.1"), std::string("1.2"), label + "a.b",
        label + "." + label + "." + label + "." + label}) {
    EXPECT_FALSE(CheckHostName(name).ok()) << name;
  }
}

}  // namespace
}  // namespace culvert::fetchd
