// SPDX-License-Identifier: Apache-2.0
// The SA database's contract in the engine's terms, and back.
#pragma once

#include <optional>

#include "culvert/sad/v1/sad.pb.h"
#include "services/iked/runtime/ports.h"

namespace culvert::iked {

void ToProto(const SaOperation& operation, sad::v1::SaOperation* out);
// Overwrites the keys in a message that has been written. gRPC's own serialised copy is freed, not wiped.
void WipeKeys(sad::v1::AttachRequest* request);

// nullopt: an event this build does not know, or one whose addresses make no sense.
std::optional<Input> FromProto(const datapath::v1::DatapathEvent& event);
HostAddresses FromProto(const sad::v1::HostAddresses& addresses);
DatapathCapabilities FromProto(const datapath::v1::DatapathCapabilities& capabilities);

}  // namespace culvert::iked
