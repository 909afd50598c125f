// SPDX-License-Identifier: Apache-2.0
// Each row of the table is set up, and each side held to what the row says that it says.
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/diagnosis/document.h"

namespace culvert::diagnosis {
namespace {

using iked::Diagnosis;

// The share of sides that can know that must name the right field. Every row is asserted by itself as well.
constexpr double kNamedRight = 0.95;

bool Fits(const std::optional<Diagnosis>& told, const Said& said) {
  if (!told) return said.code.empty();
  return Name(told->code) == said.code && told->field == said.field;
}

std::string Text(const std::optional<Diagnosis>& told) {
  if (!told) return "nothing";
  return std::string(Name(told->code)) + " " + told->field + ": " + told->summary;
}

void ExpectSaid(const std::optional<Diagnosis>& told, const Said& said, const char* side) {
  if (said.code.empty()) {
    EXPECT_FALSE(told.has_value()) << side << " says " << Text(told);
    return;
  }
  EXPECT_TRUE(Fits(told, said)) << side << " says " << Text(told) << "\ninstead of " << said.code << " " << said.field;
  if (!told) return;
  EXPECT_THAT(told->summary, ::testing::HasSubstr(said.words)) << side;
  EXPECT_FALSE(told->summary.empty()) << side;
  EXPECT_FALSE(told->expected.empty()) << side << " " << said.code;
  EXPECT_FALSE(told->received.empty()) << side << " " << said.code;
  EXPECT_FALSE(told->likely_causes.empty()) << side << " " << said.code;
  EXPECT_FALSE(told->fixes.empty()) << side << " " << said.code;
}

std::string ReadPage() {
  std::ifstream file(DIAGNOSES_PAGE);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Diagnosis, TheGoodConfigurationComesUp) {
  const Outcome outcome = Meet({"nothing", {}, {}, Nothing(), Nothing()});
  EXPECT_TRUE(outcome.up);
  EXPECT_EQ(Text(outcome.initiator), "nothing");
  EXPECT_EQ(Text(outcome.responder), "nothing");
}

TEST(Diagnosis, EverythingThatIsWrongIsNamed) {
  std::vector<SeenTheme> seen;
  int rows = 0, knowing = 0, right = 0;
  for (const Theme& theme : Themes()) {
    SeenTheme& group = seen.emplace_back(SeenTheme{theme.title, {}});
    for (const Misconfiguration& row : theme.rows) {
      SCOPED_TRACE(row.what);
      ++rows;
      const Outcome outcome = Meet(row);
      ExpectSaid(outcome.initiator, row.initiator, "the initiator");
      ExpectSaid(outcome.responder, row.responder, "the responder");
      for (const auto& [told, said] :
           {std::pair(outcome.initiator, row.initiator), {outcome.responder, row.responder}}) {
        knowing += said.knows ? 1 : 0;
        right += said.knows && Fits(told, said) ? 1 : 0;
      }
      group.rows.emplace_back(&row, outcome);
    }
  }
  RecordProperty("misconfigurations", rows);
  RecordProperty("sides_that_can_know", knowing);
  RecordProperty("named_right", right);
  EXPECT_GE(rows, 60);
  EXPECT_GE(right, kNamedRight * knowing);

  const std::string page = Document(seen);
  if (std::getenv("CULVERT_WRITE_DOCS") != nullptr) std::ofstream(DIAGNOSES_PAGE) << page;
  EXPECT_EQ(ReadPage(), page) << "docs/diagnoses.md is stale: CULVERT_WRITE_DOCS=1 build/tests/diagnosis_test";
}

}  // namespace
}  // namespace culvert::diagnosis
