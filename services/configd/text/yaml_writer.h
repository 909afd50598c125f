// SPDX-License-Identifier: Apache-2.0
// Messages as canonical YAML, by their descriptors.
#pragma once

#include <google/protobuf/message.h>

#include <string>

namespace culvert::configd {

// Block style, fields in the order of the contract, set fields alone; without secrets and OUTPUT_ONLY fields.
std::string MessageToYaml(const google::protobuf::Message& message);

}  // namespace culvert::configd
