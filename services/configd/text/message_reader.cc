// SPDX-License-Identifier: Apache-2.0
#include "services/configd/text/message_reader.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>

#include <cstdlib>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "services/configd/form/field_options.h"
#include "services/configd/text/duration_text.h"
#include "services/configd/text/nearest.h"
#include "services/configd/text/value_file.h"

namespace culvert::configd {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const FieldDescriptor* FindByFileKey(const Descriptor& type, absl::string_view key) {
  if (!absl::EndsWith(key, "_file")) return nullptr;
  for (int i = 0; i < type.field_count(); ++i) {
    if (FileKeyOf(*type.field(i)) == key) return type.field(i);
  }
  return nullptr;
}

// What a list's element is called in a path.
absl::string_view NameOf(const Node& element) {
  for (const Node::Entry& entry : element.entries) {
    if (entry.key == "name" && entry.value.is_scalar()) return entry.value.text;
  }
  return {};
}

template <typename Integer>
std::optional<Integer> ParseInteger(absl::string_view text) {
  Integer value = 0;
  // SimpleAtoi forgives surrounding white space; a configuration does not.
  const bool bare = !text.empty() && text.front() != ' ' && text.back() != ' ' && text.front() != '+';
  return bare && absl::SimpleAtoi(text, &value) ? std::optional(value) : std::nullopt;
}

// The field that is already set and excludes `field`.
const FieldDescriptor* Rival(const Message& message, const FieldDescriptor& field) {
  const auto* oneof = field.real_containing_oneof();
  return oneof == nullptr ? nullptr : message.GetReflection()->GetOneofFieldDescriptor(message, oneof);
}

std::vector<absl::string_view> WordsOf(const EnumDescriptor& type) {
  std::vector<absl::string_view> words;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0) words.push_back(type.value(i)->name());
  }
  return words;
}

std::string JoinWords(const std::vector<absl::string_view>& words) {
  std::string joined;
  for (const absl::string_view word : words) absl::StrAppend(&joined, joined.empty() ? "" : ", ", word);
  return joined;
}

}  // namespace

void MessageReader::Read(const Node& node, const std::string& path, Message* message) {
  if (!node.is_map()) return WrongType(node, path, "fields (key: value)");
  const Descriptor& type = *message->GetDescriptor();
  absl::flat_hash_set<const FieldDescriptor*> seen;
  for (const Node::Entry& entry : node.entries) {
    const FieldDescriptor* field = type.FindFieldByName(entry.key);
    const FieldDescriptor* file_field = field == nullptr ? FindByFileKey(type, entry.key) : nullptr;
    if (field == nullptr && file_field == nullptr) {
      UnknownField(entry, path, type);
      continue;
    }
    const std::string field_path = FieldPath(path, entry.key);
    lines_.try_emplace(field_path, entry.line);
    if (!seen.insert(field != nullptr ? field : file_field).second) {
      problems_.Error(Code::DUPLICATE_FIELD, field_path, absl::StrCat(Quoted(entry.key), " is given twice"),
                      "keep one of them", entry.line);
    } else if (field == nullptr) {
      ReadFile(entry.value, field_path, *file_field, message);
    } else if (IsOutputOnly(*field)) {
      problems_.Error(Code::READ_ONLY_FIELD, field_path,
                      absl::StrCat(Quoted(entry.key), " is filled in by the appliance"), "leave it out", entry.line);
    } else if (const FieldDescriptor* rival = Rival(*message, *field)) {
      problems_.Error(Code::CONFLICT, field_path,
                      absl::StrCat(Quoted(entry.key), " cannot stand beside ", Quoted(rival->name())),
                      "keep one of them", entry.line);
    } else {
      ReadField(entry.value, field_path, *field, message);
    }
  }
}

