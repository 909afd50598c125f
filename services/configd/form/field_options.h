// SPDX-License-Identifier: Apache-2.0
// What the contract says about a field beside its type.
#pragma once

#include <google/protobuf/descriptor.h>

namespace culvert::configd {

bool IsOutputOnly(const google::protobuf::FieldDescriptor& field);  // google.api.field_behavior
bool IsSecret(const google::protobuf::FieldDescriptor& field);      // culvert.service.v1.secret

}  // namespace culvert::configd
