// SPDX-License-Identifier: Apache-2.0
// An IKE load generator: our own engine as initiator of many tunnels with identities of their own, against any
// responder. CHILD_SAs are negotiated and their keys thrown away; no data travels. Prints one JSON object.
#include <netinet/in.h>
#include <sys/socket.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "libs/base/host.h"
#include "libs/base/status_macros.h"
#include "services/iked/engine/engine.h"
#include "services/iked/runtime/engine_host.h"
#include "services/iked/runtime/event_loop.h"
#include "services/iked/runtime/route_probe.h"
#include "services/iked/runtime/worker_pool.h"
#include "tests/bench/load_config.h"

namespace culvert::iked {
namespace {

// Stands in for sad: has SPIs without end, installs nothing, and says at once that all went well.
class NoSad final : public SaPort {
 public:
  NoSad(EventLoop& loop, InputSink sink) : loop_(loop), sink_(std::move(sink)) {}

  void Submit(SaOperation operation) override {
    Input answer = SaResult{std::visit([](const auto& o) { return o.sequence; }, operation), absl::OkStatus()};
    if (const auto* lease = std::get_if<LeaseSpis>(&operation)) {
      SpisLeased leased{lease->sequence, {}};
      for (uint32_t i = 0; i < lease->count; ++i) leased.spis.push_back(next_spi_++);
      answer = std::move(leased);
    }
    loop_.Post([this, answer = std::move(answer)]() mutable { sink_(std::move(answer)); });
  }
  void Query(QueryUsage query) override { sink_(ChildSaUsage{.ike_sa = query.ike_sa, .idle = query.idle}); }

 private:
  EventLoop& loop_;
  InputSink sink_;
  uint32_t next_spi_ = 0x10000;
};

// The way to the responder is known.
class OnePath final : public PathPort {
 public:
  OnePath(PathCandidate path, InputSink sink) : path_(path), sink_(std::move(sink)) {}
  void Resolve(ResolvePath request) override {
    sink_(PathResolved{request.tunnel, request.attempt, std::vector<PathCandidate>{path_}});
  }

 private:
  PathCandidate path_;
  InputSink sink_;
};

// Nobody is revoked here.
class NoRevocation final : public RevocationPort {
 public:
  std::shared_ptr<const pki::RevocationEvidence> With(
      const std::shared_ptr<const pki::RevocationEvidence>& configured) override {
    return configured;
  }
  bool Find(const std::vector<pki::RevocationSource>&, std::function<void()>) override { return false; }
};

// Starts tunnels, a few at a time, and measures each from the command to the first CHILD_SA.
class Load final : public EventPort {
 public:
  Load(EventLoop& loop, const base::Clock& clock, const LoadOptions& options)
      : loop_(loop), clock_(clock), options_(options) {}

  void Start(EngineHost& host) {
    host_ = &host;
    began_ = clock_.Monotonic();
    for (int i = 0; i < options_.parallel; ++i) Next();
  }

  void OnEvent(std::shared_ptr<const Event>) override {}
  void OnProgress(const Progress&) override {}
  void OnCommandDone(const CommandDone& done) override {
    if (done.request == kDrain) {
      loop_.Stop();
      return;
    }
    if (done.request > kDrain) return;  // a Terminate after a failure
    const absl::Duration took = clock_.Monotonic() - started_[done.request];
    if (done.status.ok()) {
      latencies_.push_back(took);
    } else {
      ++failures_;
      if (first_failure_.empty()) {
        first_failure_ = done.diagnosis != nullptr ? done.diagnosis->summary : std::string(done.status.message());
      }
      host_->Handle(Terminate{kDrain + 1, LoadTunnelName(done.request)});  // no retries
    }
    Next();
    if (latencies_.size() + failures_ < static_cast<size_t>(options_.count)) return;
    elapsed_ = clock_.Monotonic() - began_;
    if (options_.keep) {
      loop_.Stop();
    } else {
      host_->Handle(Drain{kDrain});
    }
  }

  // True where every handshake succeeded.
  bool Print() {
    std::sort(latencies_.begin(), latencies_.end());
    const auto percentile = [this](double p) {
      if (latencies_.empty()) return 0.0;
      const auto index = static_cast<size_t>(p * static_cast<double>(latencies_.size() - 1) + 0.5);
      return absl::ToDoubleMilliseconds(latencies_[index]);
    };
    const double seconds = absl::ToDoubleSeconds(elapsed_);
    const size_t missing = static_cast<size_t>(options_.count) - latencies_.size() - failures_;
    absl::PrintF(
        "{\"handshakes\": %d, \"failures\": %d, \"unfinished\": %d, \"seconds\": %.3f, \"handshakes_per_second\": "
        "%.1f, \"latency_ms\": {\"p50\": %.3f, \"p99\": %.3f}, \"proposal\": \"%s\", \"parallel\": %d}\n",
        latencies_.size(), failures_, missing, seconds,
        seconds > 0 ? static_cast<double>(latencies_.size()) / seconds : 0.0, percentile(0.5), percentile(0.99),
        options_.ike_proposal, options_.parallel);
    if (!first_failure_.empty()) std::cerr << "first failure: " << first_failure_ << "\n";
    return failures_ == 0 && missing == 0;
  }

 private:
  static constexpr uint64_t kDrain = uint64_t{1} << 40;

  void Next() {
    if (next_ > static_cast<uint64_t>(options_.count)) return;
    const uint64_t number = next_++;
    started_.resize(number + 1);
    started_[number] = clock_.Monotonic();
    host_->Handle(Initiate{number, LoadTunnelName(number)});
  }

