// SPDX-License-Identifier: Apache-2.0
// The processes that are asked at each scrape, all at once.
#pragma once

#include <grpcpp/channel.h>

#include <memory>

#include "absl/time/time.h"
#include "culvert/config/v1/config_service.grpc.pb.h"
#include "culvert/ike/v1/ike.grpc.pb.h"
#include "culvert/sad/v1/sad.grpc.pb.h"
#include "culvert/service/v1/service.grpc.pb.h"
#include "services/metricsd/readings.h"

namespace culvert::metricsd {

struct SourceChannels {
  std::shared_ptr<grpc::Channel> configd, culvertd, iked, sad;
};

class Sources {
 public:
  explicit Sources(const SourceChannels& channels);

  // Replaces the reading of each source that answers within `deadline`, and tells in `source_up` which did not.
  // `configuration` is left alone.
  void Refresh(absl::Duration deadline, Readings* readings) const;

 private:
  std::unique_ptr<config::v1::ConfigService::Stub> configd_;
  std::unique_ptr<service::v1::SupervisorService::Stub> culvertd_;
  std::unique_ptr<ike::v1::IkeService::Stub> iked_;
  std::unique_ptr<sad::v1::SadService::Stub> sad_;
};

}  // namespace culvert::metricsd
