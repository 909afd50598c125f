// SPDX-License-Identifier: Apache-2.0
// docs/configuration.md is true: its fields are those of the contract, its defaults those of the profiles, and what is
// not there yet says so.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "services/configd/form/problem.h"
#include "services/configd/profile/profile.h"
#include "services/configd/rules/supported.h"

namespace culvert::configd {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Cells of the rows whose first cell is a field, by field.
using Rows = std::map<std::string, std::vector<std::string>>;

Rows RowsOf(absl::string_view heading) {
  std::ifstream page(CULVERT_REFERENCE_PAGE);
  EXPECT_TRUE(page) << CULVERT_REFERENCE_PAGE;
  Rows rows;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (absl::StartsWith(line, "## ")) inside = line == absl::StrCat("## ", heading);
    if (!inside || !absl::StartsWith(line, "| `")) continue;
    std::vector<std::string> cells = absl::StrSplit(line.substr(2, line.size() - 4), " | ");
    for (std::string& cell : cells) cell = std::string(absl::StripAsciiWhitespace(cell));
    rows[cells[0].substr(1, cells[0].size() - 2)] = cells;
  }
  return rows;
}

// Every field below a message, as a path. Parts without defaults of their own are listed too where the page has them.
void CollectFields(const Descriptor& type, const std::string& path, std::set<std::string>* leaves,
                   std::set<std::string>* parts) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const std::string own = FieldPath(path, field.name());
    const bool part = field.message_type() != nullptr && !field.is_map() && field.message_type()->field_count() > 0 &&
                      field.message_type() != google::protobuf::Duration::descriptor();
    (part ? parts : leaves)->insert(own);
    if (part) CollectFields(*field.message_type(), own, leaves, parts);
  }
}

void ExpectFields(const Rows& rows, const std::set<std::string>& leaves, const std::set<std::string>& parts) {
  for (const std::string& leaf : leaves) EXPECT_TRUE(rows.count(leaf)) << leaf << " is missing";
  for (const auto& [field, cells] : rows)
    EXPECT_TRUE(leaves.count(field) || parts.count(field)) << field << " is no field";
}

TEST(Reference, HasEveryFieldOfATunnel) {
  std::set<std::string> leaves, parts;
  CollectFields(*config::v1::Tunnel::descriptor(), "", &leaves, &parts);
  leaves.erase("xauth.users.set"), leaves.erase("eap.users.set");  // shown, as `secrets.set` is
  ExpectFields(RowsOf("tunnels"), leaves, parts);
}

TEST(Reference, HasEveryFieldBesideTunnels) {
  std::set<std::string> leaves, parts;
  CollectFields(*config::v1::Configuration::descriptor(), "", &leaves, &parts);
  std::erase_if(leaves, [](const std::string& field) { return absl::StartsWith(field, "tunnels."); });
  ExpectFields(RowsOf("The rest"), leaves, parts);
}

// The value of a field as the page writes it; "" where it is unset.
std::string Shown(const Message& message, absl::string_view path) {
  const std::pair<std::string, std::string> step = absl::StrSplit(path, absl::MaxSplits('.', 1));
  const FieldDescriptor& field = *message.GetDescriptor()->FindFieldByName(step.first);
  const auto* r = message.GetReflection();
  if (field.is_repeated()) {
    std::vector<std::string> values;
    for (int i = 0; field.cpp_type() == FieldDescriptor::CPPTYPE_STRING && i < r->FieldSize(message, &field); ++i) {
      values.push_back(r->GetRepeatedString(message, &field, i));
    }
    return absl::StrJoin(values, ", ");
  }
  if (!r->HasField(message, &field)) return "";
  if (!step.second.empty()) return Shown(r->GetMessage(message, &field), step.second);
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return r->GetBool(message, &field) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return r->GetEnum(message, &field)->name();
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(r->GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(r->GetUInt32(message, &field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(r->GetUInt64(message, &field));
    case FieldDescriptor::CPPTYPE_STRING:
      return r->GetString(message, &field);
    default: {
      const Message& part = r->GetMessage(message, &field);
      const auto* duration = dynamic_cast<const google::protobuf::Duration*>(&part);
      return duration == nullptr ? "" : absl::StrCat(duration->seconds(), "s");
    }
  }
}

TEST(Reference, SaysTheDefaultsOfEachProfile) {
  config::v1::Tunnel rut2xx, modern;
  modern.set_profile(config::v1::Profile::MODERN);
  rut2xx = EffectiveTunnel(rut2xx);
  modern = EffectiveTunnel(modern);
  const Rows rows = RowsOf("tunnels");
  ASSERT_GT(rows.size(), 90u);
  for (const auto& [field, cells] : rows) {
    ASSERT_EQ(cells.size(), 5u) << field;
    EXPECT_EQ(cells[2], Shown(rut2xx, field)) << field;
    EXPECT_EQ(cells[3], Shown(modern, field)) << field;
  }
}

TEST(Reference, SaysWhatIsNotThereYet) {
  const Rows tunnels = RowsOf("tunnels");
  for (const absl::string_view field : TunnelFieldsNotYetSupported()) {
    ASSERT_TRUE(tunnels.count(std::string(field)) || field == "xauth") << field;
    EXPECT_THAT(tunnels.at(std::string(field)).back(), testing::HasSubstr("ot there yet")) << field;
  }
  const Rows rest = RowsOf("The rest");
  for (const absl::string_view field : ConfigurationFieldsNotYetSupported()) {
    ASSERT_TRUE(rest.count(std::string(field))) << field;
    EXPECT_THAT(rest.at(std::string(field)).back(), testing::HasSubstr("ot there yet")) << field;
  }
}

}  // namespace
}  // namespace culvert::configd
