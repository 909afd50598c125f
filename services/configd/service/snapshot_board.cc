// SPDX-License-Identifier: Apache-2.0
#include "services/configd/service/snapshot_board.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace culvert::configd {
namespace {

template <typename Snapshot>
void Number(int64_t revision, uint64_t generation, Snapshot* snapshot) {
  snapshot->set_revision(revision);
  snapshot->set_generation(generation);
}

}  // namespace

SnapshotBoard::SnapshotBoard(base::Secret crash_key) : crash_key_(std::move(crash_key)) {
  for (const char* reader : kReaders) statuses_.emplace_back().set_service(reader);
  thread_ = std::thread([this] { Run(); });
}

SnapshotBoard::~SnapshotBoard() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void SnapshotBoard::Publish(std::shared_ptr<const config::v1::Configuration> configuration, int64_t revision,
                            uint64_t generation) {
  {
    const std::lock_guard lock(mutex_);
    committed_ = Committed{std::move(configuration), revision, generation};
  }
  changed_.notify_one();
}

void SnapshotBoard::Run() {
  while (true) {
    std::optional<Committed> next;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || committed_; });
      if (stopping_) return;
      next = std::exchange(committed_, std::nullopt);
    }
    auto snapshots = std::make_shared<Snapshots>(Snapshots{Project(*next->configuration), next->generation});
    Number(next->revision, next->generation, &snapshots->ike);
    snapshots->ike.set_crash_key(crash_key_.view().data(), crash_key_.size());
    Number(next->revision, next->generation, &snapshots->datapath);
    Number(next->revision, next->generation, &snapshots->metrics);
    const std::lock_guard telling(telling_);
    newest_ = std::move(snapshots);
    TellAll();
  }
}

void SnapshotBoard::TellAll() {
  for (Watcher& watcher : watchers_) {
    if (newest_ == nullptr || watcher.told == newest_->generation) continue;
    watcher.told = newest_->generation;
    watcher.listener(newest_);
  }
}

int64_t SnapshotBoard::Watch(const std::string& reader, Listener listener) {
  const std::lock_guard telling(telling_);
  const int64_t id = ++last_watch_;
  watchers_.push_back({id, reader, std::move(listener)});
  {
    const std::lock_guard lock(mutex_);
    StatusOf(reader).set_connected(true);
  }
  TellAll();
  return id;
}

void SnapshotBoard::Unwatch(int64_t watch) {
  const std::lock_guard telling(telling_);
  const auto gone = std::find_if(watchers_.begin(), watchers_.end(), [&](const Watcher& w) { return w.id == watch; });
  if (gone == watchers_.end()) return;
  const std::string reader = gone->reader;
  watchers_.erase(gone);
  // A process that restarts may have its new stream before the old one is known to be gone.
  const bool another =
      std::any_of(watchers_.begin(), watchers_.end(), [&](const Watcher& w) { return w.reader == reader; });
  const std::lock_guard lock(mutex_);
  StatusOf(reader).set_connected(another);
}

void SnapshotBoard::Report(const std::string& reader, uint64_t generation, const std::string& error) {
  const std::lock_guard lock(mutex_);
  StatusOf(reader).set_generation(generation);
  StatusOf(reader).set_error(error);
}

std::vector<config::v1::ServiceStatus> SnapshotBoard::statuses() const {
  const std::lock_guard lock(mutex_);
  return statuses_;
}

config::v1::ServiceStatus& SnapshotBoard::StatusOf(const std::string& reader) {
  const auto found = std::find_if(statuses_.begin(), statuses_.end(),
                                  [&](const config::v1::ServiceStatus& s) { return s.service() == reader; });
  if (found == statuses_.end()) std::abort();  // kReaders has all of them
  return *found;
}

}  // namespace culvert::configd
