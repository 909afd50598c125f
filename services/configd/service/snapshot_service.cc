// SPDX-License-Identifier: Apache-2.0
#include "services/configd/service/snapshot_service.h"

#include <mutex>
#include <utility>

namespace culvert::configd {
namespace {

using config::v1::SnapshotStatus;

// One process's stream. Writes the newest snapshot that it has not written yet; one write is under way at a time, and
// what is overtaken meanwhile is skipped. gRPC calls OnDone last, when every other reaction has returned.
template <typename Snapshot>
class Stream final : public grpc::ServerBidiReactor<SnapshotStatus, Snapshot> {
 public:
  Stream(SnapshotBoard* board, const char* reader, Snapshot Projections::*part)
      : board_(*board), reader_(reader), part_(part) {
    this->StartRead(&status_);
    watch_ = board_.Watch(reader_, [this](std::shared_ptr<const Snapshots> newest) { Offer(std::move(newest)); });
  }

  void OnReadDone(bool ok) override {
    if (!ok) return Close();
    board_.Report(reader_, status_.generation(), status_.error());
    this->StartRead(&status_);
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    written_.reset();
    if (ok) WriteNext();
  }

  void OnCancel() override { Close(); }

  void OnDone() override {
    board_.Unwatch(watch_);
    delete this;
  }

 private:
  void Offer(std::shared_ptr<const Snapshots> newest) {
    const std::lock_guard lock(mutex_);
    next_ = std::move(newest);
    if (written_ == nullptr) WriteNext();
  }

  void WriteNext() {  // under mutex_
    if (next_ == nullptr || closed_) return;
    written_ = std::exchange(next_, nullptr);
    this->StartWrite(&((*written_).*part_));
  }

  void Close() {
    const std::lock_guard lock(mutex_);
    if (std::exchange(closed_, true)) return;
    this->Finish(grpc::Status::OK);
  }

  SnapshotBoard& board_;
  const char* const reader_;
  Snapshot Projections::*const part_;
  SnapshotStatus status_;
  int64_t watch_ = 0;

  std::mutex mutex_;
  std::shared_ptr<const Snapshots> written_;  // a write of it is under way
  std::shared_ptr<const Snapshots> next_;
  bool closed_ = false;
};

}  // namespace

grpc::ServerBidiReactor<SnapshotStatus, config::v1::IkeSnapshot>* SnapshotService::WatchIke(
    grpc::CallbackServerContext*) {
  return new Stream<config::v1::IkeSnapshot>(&board_, "iked", &Snapshots::ike);
}

grpc::ServerBidiReactor<SnapshotStatus, config::v1::DatapathSnapshot>* SnapshotService::WatchDatapath(
    grpc::CallbackServerContext*) {
  return new Stream<config::v1::DatapathSnapshot>(&board_, "sad", &Snapshots::datapath);
}

grpc::ServerBidiReactor<SnapshotStatus, config::v1::MetricsSnapshot>* SnapshotService::WatchMetrics(
    grpc::CallbackServerContext*) {
  return new Stream<config::v1::MetricsSnapshot>(&board_, "metricsd", &Snapshots::metrics);
}

}  // namespace culvert::configd
