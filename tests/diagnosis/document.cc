// SPDX-License-Identifier: Apache-2.0
#include "tests/diagnosis/document.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace culvert::diagnosis {
namespace {

using iked::Diagnosis;

constexpr char kHead[] = R"(# Diagnoses

What each gateway says to each thing that can be wrong between two of them. `culvertctl up` ends with it, `culvertctl
explain TUNNEL` shows it with its history, and it is in the event stream and in the log.

This page is made by a run of `tests/diagnosis`, which sets every row up between two engines and holds each side to its
code and its field; nothing here is written by hand. Gateway a (tunnel `to-b`) calls gateway b (tunnel `to-a`). Where a
side *cannot* know, because the other may not tell it (RFC 7296 2.21.2) or did not, it says where to look first: in
*italics*. The other side's words then have the answer.
)";

std::string Escaped(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"|", "\\|"}, {"*", "\\*"}});
}

std::string Cell(const Said& said) {
  if (said.code.empty()) return "nothing";
  const std::string field = said.field.empty() ? "" : absl::StrCat("<br>`", said.field, "`");
  return said.knows ? absl::StrCat(said.code, field) : absl::StrCat("*", said.code, "*", field);
}

// "`local.subnets`: [10.9.0.0/24] at b".
std::string EditsText(const Misconfiguration& row) {
  std::vector<std::string> parts;
  const auto add = [&](const std::vector<Edit>& edits, absl::string_view gateway) {
    for (const Edit& edit : edits) {
      const bool large = edit.value.size() > 60;
      parts.push_back(edit.value.empty() ? absl::StrCat("no `", edit.field, "` at ", gateway)
                      : large            ? absl::StrCat("`", edit.field, "` at ", gateway)
                                         : absl::StrCat("`", edit.field, ": ", edit.value, "` at ", gateway));
    }
  };
  add(row.a, "a");
  add(row.b, "b");
  return absl::StrJoin(parts, "<br>");
}

std::string List(const std::vector<std::string>& lines) {
  return absl::StrJoin(
      lines, "", [](std::string* out, const std::string& line) { absl::StrAppend(out, "- ", Escaped(line), "\n"); });
}

std::string Example(const Diagnosis& d) {
  std::string out = absl::StrCat("\n### ", Name(d.code), "\n\n> ", Escaped(d.summary), "\n");
  if (!d.expected.empty()) absl::StrAppend(&out, ">\n> expected: ", Escaped(d.expected), "\n");
  if (!d.received.empty()) absl::StrAppend(&out, ">\n> received: ", Escaped(d.received), "\n");
  if (!d.field.empty()) absl::StrAppend(&out, ">\n> look at: `", d.field, "`\n");
  absl::StrAppend(&out, "\nLikely causes:\n\n", List(d.likely_causes), "\nWhat to do:\n\n", List(d.fixes));
  return out;
}

}  // namespace

std::string Document(const std::vector<SeenTheme>& themes) {
  std::string out = kHead;
  std::map<iked::DiagnosisCode, Diagnosis>
      examples;  // the first of each code, from a side that knows where there is one
  for (const bool knowing : {true, false}) {
    for (const SeenTheme& theme : themes) {
      for (const auto& [row, seen] : theme.rows) {
        if (seen.initiator && row->initiator.knows == knowing) examples.emplace(seen.initiator->code, *seen.initiator);
        if (seen.responder && row->responder.knows == knowing) examples.emplace(seen.responder->code, *seen.responder);
      }
    }
  }
  for (const SeenTheme& theme : themes) {
    absl::StrAppend(&out, "\n## ", theme.title,
                    "\n\n| what is wrong | for example | a, the initiator, says | b, the responder, says |\n",
                    "|---|---|---|---|\n");
    for (const auto& [row, seen] : theme.rows) {
      absl::StrAppend(&out, "| ", Escaped(row->what), " | ", EditsText(*row), " | ", Cell(row->initiator), " | ",
                      Cell(row->responder), " |\n");
    }
  }
  absl::StrAppend(&out, "\n## The codes, with an example each\n");
  for (const auto& [code, example] : examples) absl::StrAppend(&out, Example(example));
  return out;
}

}  // namespace culvert::diagnosis