void MessageReader::ReadField(const Node& node, const std::string& path, const Field& field, Message* message) {
  if (node.is_null()) {
    problems_.Error(Code::WRONG_TYPE, path, absl::StrCat(Quoted(field.name()), " has no value"),
                    field.message_type() != nullptr ? "write {} or leave the key out" : "leave the key out", node.line);
  } else if (field.is_map()) {
    ReadMap(node, path, field, message);
  } else if (field.is_repeated()) {
    ReadList(node, path, field, message);
  } else {
    ReadValue(node, path, field, message);
  }
}

void MessageReader::ReadList(const Node& node, const std::string& path, const Field& field, Message* message) {
  if (!node.is_list()) return WrongType(node, path, "a list");
  for (size_t i = 0; i < node.items.size(); ++i) {
    const Node& item = node.items[i];
    const std::string item_path = ElementPath(path, NameOf(item), i);
    lines_.try_emplace(item_path, item.line);
    ReadValue(item, item_path, field, message);
  }
}

void MessageReader::ReadMap(const Node& node, const std::string& path, const Field& field, Message* message) {
  if (!node.is_map()) return WrongType(node, path, "fields (key: value)");
  absl::flat_hash_set<absl::string_view> seen;
  for (const Node::Entry& entry : node.entries) {
    const std::string entry_path = ElementPath(path, entry.key, seen.size());
    lines_.try_emplace(entry_path, entry.line);
    if (!seen.insert(entry.key).second) {
      problems_.Error(Code::DUPLICATE_FIELD, entry_path, absl::StrCat(Quoted(entry.key), " is given twice"),
                      "keep one of them", entry.line);
      continue;
    }
    Message* pair = message->GetReflection()->AddMessage(message, &field);  // a map is a list of {key, value}
    pair->GetReflection()->SetString(pair, pair->GetDescriptor()->map_key(), entry.key);
    ReadValue(entry.value, entry_path, *pair->GetDescriptor()->map_value(), pair);
  }
}

void MessageReader::ReadValue(const Node& node, const std::string& path, const Field& field, Message* message) {
  if (field.message_type() == nullptr) return ReadScalar(node, path, field, message);
  const auto* reflection = message->GetReflection();
  Message* part =
      field.is_repeated() ? reflection->AddMessage(message, &field) : reflection->MutableMessage(message, &field);
  if (field.message_type() == google::protobuf::Duration::descriptor()) return ReadDuration(node, path, part);
  Read(node, path, part);
}

void MessageReader::ReadScalar(const Node& node, const std::string& path, const Field& field, Message* message) {
  const auto* reflection = message->GetReflection();
  const auto set = [&](auto setter, auto adder, auto value) {
    field.is_repeated() ? (reflection->*adder)(message, &field, value) : (reflection->*setter)(message, &field, value);
  };
  using Reflection = google::protobuf::Reflection;
  const auto set_integer = [&](auto parsed, auto setter, auto adder, absl::string_view wanted) {
    parsed ? set(setter, adder, *parsed) : WrongType(node, path, wanted);
  };
  switch (field.cpp_type()) {
    case Field::CPPTYPE_STRING:
      if (!node.is_scalar()) return WrongType(node, path, "text");
      return set(&Reflection::SetString, &Reflection::AddString, node.text);
    case Field::CPPTYPE_BOOL:
      if (!node.is_scalar() || !node.plain || (node.text != "true" && node.text != "false")) {
        return WrongType(node, path, "true or false");
      }
      return set(&Reflection::SetBool, &Reflection::AddBool, node.text == "true");
    case Field::CPPTYPE_ENUM:
      return ReadEnum(node, path, field, message);
    case Field::CPPTYPE_INT32:
      return set_integer(ParseInteger<int32_t>(node.text), &Reflection::SetInt32, &Reflection::AddInt32,
                         "a whole number");
    case Field::CPPTYPE_UINT32:
      return set_integer(ParseInteger<uint32_t>(node.text), &Reflection::SetUInt32, &Reflection::AddUInt32,
                         "a whole number from 0 to 4294967295");
    case Field::CPPTYPE_UINT64:
      return set_integer(ParseInteger<uint64_t>(node.text), &Reflection::SetUInt64, &Reflection::AddUInt64,
                         "a whole number, 0 or more");
    default:
      std::abort();  // the contract has no other type; a test reads a value of each
  }
}

