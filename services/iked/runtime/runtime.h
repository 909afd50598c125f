// SPDX-License-Identifier: Apache-2.0
// A running iked, but for its gRPC surface: the loop's thread with the engine, its sockets, workers and neighbours.
#pragma once

#include <grpcpp/channel.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "libs/base/clock.h"
#include "services/iked/engine/engine.h"
#include "services/iked/runtime/commands.h"
#include "services/iked/runtime/engine_host.h"
#include "services/iked/runtime/event_lines.h"
#include "services/iked/runtime/event_log.h"
#include "services/iked/runtime/event_loop.h"
#include "services/iked/runtime/resolver.h"
#include "services/iked/runtime/revocation_client.h"
#include "services/iked/runtime/sad_client.h"
#include "services/iked/runtime/snapshot_client.h"
#include "services/iked/runtime/worker_pool.h"

namespace culvert::iked {

class Runtime final : private EventPort {
 public:
  struct Surroundings {
    const base::Clock& clock;
    base::Rng& rng;  // thread-safe
    std::vector<std::unique_ptr<UdpSocket>> sockets;
    StraySocket strays = {};
    RouteProbe probe;
    std::shared_ptr<grpc::Channel> configd;
    std::shared_ptr<grpc::Channel> sad;
    std::shared_ptr<grpc::Channel> fetchd;
    int workers = 0;  // 0: one a core
  };

  // Starts threads; call it after rights were given up.
  static absl::StatusOr<std::unique_ptr<Runtime>> Start(Surroundings surroundings);
  ~Runtime() override;  // stops at once; peers are told by Drain

  // The rest is for any thread but the loop's. Unavailable: the loop has ended.

  // Deletes every SA at its peer and starts nothing more; returns when that is done or `limit` has passed.
  void Drain(absl::Duration limit);

  // All, or the one named: empty where there is none. Asked for in slices, so that ten thousand tunnels do not hold up
  // a handshake; each tunnel is consistent in itself.
  absl::StatusOr<std::vector<TunnelView>> Tunnels(const std::string& name);

  // Calls `read` with the host (its engine and counters) on the loop's thread and returns what it returned.
  template <typename Read>
  auto Ask(Read read) -> absl::StatusOr<decltype(read(std::declval<const EngineHost&>()))>;

  // `make(request)` is the command. The waiter is called on the loop's thread.
  template <typename Make>
  void Command(Make make, Commands::Waiter waiter) {
    loop_->Post([this, make = std::move(make), waiter = std::move(waiter)]() mutable {
      host_->Handle(make(commands_.Register(std::move(waiter))));
    });
  }

  const EventLog& events() const { return events_; }

 private:
  Runtime(Surroundings surroundings, std::unique_ptr<EventLoop> loop);

  void OnEvent(std::shared_ptr<const Event> event) override;
  void OnProgress(const Progress& progress) override { commands_.OnProgress(progress); }
  void OnCommandDone(const CommandDone& done) override { commands_.OnDone(done); }

  const base::Clock& clock_;
  std::unique_ptr<EventLoop> loop_;
  EventLog events_;
  EventLines lines_;
  Commands commands_;
  Engine engine_;
  std::unique_ptr<WorkerPool> workers_;
  SadClient sad_;
  Resolver resolver_;
  RevocationClient revocation_;
  SnapshotClient snapshots_;
  std::unique_ptr<EngineHost> host_;
  std::thread thread_;
};

template <typename Read>
auto Runtime::Ask(Read read) -> absl::StatusOr<decltype(read(std::declval<const EngineHost&>()))> {
  using Value = decltype(read(std::declval<const EngineHost&>()));
  struct Answer {
    absl::StatusOr<Value> value = absl::UnavailableError("iked is stopping");
    absl::Notification done;
  };
  // Tells the waiter even where the task is dropped because the loop has ended.
  struct Teller {
    explicit Teller(std::shared_ptr<Answer> a) : answer(std::move(a)) {}
    Teller(Teller&&) = default;
    ~Teller() {
      if (answer != nullptr) answer->done.Notify();
    }
    std::shared_ptr<Answer> answer;
  };
  auto answer = std::make_shared<Answer>();
  loop_->Post(
      [this, read = std::move(read), teller = Teller(answer)]() mutable { teller.answer->value = read(*host_); });
  answer->done.WaitForNotification();
  return std::move(answer->value);
}

}  // namespace culvert::iked
