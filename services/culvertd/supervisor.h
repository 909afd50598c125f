// SPDX-License-Identifier: Apache-2.0
// Starts the processes, starts each again when it dies, and stops them in an order that lets iked say goodbye to its
// peers.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/daemon/unix_listener.h"
#include "services/culvertd/child_process.h"
#include "services/culvertd/restart_backoff.h"

namespace culvert::culvertd {

struct SupervisedChild {
  ChildSpec spec;
  // Made anew for each run and handed over as "listen": while a process is dead nobody waits at its door, yet its file
  // is never missing. Unset for a child that serves nothing.
  std::optional<daemon::SocketFile> socket;
  bool stops_first = false;  // before the others: iked, whose deletes need sad and espd alive
};

struct ChildStatus {
  std::string name;
  pid_t pid = 0;  // 0 while it is not running
  uint64_t restarts = 0;
  absl::Time started;    // wall time of the present run, or of the last one
  std::string last_end;  // "signal 9 (Killed)"; "" where it never ended
};

class Supervisor {
 public:
  static constexpr absl::Duration kFirstWithin = absl::Seconds(4);  // iked: 3 s for its peers, 1 s for its callers
  static constexpr absl::Duration kStopWithin = absl::Seconds(6);   // all of them

  Supervisor(std::vector<SupervisedChild> children, const base::Clock* clock, base::Rng* rng);

  // Starts all, in the order given. An error names the first that cannot even be started; those before it are stopped.
  absl::Status Start();

  // Keeps all running until `stop_fd` is readable, then stops those that stop first, then the others in reverse order,
  // each after the end of the one before it. What still runs after kStopWithin is killed. True: nothing had to be.
  bool RunUntil(int stop_fd);

  std::vector<ChildStatus> List() const;  // from any thread

 private:
  struct Slot {
    SupervisedChild child;
    RestartBackoff backoff;
    std::optional<ChildProcess> process;
    absl::Duration started{};           // monotonic
    std::optional<absl::Duration> due;  // monotonic: start again then
    ChildStatus status;                 // guarded by mutex_
  };

  absl::Status Launch(Slot& slot);
  void Ended(Slot& slot);
  void Schedule(Slot& slot, absl::Duration ran_for);
  bool StopAll();
  std::vector<Slot*> StopOrder();

  const base::Clock* clock_;
  std::vector<Slot> slots_;
  mutable std::mutex mutex_;
};

}  // namespace culvert::culvertd
