// SPDX-License-Identifier: Apache-2.0
// culvert.config.v1.SnapshotService: the newest projection to each process, and what each process runs.
#pragma once

#include "culvert/config/v1/snapshot.grpc.pb.h"
#include "services/configd/service/snapshot_board.h"

namespace culvert::configd {

class SnapshotService final : public config::v1::SnapshotService::CallbackService {
 public:
  explicit SnapshotService(SnapshotBoard* board) : board_(*board) {}

  grpc::ServerBidiReactor<config::v1::SnapshotStatus, config::v1::IkeSnapshot>* WatchIke(
      grpc::CallbackServerContext* context) override;
  grpc::ServerBidiReactor<config::v1::SnapshotStatus, config::v1::DatapathSnapshot>* WatchDatapath(
      grpc::CallbackServerContext* context) override;
  grpc::ServerBidiReactor<config::v1::SnapshotStatus, config::v1::MetricsSnapshot>* WatchMetrics(
      grpc::CallbackServerContext* context) override;

 private:
  SnapshotBoard& board_;
};

}  // namespace culvert::configd
