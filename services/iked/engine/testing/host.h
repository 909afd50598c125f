// SPDX-License-Identifier: Apache-2.0
// A gateway in a test: an engine, a datapath that installs whatever it is told, timers, a resolver that knows addresses
// alone, and a memory of everything that was said.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "services/iked/engine/engine.h"
#include "services/iked/engine/testing/virtual_world.h"

namespace culvert::iked::testing {

struct InstalledChild {
  InstallChildSa sa;
  bool retired = false;
  absl::Duration grace;
};

class Host {
 public:
  Host(std::string name, absl::string_view address, VirtualClock& clock, uint64_t seed);

  // Hands it to the engine and carries out what comes back; computations and the datapath answer through `inbox`.
  void Handle(Input input);
  void HandleInbox();
  bool idle() const { return inbox.empty(); }

  // Configures and, the first time, attaches the datapath.
  void Configure(std::vector<TunnelConfig> tunnels,
                 std::vector<std::pair<std::string, std::string>> secrets = {{"", "correct horse battery staple"}});
  // The same with whole secrets.
  void Configure(EngineConfig config, std::vector<TunnelConfig> tunnels);
  void Configure(std::shared_ptr<const EngineConfig> config);
  void Restart();  // a new engine that knows nothing of the old one's SAs

  TunnelView Tunnel(absl::string_view tunnel = "t") const;
  IkeSaView IkeSa() const;  // the only one
  std::vector<const InstalledChild*> LiveChildren() const;
  const InstalledChild& Child() const;  // the only live one
  const Diagnosis* LastDiagnosis() const;
  bool Saw(EventType type) const;
  uint64_t Invalid(absl::string_view reason) const {
    return engine->counters().Value("ipsec_ike_invalid_messages_total", {reason});
  }

  const std::string name;
  base::IpAddress address;  // a test may move the host
  VirtualClock& clock;
  SeededRng rng;
  std::unique_ptr<Engine> engine;

  std::deque<Input> inbox;
  std::deque<Send> outbox;
  std::map<std::pair<TimerKind, uint64_t>, std::pair<TimerClock, absl::Duration>> timers;
  std::map<uint64_t, InstalledChild> children;
  std::vector<Event> events;
  std::vector<CommandDone> done;
  std::map<std::string, std::vector<base::IpAddress>> virtual_ips;  // on the box, by tunnel
  base::Secret first_shared;                                        // of the first key exchange that was computed here
  int keepalives = 0;
  int usage_queries = 0;
  int leases = 0;

  // What a test may decide.
  DatapathCapabilities capabilities;
  absl::Status install_status;
  std::optional<absl::Duration> last_in, last_out;        // what the datapath says of its CHILD_SAs
  bool counts = true;                                     // … if it says anything
  std::map<std::string, std::vector<std::string>> names;  // DNS
  bool resolver_answers = true;

 private:
  JobResult Compute(const Job& job);
  void Perform(Effect& effect);
  void Resolve(const ResolvePath& path);

  uint64_t generation_ = 0;
  uint32_t next_spi_ = 0;
  bool attached_ = false;
};

}  // namespace culvert::iked::testing
