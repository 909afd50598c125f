// SPDX-License-Identifier: Apache-2.0
// When may a version that was replaced be freed? Workers read shared pointers without locks and say once a pass that
// they hold none of them any more (quiescent-state-based reclamation, as liburcu's QSBR flavour).
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

namespace culvert::espd {

class Quiescence {
 public:
  explicit Quiescence(int readers) : readers_(static_cast<size_t>(readers)) {}

  // By reader `index` alone. From Enter to Leave it may hold pointers it has loaded since its last Enter; a second
  // Enter without Leave says that the old ones are gone.
  void Enter(int index) {
    std::atomic<uint64_t>& seen = readers_[static_cast<size_t>(index)].seen;
    // Once more if the epoch moved meanwhile: either the writer sees our mark, or we see what it has published.
    uint64_t epoch;
    do {
      epoch = epoch_.load();
      seen.store(epoch);
    } while (epoch_.load() != epoch);
  }
  void Leave(int index) { readers_[static_cast<size_t>(index)].seen.store(kAway, std::memory_order_release); }

  // By the one writer, after the last published pointer to `object` was replaced.
  template <typename T>
  void Retire(std::unique_ptr<T> object) {
    const uint64_t epoch = epoch_.fetch_add(1) + 1;
    retired_.push_back({epoch, [owned = std::shared_ptr<T>(std::move(object))] {}});
  }

  // Frees what no reader can hold any more.
  void Reclaim() {
    uint64_t oldest = kAway;
    for (const Reader& reader : readers_) oldest = std::min(oldest, reader.seen.load());
    while (!retired_.empty() && retired_.front().epoch <= oldest) retired_.pop_front();
  }
  size_t pending() const { return retired_.size(); }

 private:
  static constexpr uint64_t kAway = std::numeric_limits<uint64_t>::max();
  struct alignas(64) Reader {
    std::atomic<uint64_t> seen = kAway;
  };
  struct Retired {
    uint64_t epoch;
    std::function<void()> owner;  // destroying it frees the object
  };
  std::vector<Reader> readers_;
  std::atomic<uint64_t> epoch_ = 1;
  std::deque<Retired> retired_;
};

}  // namespace culvert::espd
