// SPDX-License-Identifier: Apache-2.0
// proto/culvert/datapath/v1 to the values of the port and back. INVALID_ARGUMENT names the field that is wrong.
#pragma once

#include "absl/status/statusor.h"
#include "culvert/datapath/v1/datapath.pb.h"
#include "services/sad/datapath/port.h"

namespace culvert::sad {

namespace pb = culvert::datapath::v1;

// Key material is moved out: the message's own copies are wiped.
absl::StatusOr<ChildSa> FromProto(pb::ChildSa* message);
absl::StatusOr<ChildSaInfo> InfoFromProto(const pb::ChildSa& message);
absl::StatusOr<UpdatePath> FromProto(const pb::UpdatePath& message);
RetireChildSa FromProto(const pb::RetireChildSa& message);
absl::StatusOr<DatapathEvent> FromProto(const pb::DatapathEvent& message);
Capabilities FromProto(const pb::DatapathCapabilities& message);
CounterReading FromProto(const pb::ReadCountersResponse& message);

void ToProto(const ChildSaInfo& info, pb::ChildSa* message);  // without keys
void ToProto(const SaOperation& operation, pb::DatapathOperation* message);
void ToProto(const PolicySet& policies, pb::PolicySet* message);
void ToProto(const DatapathEvent& event, pb::DatapathEvent* message);
void ToProto(const Capabilities& capabilities, pb::DatapathCapabilities* message);
void ToProto(const ChildSaCounters& counters, pb::ChildSaCounters* message);

// Overwrites the keys of an operation that was sent.
void WipeKeys(pb::DatapathOperation* message);

}  // namespace culvert::sad
