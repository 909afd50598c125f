// SPDX-License-Identifier: Apache-2.0
// Carries out the engine's effects: its datagrams over the sockets, its timers on their clocks, its public-key work on
// the workers, the rest through the ports. Lives on the loop's thread.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/daemon/log_limiter.h"
#include "services/iked/engine/engine.h"
#include "services/iked/runtime/event_loop.h"
#include "services/iked/runtime/ports.h"
#include "services/iked/runtime/stray_socket.h"
#include "services/iked/runtime/timer_queue.h"
#include "services/iked/runtime/udp_socket.h"
#include "services/iked/runtime/worker_pool.h"

namespace culvert::iked {

// What the host itself refuses, by reason of ipsec_ike_invalid_messages_total.
struct HostCounters {
  uint64_t not_ike = 0;     // on port 4500: neither IKE nor a keepalive
  uint64_t overloaded = 0;  // public-key work for which there was no room
};

class EngineHost {
 public:
  struct Parts {
    EventLoop& loop;
    const base::Clock& clock;
    base::Rng& rng;  // of the workers; thread-safe
    Engine& engine;
    WorkerPool& workers;
    SaPort& sas;
    PathPort& paths;
    RevocationPort& revocation;
    EventPort& events;
  };
  EngineHost(const Parts& parts, std::vector<std::unique_ptr<UdpSocket>> sockets, StraySocket strays);
  ~EngineHost();

  // Begins to listen to sockets and timers.
  absl::Status Start();

  void Handle(Input input);

  const Engine& engine() const { return parts_.engine; }
  const HostCounters& counters() const { return counters_; }

 private:
  // The timers of one clock, behind a timerfd: epoll's own timeout would stand still through a suspend.
  struct ClockTimers {
    clockid_t clock;
    base::UniqueFd fd;
    TimerQueue<TimerId> queue;
    absl::Duration armed = absl::InfiniteDuration();  // what the timerfd is set to
  };

  // Public-key work, until its answer is in.
  struct Work {
    JobId id;
    Priority priority;
    Job job;
    std::shared_ptr<const pki::RevocationEvidence> configured;  // what the engine knows about revocations
    bool asked = false;                                         // others were asked about them already
  };

  absl::Status StartTimers(ClockTimers& timers);
  ClockTimers& TimersOf(TimerClock clock) { return timers_[clock == TimerClock::kMonotonic ? 0 : 1]; }
  void FireTimers(ClockTimers& timers);
  void SetTimerFd(ClockTimers& timers);
  absl::Duration Now(const ClockTimers& timers) const;

  void ReadSocket(UdpSocket& socket, uint32_t ready);
  void ReadStrays();
  UdpSocket* SocketFor(base::Family family, bool nat_port) const;
  void SendDatagram(const base::Endpoint& local, const base::Endpoint& remote, base::ByteView bytes, bool nat_port,
                    uint8_t dscp);

  void Submit(const std::shared_ptr<Work>& work);
  void Finish(const std::shared_ptr<Work>& work, JobResult result);

  void Do(Send& effect);
  void Do(SendKeepalive& effect);
  void Do(Compute& effect);
  void Do(LeaseSpis& effect) { parts_.sas.Submit(effect); }
  void Do(InstallChildSa& effect) { parts_.sas.Submit(std::move(effect)); }
  void Do(RetireChildSa& effect) { parts_.sas.Submit(effect); }
  void Do(UpdatePath& effect) { parts_.sas.Submit(effect); }
  void Do(ReconcileChildSas& effect) { parts_.sas.Submit(std::move(effect)); }
  void Do(SetVirtualIps& effect) { parts_.sas.Submit(std::move(effect)); }
  void Do(QueryUsage& effect) { parts_.sas.Query(std::move(effect)); }
  void Do(ArmTimer& effect);
  void Do(CancelTimer& effect);
  void Do(ResolvePath& effect) { parts_.paths.Resolve(std::move(effect)); }
  void Do(Publish& effect) { parts_.events.OnEvent(std::move(effect.event)); }
  void Do(Progress& effect) { parts_.events.OnProgress(effect); }
  void Do(CommandDone& effect) { parts_.events.OnCommandDone(effect); }

  Parts parts_;
  std::vector<std::unique_ptr<UdpSocket>> sockets_;
  StraySocket strays_;
  std::array<ClockTimers, 2> timers_;
  std::deque<Input> inputs_;  // that came while one was being handled
  bool handling_ = false;
  HostCounters counters_;
  daemon::LogLimiter send_log_;
};

}  // namespace culvert::iked
