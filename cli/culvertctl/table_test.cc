// SPDX-License-Identifier: Apache-2.0
#include "cli/culvertctl/table.h"

#include <gtest/gtest.h>

namespace culvert::ctl {
namespace {

TEST(Table, ColumnsAreAsWideAsTheirWidestCell) {
  Table table({"NAME", ">BYTES", "PEER"});
  table.Row({"to-b", "1.2 kB", "192.0.2.2"});
  table.Row({"a-long-name", "7 B", ""});
  EXPECT_EQ(table.ToString(),
            "NAME          BYTES  PEER\n"
            "to-b         1.2 kB  192.0.2.2\n"
            "a-long-name     7 B  -\n");
}

TEST(Table, ANoteStandsBelowItsRow) {
  Table table({"NAME", "STATE"});
  table.Row({"a", "BACKOFF"});
  table.Note("the peer is silent");
  table.Row({"b", "UP"});
  EXPECT_EQ(table.ToString(),
            "NAME  STATE\n"
            "a     BACKOFF\n"
            "    the peer is silent\n"
            "b     UP\n");
}

TEST(Table, WidthIsCountedInCharactersNotOctets) {
  Table table({"NAME", "X"});
  table.Row({"zürich", "1"});
  table.Row({"bern", "2"});
  EXPECT_EQ(table.ToString(),
            "NAME    X\n"
            "zürich  1\n"
            "bern    2\n");
}

}  // namespace
}  // namespace culvert::ctl
