// SPDX-License-Identifier: Apache-2.0
// One gateway with static keys: espd's engine on a TUN and sockets of its own, no control plane. For measuring the
// datapath in a lab of four namespaces; the keys are public, so it protects nothing.
#include <fcntl.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <thread>
#include <vector>

#include "kmod/core/spi.h"
#include "services/espd/datapath.h"
#include "services/espd/steering.h"
#include "services/espd/tun_device.h"
#include "services/espd/worker.h"

namespace {

using namespace culvert;  // NOLINT: a program of one file

cv_range RangeOf(const base::Prefix& prefix) {
  cv_range range = {};
  const base::IpAddress first = prefix.First(), last = prefix.Last();
  std::copy(first.bytes().begin(), first.bytes().end(), range.first);
  std::copy(last.bytes().begin(), last.bytes().end(), range.last);
  return range;
}

// Both ends derive the same key for a direction from its SPI alone.
base::Secret KeyFor(uint32_t spi, size_t size) {
  base::Secret key(size);
  for (size_t i = 0; i < size; ++i)
    key.mutable_view()[i] = static_cast<uint8_t>(spi >> (i % 4 * 8)) ^ static_cast<uint8_t>(i);
  return key;
}

struct Options {
  std::string local, remote, local_net, remote_net, suite = "aes128gcm16";
  bool second = false;  // which of the two ends
  bool raw = false, esn = false, no_latency = false;
  int workers = 1;
  uint32_t pairs = 1;  // the last installed carries nothing: selectors are the same, the newest wins
};

espd::ChildSaConfig Pair(const Options& o, uint32_t n) {
  const espd::Suite suite = *espd::Suite::Parse(o.suite);
  const uint32_t first = cv_spi_make(2 * n + 1, 1, 7), second = cv_spi_make(2 * n + 2, 1, 7);
  espd::ChildSaConfig c;
  c.id = n + 1;
  c.tunnel = "lab";
  c.suite = o.suite;
  c.esn = o.esn;
  c.inbound.spi = o.second ? second : first;
  c.outbound.spi = o.second ? first : second;
  for (espd::SaConfig* sa : {&c.inbound, &c.outbound}) {
    sa->encryption_key = KeyFor(sa->spi, suite.key_bytes + suite.salt_bytes);
    sa->integrity_key = KeyFor(sa->spi, suite.integrity_key_bytes);
  }
  const base::Prefix local = *base::Prefix::Parse(o.local_net), remote = *base::Prefix::Parse(o.remote_net);
  cv_selector s = {};
  s.source = RangeOf(local);
  s.destination = RangeOf(remote);
  s.source_port = s.destination_port = {0, 0xffff};
  s.version = local.address.is_v4() ? 4 : 6;
  c.selectors = {s};
  c.path = {{*base::IpAddress::Parse(o.local), 4500}, {*base::IpAddress::Parse(o.remote), 4500}, !o.raw};
  return c;
}

template <typename T>
T Must(absl::StatusOr<T> value) {
  if (value.ok()) return *std::move(value);
  std::fprintf(stderr, "%s\n", std::string(value.status().message()).c_str());
  std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  CLI::App app("one gateway with static keys");
  app.add_option("--local", o.local)->required();
  app.add_option("--remote", o.remote)->required();
  app.add_option("--local-net", o.local_net)->required();
  app.add_option("--remote-net", o.remote_net)->required();
  app.add_option("--suite", o.suite);
  app.add_option("--workers", o.workers);
  app.add_option("--pairs", o.pairs);
  app.add_flag("--second", o.second);
  app.add_flag("--raw", o.raw);
  app.add_flag("--esn", o.esn);
  app.add_flag("--no-latency", o.no_latency);
  CLI11_PARSE(app, argc, argv);

  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  sigprocmask(SIG_BLOCK, &stop, nullptr);

  auto tun = Must(espd::OpenTunQueues("culvert0", o.workers));
  const auto offloads = Must(espd::EnableTunOffloads(tun[0].get()));
  auto udp4 = Must(espd::OpenNatPort({.family = base::Family::kIPv4, .workers = o.workers}));
  auto udp6 = Must(espd::OpenNatPort({.family = base::Family::kIPv6, .workers = o.workers}));
  const auto raw4 = Must(espd::OpenRawEsp(base::Family::kIPv4));
  const auto raw6 = Must(espd::OpenRawEsp(base::Family::kIPv6));
  espd::LatencyHold latency(base::UniqueFd(o.no_latency ? -1 : open("/dev/cpu_dma_latency", O_RDWR | O_CLOEXEC)));

  espd::SharedState shared(o.workers);
  const auto crypto = espd::NewBestBackend();
  base::SystemClock clock;
  espd::Datapath datapath(shared, *crypto, clock);
  for (uint32_t n = 0; n < o.pairs; ++n) {
    const auto config = Pair(o, n);
    if (n == 0) datapath.SetPolicies({{.tunnel = "lab", .selectors = config.selectors, .acquire = true}});
    if (const absl::Status status = datapath.Install(config); !status.ok()) {
      std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
      return 1;
    }
  }
  std::vector<std::unique_ptr<espd::Worker>> workers;
  for (int i = 0; i < o.workers; ++i) {
    workers.push_back(
        Must(espd::Worker::Create(shared, latency,
                                  {.index = i,
                                   .tun = tun[i].get(),
                                   .sockets = {udp4.esp[i].get(), udp6.esp[i].get(), raw4.get(), raw6.get()},
                                   .reads_raw = i == 0,
                                   .merge_udp = offloads.udp_segmentation})));
  }
  std::vector<std::thread> threads;
  for (auto& worker : workers) threads.emplace_back([&] { worker->Run(); });
  std::puts("running");
  std::fflush(stdout);

  const timespec tick = {0, 20'000'000};
  while (sigtimedwait(&stop, nullptr, &tick) < 0) {
    datapath.Poll(absl::ZeroDuration());
    latency.Relax(absl::ToInt64Milliseconds(clock.BootTime()));
  }
  for (auto& worker : workers) worker->Stop();
  for (auto& thread : threads) thread.join();
  const auto print = [](const char* what, const espd::DropCounters& drops) {
    for (size_t i = 0; i < espd::kDrops; ++i) {
      if (const uint64_t n = drops.Get(static_cast<espd::Drop>(i))) {
        std::printf("%s %s %llu\n", what, std::string(espd::kDropWords[i]).c_str(), static_cast<unsigned long long>(n));
      }
    }
  };
  datapath.ReadSas([&](const espd::ChildSaReading& r) {
    if (r.in.packets == 0 && r.out.packets == 0) return;
    std::printf("sa %llu in %llu packets out %llu packets\n", static_cast<unsigned long long>(r.id),
                static_cast<unsigned long long>(r.in.packets), static_cast<unsigned long long>(r.out.packets));
    print("in", r.in.drops);
    print("out", r.out.drops);
  });
  datapath.ReadTunnels([&](const espd::TunnelReading& r) { print("tunnel", r.drops_out); });
  print("unattributed", shared.drops);
}
