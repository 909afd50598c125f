// SPDX-License-Identifier: Apache-2.0
#include "services/culvertd/child_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"

namespace culvert::culvertd {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

const PlanOptions kOptions = {.program_directory = "/usr/libexec/culvert",
                              .state_dir = "/var/lib/culvert",
                              .uid_base = 64200,
                              .log_level = "info",
                              .log_format = "json",
                              .metrics_address = "127.0.0.1:9560",
                              .api_group = 990};

// One descriptor for each prefix that is asked for.
std::vector<std::pair<std::string, int>> Named(const std::vector<std::string>& prefixes) {
  std::vector<std::pair<std::string, int>> out;
  for (const std::string& prefix : prefixes) out.emplace_back(prefix, 42);
  return out;
}
bool All(const std::string&) {
  return true;
}

std::vector<std::string> NamesOf(const ChildPlan& plan) {
  std::vector<std::string> out;
  for (const SupervisedChild& child : plan.children) out.push_back(child.spec.name);
  return out;
}

const SupervisedChild& Find(const ChildPlan& plan, const std::string& name) {
  for (const SupervisedChild& child : plan.children) {
    if (child.spec.name == name) return child;
  }
  std::abort();
}

TEST(ChildPlan, UserSpaceRunsEspdWithItsDescriptors) {
  const auto plan = PlanChildren(kOptions, Named, All);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(NamesOf(*plan), ElementsAre("configd", "fetchd", "espd", "sad", "iked", "metricsd", "apid"));
  EXPECT_EQ(Find(*plan, "espd").spec.descriptors.size(), 5u);
  EXPECT_EQ(Find(*plan, "iked").spec.descriptors.size(), 4u);
  EXPECT_THAT(Find(*plan, "sad").spec.descriptors, IsEmpty());
  EXPECT_THAT(Find(*plan, "iked").spec.argv, ElementsAre("/usr/libexec/culvert/iked", "--state-dir=/var/lib/culvert",
                                                         "--uid-base=64200", "--log-level=info", "--log-format=json"));
  EXPECT_THAT(Find(*plan, "sad").spec.argv, Contains("--datapath=userspace"));
  EXPECT_THAT(Find(*plan, "metricsd").spec.argv, Contains("--metrics-address=127.0.0.1:9560"));
}

TEST(ChildPlan, IkedAloneStopsFirst) {
  const auto plan = PlanChildren(kOptions, Named, All);
  for (const SupervisedChild& child : plan->children) EXPECT_EQ(child.stops_first, child.spec.name == "iked");
}

TEST(ChildPlan, OnlyTheApiIsForPeople) {
  const auto plan = PlanChildren(kOptions, Named, All);
  for (const SupervisedChild& child : plan->children) {
    EXPECT_EQ(child.socket->group, child.spec.name == "apid" ? 990u : 64200u) << child.spec.name;
    EXPECT_EQ(child.socket->mode, 0660u);
  }
  EXPECT_EQ(Find(*plan, "apid").socket->path, "/var/lib/culvert/run/api.sock");
}

TEST(ChildPlan, KernelDatapathsNeedNoEspd) {
  PlanOptions options = kOptions;
  options.userspace = false;
  EXPECT_THAT(NamesOf(*PlanChildren(options, Named, All)), Not(Contains("espd")));
}

TEST(ChildPlan, OptionalProgramsMayBeMissingAndRequiredOnesMayNot) {
  auto without = [](const std::string& name) {
    return [name](const std::string& path) { return !absl::EndsWith(path, "/" + name); };
  };
  const auto plan = PlanChildren(kOptions, Named, without("metricsd"));
  ASSERT_TRUE(plan.ok());
  EXPECT_THAT(plan->missing, ElementsAre("metricsd"));
  EXPECT_EQ(PlanChildren(kOptions, Named, without("iked")).status().message(),
            "/usr/libexec/culvert/iked is not installed; culvertd starts its siblings");
}

}  // namespace
}  // namespace culvert::culvertd
