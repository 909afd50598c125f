// SPDX-License-Identifier: Apache-2.0
// What may leave the appliance, and what may enter it.
#pragma once

#include <google/protobuf/message.h>

namespace culvert::configd {

// Removes every field of key material, at any depth.
void ClearSecrets(google::protobuf::Message* message);
// Removes every field that only the appliance fills in, at any depth.
void ClearOutputOnly(google::protobuf::Message* message);

}  // namespace culvert::configd