  EventLoop& loop_;
  const base::Clock& clock_;
  const LoadOptions& options_;
  EngineHost* host_ = nullptr;
  uint64_t next_ = 1;  // the request's number is the tunnel's
  std::vector<absl::Duration> started_;
  std::vector<absl::Duration> latencies_;
  size_t failures_ = 0;
  std::string first_failure_;
  absl::Duration began_, elapsed_;
};

absl::StatusOr<std::unique_ptr<UdpSocket>> OpenSocket(const base::IpAddress& local, uint16_t port) {
  sockaddr_storage storage;
  const socklen_t length = base::Endpoint{local, port}.ToSockaddr(&storage);
  base::UniqueFd fd(socket(storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const int buffer = 16 << 20;  // thousands of answers may come at once
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
  if (bind(fd.get(), reinterpret_cast<sockaddr*>(&storage), length) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot bind ", local.ToString(), " port ", port));
  }
  return UdpSocket::Adopt(std::move(fd), port == base::kIkeNatPort);
}

absl::StatusOr<base::IpAddress> LocalAddress(const LoadOptions& options, const base::IpAddress& remote) {
  if (!options.local.empty()) return base::IpAddress::Parse(options.local);
  return RouteProbe(base::UniqueFd(), base::UniqueFd()).LocalAddressFor(remote);
}

absl::StatusOr<bool> RunLoad(const LoadOptions& options) {
  const base::SystemClock clock;
  base::SystemRng rng;
  ASSIGN_OR_RETURN(const base::IpAddress remote, base::IpAddress::Parse(options.remote));
  ASSIGN_OR_RETURN(const base::IpAddress local, LocalAddress(options, remote));
  ASSIGN_OR_RETURN(const std::shared_ptr<const EngineConfig> config, MakeLoadConfig(options, local));
  std::vector<std::unique_ptr<UdpSocket>> sockets;
  for (const uint16_t port : {base::kIkePort, base::kIkeNatPort}) {
    ASSIGN_OR_RETURN(std::unique_ptr<UdpSocket> socket, OpenSocket(local, port));
    sockets.push_back(std::move(socket));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<EventLoop> loop, EventLoop::Create(clock));

  Load load(*loop, clock, options);
  Engine engine(clock, rng, 1);
  EngineHost* host = nullptr;
  const InputSink sink = [&host](Input input) { host->Handle(std::move(input)); };
  NoSad sad(*loop, sink);
  OnePath path({local, remote}, sink);
  NoRevocation revocation;
  WorkerPool workers(options.workers);
  EngineHost engine_host({.loop = *loop,
                          .clock = clock,
                          .rng = rng,
                          .engine = engine,
                          .workers = workers,
                          .sas = sad,
                          .paths = path,
                          .revocation = revocation,
                          .events = load},
                         std::move(sockets), StraySocket());
  host = &engine_host;
  RETURN_IF_ERROR(engine_host.Start());
  loop->Post([&] {
    engine_host.Handle(HostAddresses{{local}});
    engine_host.Handle(DatapathAttached{});
    engine_host.Handle(SnapshotChanged{config});
    loop->Post([&] { load.Start(engine_host); });  // behind the first lease of SPIs, without which nothing starts
  });
  loop->After(absl::Seconds(options.timeout_seconds), [&] { loop->Stop(); });
  loop->Run();
  return load.Print();
}

int Main(int argc, char** argv) {
  LoadOptions options;
  CLI::App app(
      "Initiates many IKEv2 tunnels with one PSK or one certificate against a responder and measures the handshakes.",
      "ike_load");
  app.add_option("--remote", options.remote, "the responder's address")->required();
  app.add_option("--local", options.local, "our address, whose ports 500 and 4500 must be free; unset: by route");
  CLI::Option_group* const proof = app.add_option_group("proof", "one of them");
  proof->add_option("--psk", options.psk, "the pre-shared key of all tunnels");
  CLI::Option* const certificate =
      proof->add_option("--certificate", options.certificate, "PEM: of all tunnels, whose identity is its subject");
  proof->require_option(1);
  certificate->needs(app.add_option("--key", options.key, "PEM: the certificate's key"));
  certificate->needs(app.add_option("--ca", options.ca, "PEM: where the responder's chain is to end"));
  app.add_option("--ike-proposal", options.ike_proposal)->capture_default_str();
  app.add_option("--esp-proposal", options.esp_proposal)->capture_default_str();
  app.add_option("--local-id-prefix", options.local_id_prefix, "with a PSK, tunnel N is PREFIXN.example")
      ->capture_default_str();
  app.add_option("--remote-id", options.remote_id, "the identity expected of the responder")->capture_default_str();
  app.add_option("--first-local-subnet", options.first_local_subnet, "tunnel N carries this IPv4 address + N")
      ->capture_default_str();
  app.add_option("--remote-subnet", options.remote_subnet)->capture_default_str();
  app.add_option("--count", options.count, "tunnels")->check(CLI::Range(1, 1000000))->capture_default_str();
  app.add_option("--parallel", options.parallel, "handshakes under way")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("--workers", options.workers, "threads for public-key work")->capture_default_str();
  app.add_option("--timeout", options.timeout_seconds, "seconds, for all of it")->capture_default_str();
  app.add_flag("--keep", options.keep, "leave the SAs at the responder instead of deleting them");
  CLI11_PARSE(app, argc, argv);

  const auto all_up = RunLoad(options);
  if (!all_up.ok()) {
    std::cerr << "ike_load: " << all_up.status().message() << "\n";
    return 2;
  }
  return *all_up ? 0 : 1;
}

}  // namespace
}  // namespace culvert::iked

int main(int argc, char** argv) {
  return culvert::iked::Main(argc, argv);
}
