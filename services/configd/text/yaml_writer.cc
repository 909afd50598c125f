// SPDX-License-Identifier: Apache-2.0
#include "services/configd/text/yaml_writer.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>

#include <algorithm>
#include <map>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/configd/form/field_options.h"

namespace culvert::configd {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Text that every YAML reader, of 1.1 or 1.2, takes for itself: an address, a name, a proposal. Words such as `no` and
// numbers are quoted, so that nobody takes them for something else.
bool ReadsAsItself(absl::string_view text) {
  constexpr absl::string_view kPunctuation = "._-/@%";
  if (text.empty() || text.size() > 120 || !absl::ascii_isalnum(static_cast<unsigned char>(text[0]))) return false;
  const bool plain = std::all_of(text.begin(), text.end(), [&](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains(kPunctuation, c);
  });
  const bool number_like = absl::ascii_isdigit(static_cast<unsigned char>(text[0])) &&
                           std::count(text.begin(), text.end(), '.') < 3 &&
                           text.find_first_of("/@%") == absl::string_view::npos;
  constexpr absl::string_view kWords[] = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"};
  const bool word = std::any_of(std::begin(kWords), std::end(kWords),
                                [&](absl::string_view w) { return absl::EqualsIgnoreCase(w, text); });
  return plain && !number_like && !word;
}

std::string Text(absl::string_view text) {
  return ReadsAsItself(text) ? std::string(text) : absl::StrCat("\"", absl::Utf8SafeCHexEscape(text), "\"");
}

class Writer {
 public:
  void WriteFields(const Message& message, int indent) {
    const auto* reflection = message.GetReflection();
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor& field = *message.GetDescriptor()->field(i);
      if (IsSecret(field) || IsOutputOnly(field)) continue;
      const bool there =
          field.is_repeated() ? reflection->FieldSize(message, &field) > 0 : reflection->HasField(message, &field);
      if (there) WriteField(message, field, indent);
    }
  }

  std::string Take() { return std::move(out_); }

 private:
  void WriteField(const Message& message, const FieldDescriptor& field, int indent) {
    const auto* reflection = message.GetReflection();
    absl::StrAppend(&out_, Margin(indent), field.name(), ":");
    if (field.is_map()) {
      WriteMap(message, field, indent + 2);
    } else if (field.is_repeated()) {
      field.message_type() != nullptr ? WriteMessages(message, field, indent + 2) : WriteScalars(message, field);
    } else if (field.message_type() == google::protobuf::Duration::descriptor()) {
      absl::StrAppend(&out_, " ",
                      static_cast<const google::protobuf::Duration&>(reflection->GetMessage(message, &field)).seconds(),
                      "s\n");
    } else if (field.message_type() != nullptr) {
      WriteMessage(reflection->GetMessage(message, &field), indent + 2);
    } else if (absl::EndsWith(field.name(), "_pem")) {
      WriteBlock(reflection->GetString(message, &field), indent + 2);
    } else {
      absl::StrAppend(&out_, " ", Scalar(message, field, -1), "\n");
    }
  }

  void WriteMessage(const Message& part, int indent) {
    const size_t before = out_.size();
    out_ += "\n";
    WriteFields(part, indent);
    if (out_.size() == before + 1) out_.replace(before, 1, " {}\n");  // set, and empty: psk
  }

  void WriteMessages(const Message& message, const FieldDescriptor& field, int indent) {
    out_ += "\n";
    for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) {
      const size_t begin = out_.size();
      WriteFields(message.GetReflection()->GetRepeatedMessage(message, &field, i), indent + 2);
      if (out_.size() == begin)
        absl::StrAppend(&out_, Margin(indent), "- {}\n");
      else
        out_[begin + indent] = '-';  // over the margin of the element's first field
    }
  }

  void WriteScalars(const Message& message, const FieldDescriptor& field) {
    out_ += " [";
    for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) {
      absl::StrAppend(&out_, i == 0 ? "" : ", ", Scalar(message, field, i));
    }
    out_ += "]\n";
  }

  void WriteMap(const Message& message, const FieldDescriptor& field, int indent) {
    std::map<std::string, std::string> sorted;  // a protobuf map has no order; canonical text has
    for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) {
      const Message& pair = message.GetReflection()->GetRepeatedMessage(message, &field, i);
      sorted[Scalar(pair, *pair.GetDescriptor()->map_key(), -1)] = Scalar(pair, *pair.GetDescriptor()->map_value(), -1);
    }
    out_ += "\n";
    for (const auto& [key, value] : sorted) absl::StrAppend(&out_, Margin(indent), key, ": ", value, "\n");
  }

  // PEM as people know it: a literal block, line for line.
  void WriteBlock(const std::string& text, int indent) {
    const bool fits =
        absl::EndsWith(text, "\n") &&
        std::all_of(text.begin(), text.end(),
                    [](char c) { return c == '\n' || absl::ascii_isprint(static_cast<unsigned char>(c)); }) &&
        !absl::StartsWith(text, " ") && !absl::StartsWith(text, "\n") && !absl::EndsWith(text, "\n\n");
    if (!fits) {
      absl::StrAppend(&out_, " ", Text(text), "\n");
      return;
    }
    out_ += " |\n";
    for (const absl::string_view line : absl::StrSplit(absl::string_view(text).substr(0, text.size() - 1), '\n')) {
      line.empty() ? out_ += "\n" : (absl::StrAppend(&out_, Margin(indent), line, "\n"), out_);
    }
  }

  // Field `index` of a list, or the field itself where `index` is negative.
  static std::string Scalar(const Message& message, const FieldDescriptor& field, int index) {
    const auto* r = message.GetReflection();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return Text(index < 0 ? r->GetString(message, &field) : r->GetRepeatedString(message, &field, index));
      case FieldDescriptor::CPPTYPE_ENUM:
        return (index < 0 ? r->GetEnum(message, &field) : r->GetRepeatedEnum(message, &field, index))->name();
      case FieldDescriptor::CPPTYPE_BOOL:
        return r->GetBool(message, &field) ? "true" : "false";
      case FieldDescriptor::CPPTYPE_INT32:
        return absl::StrCat(r->GetInt32(message, &field));
      case FieldDescriptor::CPPTYPE_UINT32:
        return absl::StrCat(r->GetUInt32(message, &field));
      case FieldDescriptor::CPPTYPE_UINT64:
        return absl::StrCat("\"", r->GetUInt64(message, &field), "\"");  // as the proto JSON mapping does
      default:
        std::abort();  // the contract has no other type, and lists of text and words only
    }
  }

  static std::string Margin(int indent) { return std::string(static_cast<size_t>(indent), ' '); }

  std::string out_;
};

}  // namespace

std::string MessageToYaml(const Message& message) {
  Writer writer;
  writer.WriteFields(message, 0);
  std::string yaml = writer.Take();
  return yaml.empty() ? "{}\n" : yaml;
}

}  // namespace culvert::configd