void MessageReader::ReadEnum(const Node& node, const std::string& path, const Field& field, Message* message) {
  const std::vector<absl::string_view> words = WordsOf(*field.enum_type());
  if (!node.is_scalar()) return WrongType(node, path, absl::StrCat("one of ", JoinWords(words)));
  const auto* value = field.enum_type()->FindValueByName(node.text);
  if (value == nullptr || value->number() == 0) {
    std::string suggestion = DidYouMean(node.text, words);
    if (suggestion.empty()) suggestion = absl::StrCat("one of ", JoinWords(words));
    problems_.Error(Code::UNKNOWN_WORD, path, absl::StrCat(Quoted(node.text), " is not a value of ", field.name()),
                    suggestion, node.line);
    return;
  }
  const auto* reflection = message->GetReflection();
  field.is_repeated() ? reflection->AddEnum(message, &field, value) : reflection->SetEnum(message, &field, value);
}

void MessageReader::ReadDuration(const Node& node, const std::string& path, Message* message) {
  const std::optional<int64_t> seconds = node.is_scalar() ? ParseDurationSeconds(node.text) : std::nullopt;
  if (!seconds) return WrongType(node, path, "a duration such as 30s, 10m, 8h or 7d");
  static_cast<google::protobuf::Duration*>(message)->set_seconds(*seconds);
}

void MessageReader::ReadFile(const Node& node, const std::string& path, const Field& field, Message* message) {
  if (!node.is_scalar()) return WrongType(node, path, "the name of a file");
  const auto refuse = [&](absl::string_view why, absl::string_view suggestion) {
    problems_.Error(Code::FILE_UNREADABLE, path, why, suggestion, node.line);
  };
  if (options_.base_directory.empty()) {
    return refuse("files are read by culvertctl and culvertd --config alone",
                  absl::StrCat("write the value itself as ", field.name()));
  }
  absl::StatusOr<std::string> value = ReadValueFile(options_.base_directory, node.text);
  if (!value.ok()) return refuse(value.status().message(), "");
  // Editors end a file with a line feed that is no part of a pre-shared key.
  if (!absl::EndsWith(field.name(), "_pem") && absl::EndsWith(*value, "\n")) value->pop_back();
  message->GetReflection()->SetString(message, &field, *std::move(value));
}

// The value itself is not shown: it may be a secret under a misplaced key.
void MessageReader::WrongType(const Node& node, const std::string& path, absl::string_view wanted) {
  constexpr absl::string_view kKinds[] = {"nothing", "a single value", "a list", "fields (key: value)"};
  const absl::string_view kind = kKinds[static_cast<size_t>(node.kind)];
  problems_.Error(Code::WRONG_TYPE, path,
                  node.is_scalar() ? absl::StrCat("the value must be ", wanted)
                                   : absl::StrCat("this is ", kind, "; it must be ", wanted),
                  "", node.line);
}

void MessageReader::UnknownField(const Node::Entry& entry, const std::string& path, const Descriptor& type) {
  std::vector<absl::string_view> known;
  std::vector<std::string> file_keys;
  file_keys.reserve(type.field_count());
  for (int i = 0; i < type.field_count(); ++i) {
    known.push_back(type.field(i)->name());
    file_keys.push_back(FileKeyOf(*type.field(i)));
    if (!file_keys.back().empty()) known.push_back(file_keys.back());
  }
  const std::string where = path.empty() ? "at the top" : absl::StrCat("in ", path);
  problems_.Error(Code::UNKNOWN_FIELD, FieldPath(path, entry.key),
                  absl::StrCat("there is no field ", Quoted(entry.key), " ", where), DidYouMean(entry.key, known),
                  entry.line);
}

}  // namespace culvert::configd
