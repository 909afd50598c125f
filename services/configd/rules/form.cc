// SPDX-License-Identifier: Apache-2.0
// Limits of every text, whichever way it came: nothing a user types may carry a line break or an escape sequence.
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/configd/form/field_options.h"
#include "services/configd/rules/psk_text.h"
#include "services/configd/rules/subjects.h"

namespace culvert::configd {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr size_t kMaxText = 255;
constexpr size_t kMaxPskText = 2 + 2 * kMaxPskBytes;  // 0x and two digits an octet
constexpr size_t kMaxPem = 128 << 10;

bool IsPem(const FieldDescriptor& field) {
  return absl::EndsWith(field.name(), "_pem") || field.name() == "crls";
}

size_t LimitOf(const FieldDescriptor& field) {
  return IsPem(field) ? kMaxPem : IsSecret(field) ? kMaxPskText : kMaxText;
}

bool IsControl(char c) {
  return absl::ascii_iscntrl(static_cast<unsigned char>(c));
}
bool IsControlInPem(char c) {
  return IsControl(c) && c != '\n' && c != '\r' && c != '\t';
}

class Walker {
 public:
  explicit Walker(Problems* problems) : problems_(*problems) {}

  void Walk(const Message& message, const std::string& path) {
    const auto* reflection = message.GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection->ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      const int size = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
      for (int i = 0; i < size; ++i) WalkValue(message, *field, i, path);
    }
  }

 private:
  void WalkValue(const Message& message, const FieldDescriptor& field, int index, const std::string& path) {
    const auto* reflection = message.GetReflection();
    const auto where = [&](absl::string_view name) {
      const std::string own = FieldPath(path, field.name());
      return field.is_repeated() ? ElementPath(own, name, static_cast<size_t>(index)) : own;
    };
    if (field.message_type() != nullptr) {
      const Message& part = field.is_repeated() ? reflection->GetRepeatedMessage(message, &field, index)
                                                : reflection->GetMessage(message, &field);
      Walk(part, where(NameOf(part)));
    } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      std::string scratch;
      const std::string& text = field.is_repeated()
                                    ? reflection->GetRepeatedStringReference(message, &field, index, &scratch)
                                    : reflection->GetStringReference(message, &field, &scratch);
      if (!IsFine(field, text)) Report(field, text, where(""));
    }
  }

  static bool IsFine(const FieldDescriptor& field, const std::string& text) {
    return text.size() <= LimitOf(field) &&
           std::none_of(text.begin(), text.end(), IsPem(field) ? IsControlInPem : IsControl);
  }

  void Report(const FieldDescriptor& field, const std::string& text, const std::string& path) {
    if (text.size() > LimitOf(field)) {
      problems_.Error(Code::TOO_LONG, path,
                      absl::StrCat(text.size(), " octets are too many; at most ", LimitOf(field), " fit"));
    } else {
      problems_.Error(Code::CONTROL_CHARACTER, path, "the value has a line break or another control character",
                      IsSecret(field) ? "write such octets as 0x and hexadecimal digits" : "remove it");
    }
  }

  static std::string NameOf(const Message& message) {
    const FieldDescriptor* name = message.GetDescriptor()->FindFieldByName("name");
    return name == nullptr ? "" : message.GetReflection()->GetString(message, name);
  }

  Problems& problems_;
};

}  // namespace

void CheckForm(const ConfigurationView& view, Problems* problems) {
  Walker(problems).Walk(view.configuration, "");
}

}  // namespace culvert::configd
