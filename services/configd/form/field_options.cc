// SPDX-License-Identifier: Apache-2.0
#include "services/configd/form/field_options.h"

#include "culvert/service/v1/service.pb.h"
#include "google/api/field_behavior.pb.h"

namespace culvert::configd {

bool IsOutputOnly(const google::protobuf::FieldDescriptor& field) {
  const auto& options = field.options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == google::api::OUTPUT_ONLY) return true;
  }
  return false;
}

bool IsSecret(const google::protobuf::FieldDescriptor& field) {
  return field.options().GetExtension(service::v1::secret);
}

}  // namespace culvert::configd
