// SPDX-License-Identifier: Apache-2.0
#include <linux/capability.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <thread>

#include "absl/strings/str_join.h"
#include "libs/base/status_macros.h"
#include "libs/daemon/log.h"
#include "libs/daemon/program.h"
#include "libs/daemon/sandbox.h"
#include "libs/daemon/serve.h"
#include "libs/daemon/unix_listener.h"
#include "services/culvertd/child_plan.h"
#include "services/culvertd/first_configuration.h"
#include "services/culvertd/orphans.h"
#include "services/culvertd/outer_sockets.h"
#include "services/culvertd/start_up.h"
#include "services/culvertd/state_directory.h"
#include "services/culvertd/supervisor.h"
#include "services/culvertd/supervisor_service.h"

namespace culvert::culvertd {
namespace {

constexpr char kEpilogue[] =
    "Opens UDP ports 500 and 4500 and the TUN device in the current network namespace, then starts configd, fetchd,\n"
    "espd, sad, iked, metricsd and apid, each as a user of its own, and starts again what dies.\n\n"
    "Files:\n"
    "  DIR/run/api.sock      the API, for root and the groups culvert and culvert-admin (culvertctl)\n"
    "  DIR/config            the configuration store\n\n"
    "Exit codes: 0 stopped, 1 could not start or had to kill a process, 2 usage, 3 --config FILE is invalid.\n\n"
    "Example:\n"
    "  culvertd --state-dir /var/lib/culvert --config /etc/culvert/culvert.yaml";

struct Options {
  std::string config;
  std::string datapath = "auto";
  std::string metrics_address = "127.0.0.1:9560";
  int workers = 0;
  bool low_latency = false;
};

absl::StatusOr<bool> Run(daemon::Program& program, const Options& options,
                         std::optional<config::v1::ApplyRequest> configuration) {
  if (!daemon::HasCapability(CAP_NET_ADMIN)) {
    return absl::PermissionDeniedError(
        "culvertd needs root, or at least CAP_NET_ADMIN: it opens ports 500 and 4500 and a TUN device");
  }
  const std::string& state_dir = program.state_dir();
  const bool drop = geteuid() == 0 && !program.no_drop();
  RETURN_IF_ERROR(PrepareStateDirectory({.path = state_dir, .uid_base = program.uid_base(), .give_away = drop}));
  ASSIGN_OR_RETURN(const base::UniqueFd lock, LockStateDirectory(state_dir));
  StopOrphans(state_dir, Supervisor::kStopWithin);

  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  // The other half is for the kernel, which receives, forwards and segments for each worker: with a worker a core both
  // wait for each other.
  const int workers = options.workers > 0 ? options.workers : std::max(1, cores / 2);
  ASSIGN_OR_RETURN(
      const OuterSockets sockets,
      OuterSockets::Open({.workers = workers, .raw_esp = true, .tun = true, .low_latency = options.low_latency}));

  const daemon::CallerRules rules = daemon::CallerRules::ForThisHost(program.uid_base());
  ASSIGN_OR_RETURN(ChildPlan plan,
                   PlanChildren(
                       {.program_directory = std::filesystem::read_symlink("/proc/self/exe").parent_path().string(),
                        .state_dir = state_dir,
                        .uid_base = program.uid_base(),
                        .no_drop = !drop,
                        .log_level = program.log_level(),
                        .log_format = program.log_format(),
                        .metrics_address = options.metrics_address,
                        .userspace = true,
                        .api_group = rules.viewers()},
                       [&](const auto& prefixes) { return sockets.Named(prefixes); },
                       [](const std::string& path) { return access(path.c_str(), X_OK) == 0; }));
  if (!plan.missing.empty()) {
    daemon::LogWarning("not installed; going without", {{"programs", absl::StrJoin(plan.missing, ",")}});
  }
  std::vector<Watched> watched;
  for (const SupervisedChild& child : plan.children) watched.push_back({child.spec.name, child.socket->path});

  base::SystemClock clock;
  base::SystemRng rng;
  Supervisor supervisor(std::move(plan.children), &clock, &rng);
  RETURN_IF_ERROR(supervisor.Start());

  SupervisorService service(&supervisor);
  ASSIGN_OR_RETURN(
      base::UniqueFd listener,
      daemon::BindUnix({.path = program.SocketOf("culvertd"),
                        .group = drop ? std::optional<gid_t>(daemon::SharedGroup(program.uid_base())) : std::nullopt}));
  ASSIGN_OR_RETURN(
      auto host,
      daemon::ServiceHost::Start({.process = "culvertd", .rules = rules, .listener = std::move(listener)}, {&service}));
  StartUp start_up({.processes = std::move(watched),
                    .config_socket = program.SocketOf("configd"),
                    .configuration = std::move(configuration),
                    .datapath = "userspace",
                    .api = program.SocketOf("apid"),
                    .metrics = options.metrics_address,
                    .workers = workers,
                    .ipv6 = sockets.has_ipv6()});
  const bool gently = supervisor.RunUntil(program.stop().fd());
  daemon::LogInfo("gateway is down");
  return gently;
}

int Main(int argc, char** argv) {
  Options options;
  daemon::Program program("culvertd", "the parent of culvert's processes: an IPsec VPN gateway");
  program.Option("--config", &options.config, "Apply this YAML or JSON file, if it is not the one applied last");
  program.Choice("--datapath", &options.datapath, {"auto", "kmod", "xfrm", "userspace"}, "Who encrypts packets");
  program.Option("--metrics-address", &options.metrics_address, "Where metricsd answers Prometheus");
  program.Option("--workers", &options.workers, "Threads of the user-space datapath; 0: one for every two cores");
  program.Flag("--low-latency", &options.low_latency,
               "Keep the processor awake while packets flow: half the delay, more power");
  program.Epilogue(kEpilogue);
  if (auto code = program.Start(argc, argv)) return *code;

  if (options.datapath == "kmod" || options.datapath == "xfrm") {
    std::fprintf(stderr,
                 "culvertd: --datapath %s is not there yet; this version has userspace (and auto, which takes it)\n",
                 options.datapath.c_str());
    return 2;
  }
  std::optional<config::v1::ApplyRequest> configuration;
  if (!options.config.empty()) {
    auto read = ReadConfigurationFile(options.config);
    if (!read.ok()) {
      std::fprintf(stderr, "%s\n", std::string(read.status().message()).c_str());
      return 3;
    }
    configuration = *std::move(read);
  }
  const absl::StatusOr<bool> gently = Run(program, options, std::move(configuration));
  if (!gently.ok()) daemon::LogError("cannot run", {{"error", gently.status()}});
  return gently.value_or(false) ? 0 : 1;
}

}  // namespace
}  // namespace culvert::culvertd

int main(int argc, char** argv) {
  return culvert::culvertd::Main(argc, argv);
}
