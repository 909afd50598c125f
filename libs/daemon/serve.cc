// SPDX-License-Identifier: Apache-2.0
#include "libs/daemon/serve.h"

#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/daemon/gate.h"
#include "libs/daemon/log.h"
#include "libs/daemon/process_service.h"

namespace culvert::daemon {
namespace {

// Distinct callers (uid and groups) that a process can meet in its life: eight processes, root, and people. An acceptor
// costs nothing until it is used, and is never given to somebody else: its gate outlives its connections.
constexpr size_t kMostCallers = 64;
constexpr int kBacklog = 128;

// The credentials that pass a call to `gate`. gRPC keeps the gate as long as the server.
std::shared_ptr<grpc::ServerCredentials> CredentialsOf(std::shared_ptr<Gate> gate) {
  auto credentials = grpc::experimental::LocalServerCredentials(UDS);
  credentials->SetAuthMetadataProcessor(std::move(gate));
  return credentials;
}

void LogGrpc(gpr_log_func_args* line) {
  Log(line->severity == GPR_LOG_SEVERITY_ERROR ? LogLevel::kWarning : LogLevel::kDebug, "grpc",
      {{"detail", line->message}, {"at", absl::StrCat(line->file, ":", line->line)}});
}

// gRPC's process-wide switches. Each may be set any number of times.
void ConfigureGrpc() {
  gpr_set_log_function(LogGrpc);
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
}

class Host final : public ServiceHost {
 public:
  Host(ServeOptions options, base::UniqueFd stop)
      : process_service_(options.process),
        rules_(options.rules),
        listener_(std::move(options.listener)),
        stop_(std::move(stop)) {}
  ~Host() override { Shutdown(absl::ZeroDuration()); }

  absl::Status Build(grpc::CallbackGenericService* generic, const std::vector<grpc::Service*>& services);

  void SetServing(bool serving) override { server_->GetHealthCheckService()->SetServingStatus(serving); }

  void Shutdown(absl::Duration grace) override {
    if (accepting_.joinable()) {
      eventfd_write(stop_.get(), 1);
      accepting_.join();
    }
    if (server_ != nullptr) server_->Shutdown(absl::ToChronoTime(absl::Now() + grace));
    listener_.Reset();
  }

 private:
  struct Door {
    std::optional<Caller> caller;  // unset: free
    std::shared_ptr<Gate> gate;
    std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor;
  };

  void AcceptUntilStopped();
  void Admit(base::UniqueFd connection);
  Door* DoorOf(const Caller& caller);

  ProcessService process_service_;
  const CallerRules rules_;
  base::UniqueFd listener_;
  base::UniqueFd stop_;
  std::array<Door, kMostCallers> doors_;  // used by the accepting thread alone, once the server runs
  std::unique_ptr<grpc::Server> server_;
  std::thread accepting_;
};

absl::Status Host::Build(grpc::CallbackGenericService* generic, const std::vector<grpc::Service*>& services) {
  ConfigureGrpc();
  grpc::ServerBuilder builder;
  // Methods that are not callback methods, reflection among them: one thread at rest, two under load.
  builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::MAX_POLLERS, 2);
  builder.SetMaxReceiveMessageSize(64 << 20);  // a snapshot of 10,000 tunnels, several times over
  for (Door& door : doors_) {
    door.gate = std::make_shared<Gate>(generic != nullptr);
    door.acceptor = builder.experimental().AddExternalConnectionAcceptor(
        grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, CredentialsOf(door.gate));
  }
  builder.RegisterService(&process_service_);
  for (grpc::Service* service : services) builder.RegisterService(service);
  if (generic != nullptr) builder.RegisterCallbackGenericService(generic);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) return absl::InternalError("gRPC did not start; its reason is in the log");
  if (listen(listener_.get(), kBacklog) < 0) return absl::ErrnoToStatus(errno, "listen");
  accepting_ = std::thread([this] { AcceptUntilStopped(); });
  return absl::OkStatus();
}

void Host::AcceptUntilStopped() {
  while (true) {
    pollfd ready[2] = {{.fd = listener_.get(), .events = POLLIN, .revents = 0},
                       {.fd = stop_.get(), .events = POLLIN, .revents = 0}};
    poll(ready, 2, -1);
    if (ready[1].revents != 0) return;
    if (ready[0].revents == 0) continue;
    base::UniqueFd connection(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (connection.valid()) {
      Admit(std::move(connection));
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
      // The connection waits in the backlog and would wake us at once: give others the time to close theirs.
      LogWarning("cannot accept a connection", {{"error", std::strerror(errno)}});
      poll(&ready[1], 1, 100);
    }
  }
}

void Host::Admit(base::UniqueFd connection) {
  const std::optional<PeerCredentials> peer = ReadPeerCredentials(connection.get());
  if (!peer) return;  // gone already
  Door* door = DoorOf(rules_.Classify(*peer));
  if (door == nullptr) {
    LogWarning("connection refused: too many different callers", {{"uid", peer->uid}, {"limit", kMostCallers}});
    return;
  }
  grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters parameters;
  parameters.listener_fd = listener_.get();
  parameters.fd = connection.Release();
  door->acceptor->HandleNewConnection(&parameters);
}

Host::Door* Host::DoorOf(const Caller& caller) {
  for (Door& door : doors_) {
    if (!door.caller) {
      door.caller = caller;
      door.gate->BelongTo(caller);
    }
    if (*door.caller == caller) return &door;
  }
  return nullptr;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ServiceHost>> ServiceHost::Start(ServeOptions options,
                                                                const std::vector<grpc::Service*>& services) {
  base::UniqueFd stop(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop.valid()) return absl::ErrnoToStatus(errno, "eventfd");
  grpc::CallbackGenericService* generic = options.generic;
  auto host = std::make_unique<Host>(std::move(options), std::move(stop));
  if (absl::Status status = host->Build(generic, services); !status.ok()) return status;
  return std::unique_ptr<ServiceHost>(std::move(host));
}

}  // namespace culvert::daemon
