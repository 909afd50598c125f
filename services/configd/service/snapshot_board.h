// SPDX-License-Identifier: Apache-2.0
// The newest projections, for whoever watches. A thread of its own projects what was committed, so that a commit does
// not wait for it; a configuration that a newer one overtakes meanwhile is never projected.
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "culvert/config/v1/config_service.pb.h"
#include "libs/base/secret.h"
#include "services/configd/projection/projection.h"

namespace culvert::configd {

// All three projections of one configuration, numbered.
struct Snapshots : Projections {
  uint64_t generation = 0;
};

class SnapshotBoard {
 public:
  // Called from the board's thread, and never again once Unwatch has returned.
  using Listener = std::function<void(std::shared_ptr<const Snapshots>)>;
  static constexpr std::array<const char*, 3> kReaders = {"iked", "sad", "metricsd"};

  // `crash_key` goes into every IkeSnapshot.
  explicit SnapshotBoard(base::Secret crash_key = {});
  ~SnapshotBoard();

  void Publish(std::shared_ptr<const config::v1::Configuration> configuration, int64_t revision, uint64_t generation);

  // `reader` is one of kReaders. The newest snapshots come at once, then each newer ones.
  int64_t Watch(const std::string& reader, Listener listener);
  void Unwatch(int64_t watch);

  // What a reader says that it runs, as far as its stream lives.
  void Report(const std::string& reader, uint64_t generation, const std::string& error);
  std::vector<config::v1::ServiceStatus> statuses() const;

 private:
  struct Committed {
    std::shared_ptr<const config::v1::Configuration> configuration;
    int64_t revision;
    uint64_t generation;
  };
  struct Watcher {
    int64_t id;
    std::string reader;
    Listener listener;
    uint64_t told = 0;  // generation
  };

  void Run();
  void TellAll();
  config::v1::ServiceStatus& StatusOf(const std::string& reader);

  const base::Secret crash_key_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::optional<Committed> committed_;  // waits to be projected
  int64_t last_watch_ = 0;
  std::vector<config::v1::ServiceStatus> statuses_;

  std::mutex telling_;  // held while listeners run; taken before mutex_
  std::vector<Watcher> watchers_;
  std::shared_ptr<const Snapshots> newest_;

  std::thread thread_;  // last: uses everything above
};

}  // namespace culvert::configd
