// SPDX-License-Identifier: Apache-2.0
#include "services/configd/form/public_view.h"

#include <vector>

#include "services/configd/form/field_options.h"

namespace culvert::configd {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

void ClearWhere(bool (*condition)(const FieldDescriptor&), Message* message) {
  const auto* reflection = message->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (condition(*field)) {
      reflection->ClearField(message, field);
    } else if (field->is_map()) {
      continue;  // of text alone
    } else if (field->message_type() != nullptr && field->is_repeated()) {
      for (int i = 0; i < reflection->FieldSize(*message, field); ++i) {
        ClearWhere(condition, reflection->MutableRepeatedMessage(message, field, i));
      }
    } else if (field->message_type() != nullptr) {
      ClearWhere(condition, reflection->MutableMessage(message, field));
    }
  }
}

}  // namespace

void ClearSecrets(Message* message) {
  ClearWhere(IsSecret, message);
}

void ClearOutputOnly(Message* message) {
  ClearWhere(IsOutputOnly, message);
}

}  // namespace culvert::configd
