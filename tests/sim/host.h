// SPDX-License-Identifier: Apache-2.0
// A gateway: an engine, and everything around it that takes its time or fails.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "services/iked/engine/engine.h"
#include "tests/sim/agenda.h"
#include "tests/sim/datapath.h"
#include "tests/sim/schedule.h"

namespace culvert::sim {

class Host {
 public:
  using Transmit = std::function<void(const iked::Send&)>;
  using Violated = std::function<void(std::string)>;
  using Note = std::function<void(const std::string&)>;  // for whoever follows the run

  Host(int index, const Schedule& schedule, Agenda& agenda, KeyLedger& ledger, Transmit transmit, Violated violated,
       Note note);

  void Start();
  void Crash();  // Start() brings it back, without memory
  bool up() const { return engine_ != nullptr; }
  void Configure();  // another digest each time
  void Handle(iked::Input input);
  // A packet came in on this SPI.
  void Inbound(uint32_t spi);
  // Every pair has carried its soft or hard limit of bytes or packets.
  void ReachLimit(bool hard);

  const iked::Engine& engine() const { return *engine_; }
  Datapath& datapath() { return datapath_; }
  const Datapath& datapath() const { return datapath_; }
  size_t timers() const { return timers_.size(); }
  // When the next of them is due that may change anything: not one that asks whether the peer lives.
  absl::Duration NextMove() const;
  size_t jobs() const { return jobs_; }
  // SPIs that the engine was leased and did not install with.
  uint64_t spis_at_hand() const { return leased_ - installed_; }

 private:
  void Perform(iked::Effect& effect);
  void Perform(iked::Send& send) { transmit_(send); }
  void Perform(iked::Compute& compute);
  void Perform(iked::LeaseSpis& lease);
  void Perform(iked::InstallChildSa& install);
  void Perform(iked::RetireChildSa& retire);
  void Perform(iked::UpdatePath& update);
  void Perform(iked::ReconcileChildSas& reconcile);
  void Perform(iked::QueryUsage& query);
  void Perform(iked::ArmTimer& arm);
  void Perform(iked::CancelTimer& cancel);
  void Perform(iked::ResolvePath& path);
  void Perform(iked::Publish& publish);
  template <typename Told>
  void Perform(Told&) {}  // said to people

  // Once the time has come, unless the host crashed meanwhile.
  void Later(absl::Duration at, std::function<void()> what);
  // The same at sad, which answers in order.
  void AtSad(std::function<void()> what);
  bool IsAgeless() const { return agenda_.now() >= ageless_from_; }

  const int index_;
  const Schedule& schedule_;
  Agenda& agenda_;
  KeyLedger& ledger_;
  const Transmit transmit_;
  const Violated violated_;
  const Note note_;
  iked::testing::SeededRng rng_;
  std::unique_ptr<iked::Engine> engine_;
  Datapath datapath_;
  std::map<std::pair<iked::TimerKind, uint64_t>, absl::Duration> timers_;
  absl::Duration sad_free_at_;
  uint64_t life_ = 0;
  uint64_t generation_ = 0;
  uint32_t next_spi_;
  uint64_t leased_ = 0;
  uint64_t installed_ = 0;
  size_t jobs_ = 0;
  const absl::Duration ageless_from_;  // lifetimes do not end from here on
};

}  // namespace culvert::sim
