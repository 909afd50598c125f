// SPDX-License-Identifier: Apache-2.0
// culvert.datapath.v1 to and from the engine's own words.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "culvert/datapath/v1/datapath.pb.h"
#include "services/espd/datapath.h"

namespace culvert::espd {

namespace pb = culvert::datapath::v1;

// Takes the keys out of `message`, whose copies are wiped. InvalidArgument: what cannot be; Unimplemented: transport
// mode, which this engine does not have.
absl::StatusOr<ChildSaConfig> TakeChildSa(pb::ChildSa* message);
absl::StatusOr<OuterPathConfig> FromProto(const pb::OuterPath& message);
absl::StatusOr<std::vector<PolicyConfig>> FromProto(const pb::PolicySet& message);

pb::DatapathEvent ToProto(const Notice& notice);
pb::ChildSaCounters ToProto(const ChildSaReading& reading);
pb::TunnelCounters ToProto(const TunnelReading& reading);
// The reasons that are not zero.
void ToProto(const DropCounters& drops, google::protobuf::Map<std::string, uint64_t>* map);

}  // namespace culvert::espd
