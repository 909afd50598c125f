// SPDX-License-Identifier: Apache-2.0
// What the engine shows, as culvert.ike.v1 words it.
#pragma once

#include "culvert/ike/v1/ike.pb.h"
#include "libs/base/clock.h"
#include "services/iked/engine/counters.h"
#include "services/iked/engine/view.h"

namespace culvert::iked {

google::protobuf::Timestamp NowMessage(const base::Clock& clock);
void ToProto(const Diagnosis& diagnosis, ike::v1::Diagnosis* out);
void ToProto(const ChildSaView& child, ike::v1::ChildSa* out);
void ToProto(const IkeSaView& sa, ike::v1::IkeSa* out);
void ToProto(const TunnelView& tunnel, ike::v1::Tunnel* out);
void ToProto(const Event& event, ike::v1::Event* out);  // all but its place in the log
void ToProto(const CounterSample& sample, ike::v1::LabelledCounter* out);
void ToProto(const HandshakeHistogram& histogram, ike::v1::HandshakeHistogram* out);

}  // namespace culvert::iked
