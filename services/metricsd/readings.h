// SPDX-License-Identifier: Apache-2.0
// What the sources said last. A source that does not answer keeps its last answer, so that its series stay.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "culvert/config/v1/config_service.pb.h"
#include "culvert/config/v1/snapshot.pb.h"
#include "culvert/ike/v1/ike.pb.h"
#include "culvert/sad/v1/sad.pb.h"
#include "culvert/service/v1/service.pb.h"

namespace culvert::metricsd {

struct Readings {
  std::map<std::string, bool> source_up;                             // by process
  std::shared_ptr<const config::v1::MetricsSnapshot> configuration;  // null: none came yet
  config::v1::GetApplyStatusResponse apply;
  ike::v1::ListTunnelsResponse tunnels;
  ike::v1::GetIkeCountersResponse ike;
  sad::v1::GetCountersResponse traffic;
  sad::v1::GetCapabilitiesResponse datapath;
  service::v1::ListProcessesResponse processes;
};

}  // namespace culvert::metricsd
