// SPDX-License-Identifier: Apache-2.0
#include "cli/culvertctl/problems.h"

#include <gtest/gtest.h>

namespace culvert::ctl {
namespace {

using config::v1::Plan;
using config::v1::Problem;
using config::v1::ProblemCode;
using config::v1::Severity;

TEST(Problems, AreWrittenAsCompilersDo) {
  Problem problem;
  problem.set_severity(Severity::ERROR);
  problem.set_code(ProblemCode::WRONG_TYPE);
  problem.set_field("tunnels[to-b].ike.lifetime");
  problem.set_message("\"8x\" is not a duration");
  problem.set_suggestion("write 8h");
  problem.set_line(12);
  EXPECT_EQ(ProblemsText("site.yaml", {problem}),
            "site.yaml:12: error: tunnels[to-b].ike.lifetime: \"8x\" is not a duration → write 8h [WRONG_TYPE]\n");
  problem.set_line(0);
  problem.set_severity(Severity::WARNING);
  problem.clear_suggestion();
  EXPECT_EQ(ProblemsText("site.yaml", {problem}),
            "site.yaml: warning: tunnels[to-b].ike.lifetime: \"8x\" is not a duration [WRONG_TYPE]\n");
  EXPECT_EQ(ProblemsSummary({problem, problem}), "2 warnings");
  EXPECT_EQ(ProblemsSummary({}), "no problems");
}

TEST(Problems, APlanNamesWhatItTouchesAndCountsTheRest) {
  Plan plan;
  const auto add = [&](const char* tunnel, Plan::Kind::Value kind) {
    auto* change = plan.add_changes();
    change->set_tunnel(tunnel);
    change->set_kind(kind);
    return change;
  };
  add("new", Plan::Kind::ADDED);
  auto* changed = add("to-b", Plan::Kind::CHANGED);
  changed->add_fields("ike.lifetime");
  changed->add_fields("esp.proposals");
  changed->set_sas_are_replaced(true);
  add("x", Plan::Kind::UNTOUCHED);
  add("y", Plan::Kind::UNTOUCHED);
  EXPECT_EQ(PlanText(plan),
            "  + new: added\n"
            "  ~ to-b: changed: ike.lifetime, esp.proposals (what is up now is closed)\n"
            "  = 2 tunnels untouched\n");
  EXPECT_EQ(PlanText(Plan()), "  no tunnel changes\n");
}

}  // namespace
}  // namespace culvert::ctl
