// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/ike_service.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "libs/daemon/status.h"
#include "services/iked/runtime/event_stream.h"
#include "services/iked/runtime/explain.h"
#include "services/iked/runtime/view_messages.h"

namespace culvert::iked {
namespace {

constexpr absl::Duration kCancelCheck = absl::Milliseconds(500);  // how soon a waiting handler sees its caller gone
constexpr absl::Duration kVerbDeadline = absl::Seconds(10);

// What the loop says to one handler that waits on its own thread.
class Mailbox {
 public:
  using Message = std::variant<Progress, CommandDone>;

  void Put(Message message) {
    const absl::MutexLock lock(&mutex_);
    messages_.push_back(std::move(message));
  }

  std::optional<Message> Take(absl::Duration timeout) {
    const absl::MutexLock lock(&mutex_);
    const auto any = +[](std::deque<Message>* m) { return !m->empty(); };
    if (!mutex_.AwaitWithTimeout(absl::Condition(any, &messages_), timeout)) return std::nullopt;
    Message message = std::move(messages_.front());
    messages_.pop_front();
    return message;
  }

 private:
  absl::Mutex mutex_;
  std::deque<Message> messages_;
};

Commands::Waiter WaiterFor(const std::shared_ptr<Mailbox>& mailbox) {
  return {.progress = [mailbox](const Progress& progress) { mailbox->Put(progress); },
          .done = [mailbox](const CommandDone& done) { mailbox->Put(done); }};
}

absl::Status NoSuchTunnel(const std::string& name) {
  return daemon::WithReason(absl::NotFoundError(absl::StrCat("there is no tunnel ", name)), "TUNNEL_NOT_FOUND",
                            {{"tunnel", name}});
}

absl::StatusOr<absl::Duration> WaitOf(const ike::v1::InitiateRequest& request) {
  if (!request.has_wait()) return absl::ZeroDuration();
  const absl::Duration wait = absl::Seconds(request.wait().seconds()) + absl::Nanoseconds(request.wait().nanos());
  if (wait < absl::ZeroDuration()) return absl::InvalidArgumentError("wait is negative");
  return wait;
}

// Runs a verb that ends with one CommandDone.
template <typename Make>
absl::StatusOr<CommandDone> RunVerb(Runtime& runtime, Make make) {
  auto mailbox = std::make_shared<Mailbox>();
  runtime.Command(std::move(make), WaiterFor(mailbox));
  const absl::Time deadline = absl::Now() + kVerbDeadline;
  while (std::optional<Mailbox::Message> message = mailbox->Take(deadline - absl::Now())) {
    if (auto* done = std::get_if<CommandDone>(&*message)) {
      if (!done->status.ok()) return done->status;
      return std::move(*done);
    }
  }
  return absl::DeadlineExceededError("the command is still under way");
}

}  // namespace

IkeService::IkeService(Runtime& runtime, const std::shared_ptr<grpc::Channel>& sad, const base::Clock& clock,
                       absl::Duration heartbeat)
    : runtime_(runtime), traffic_(sad, clock), clock_(clock), heartbeat_(heartbeat) {}

grpc::Status IkeService::ListTunnels(grpc::ServerContext*, const ike::v1::ListTunnelsRequest* request,
                                     ike::v1::ListTunnelsResponse* response) {
  const auto tunnels = runtime_.Tunnels(request->name());
  const auto generation = runtime_.Ask([](const EngineHost& host) { return host.engine().generation(); });
  if (!tunnels.ok()) return daemon::ToGrpc(tunnels.status());
  if (!generation.ok()) return daemon::ToGrpc(generation.status());
  if (tunnels->empty() && !request->name().empty()) return daemon::ToGrpc(NoSuchTunnel(request->name()));
  for (const TunnelView& tunnel : *tunnels) ToProto(tunnel, response->add_tunnels());
  std::vector<ike::v1::IkeSa*> sas;
  for (ike::v1::Tunnel& tunnel : *response->mutable_tunnels()) {
    for (ike::v1::IkeSa& sa : *tunnel.mutable_ike_sas()) sas.push_back(&sa);
  }
  traffic_.Join(request->name(), sas);
  response->set_generation(*generation);
  return grpc::Status::OK;
}

grpc::Status IkeService::ListIkeSas(grpc::ServerContext*, const ike::v1::ListIkeSasRequest* request,
                                    ike::v1::ListIkeSasResponse* response) {
  const auto views =
      runtime_.Ask([tunnel = request->tunnel()](const EngineHost& host) { return host.engine().IkeSas(tunnel); });
  if (!views.ok()) return daemon::ToGrpc(views.status());
  std::vector<ike::v1::IkeSa*> sas;
  for (const IkeSaView& view : *views) {
    sas.push_back(response->add_ike_sas());
    ToProto(view, sas.back());
  }
  traffic_.Join(request->tunnel(), sas);
  return grpc::Status::OK;
}

grpc::Status IkeService::Initiate(grpc::ServerContext* context, const ike::v1::InitiateRequest* request,
                                  grpc::ServerWriter<ike::v1::InitiateProgress>* writer) {
  const auto wait = WaitOf(*request);
  if (!wait.ok()) return daemon::ToGrpc(wait.status());
  const absl::Time deadline = absl::Now() + std::max(*wait, kCancelCheck);
  auto mailbox = std::make_shared<Mailbox>();
  runtime_.Command(
      [tunnel = request->tunnel()](uint64_t id) {
        return iked::Initiate{id, tunnel};
      },
      WaiterFor(mailbox));

  while (!context->IsCancelled()) {
    ike::v1::InitiateProgress out;
    const auto message = mailbox->Take(std::min(kCancelCheck, deadline - absl::Now()));
    if (!message) {
      if (absl::Now() < deadline) continue;
      if (!request->has_wait()) break;
      return daemon::ToGrpc(absl::DeadlineExceededError(
          absl::StrCat(request->tunnel(), " is not up after ", absl::FormatDuration(*wait), "; the attempt goes on")));
    }
    if (const auto* progress = std::get_if<Progress>(&*message)) {
      out.set_message(progress->message);
      out.set_state(static_cast<ike::v1::TunnelState::Value>(progress->state));
      out.set_done(!request->has_wait());
    } else {
      const auto& done = std::get<CommandDone>(*message);
      if (!done.status.ok() && !absl::IsUnavailable(done.status)) return daemon::ToGrpc(done.status);
      out.set_message(done.status.ok() ? absl::StrCat(request->tunnel(), " is up")
                                       : std::string(done.status.message()));
      out.set_state(done.status.ok() ? ike::v1::TunnelState::UP : ike::v1::TunnelState::BACKOFF);
      out.set_done(true);
      out.set_established(done.status.ok());
      if (done.diagnosis != nullptr) ToProto(*done.diagnosis, out.mutable_diagnosis());
    }
    if (!writer->Write(out) || out.done()) return grpc::Status::OK;
  }
  if (context->IsCancelled()) return grpc::Status::CANCELLED;
  ike::v1::InitiateProgress out;
  out.set_message(absl::StrCat(request->tunnel(), ": the attempt is under way"));
  out.set_state(ike::v1::TunnelState::CONNECTING);
  out.set_done(true);
  writer->Write(out);
  return grpc::Status::OK;
}

grpc::Status IkeService::Terminate(grpc::ServerContext*, const ike::v1::TerminateRequest* request,
                                   ike::v1::TerminateResponse* response) {
  const auto done = RunVerb(runtime_, [tunnel = request->tunnel(), part = request->part()](uint64_t id) {
    return iked::Terminate{id, tunnel, static_cast<Part>(part)};
  });
  if (!done.ok()) return daemon::ToGrpc(done.status());
  response->set_ike_sas(done->ike_sas);
  response->set_child_sas(done->child_sas);
  return grpc::Status::OK;
}

grpc::Status IkeService::Rekey(grpc::ServerContext*, const ike::v1::RekeyRequest* request,
                               ike::v1::RekeyResponse* response) {
  const auto done = RunVerb(runtime_, [tunnel = request->tunnel(), part = request->part()](uint64_t id) {
    return iked::Rekey{id, tunnel, static_cast<Part>(part)};
  });
  if (!done.ok()) return daemon::ToGrpc(done.status());
  response->set_ike_sas(done->ike_sas);
  response->set_child_sas(done->child_sas);
  return grpc::Status::OK;
}

grpc::Status IkeService::Explain(grpc::ServerContext*, const ike::v1::ExplainRequest* request,
                                 ike::v1::ExplainResponse* response) {
  struct Story {
    std::vector<TunnelView> tunnel;
    std::vector<Diagnosis> history;
  };
  const auto story = runtime_.Ask([name = request->tunnel()](const EngineHost& host) {
    return Story{name.empty() ? std::vector<TunnelView>() : host.engine().Tunnels(name),
                 host.engine().History(name).value_or(std::vector<Diagnosis>())};
  });
  if (!story.ok()) return daemon::ToGrpc(story.status());
  if (story->tunnel.empty()) return daemon::ToGrpc(NoSuchTunnel(request->tunnel()));
  const TunnelView& tunnel = story->tunnel.front();
  ToProto(tunnel, response->mutable_tunnel());
  for (const Diagnosis& diagnosis : story->history) ToProto(diagnosis, response->add_history());
  response->set_text(iked::Explain(tunnel, story->history, clock_.Wall(), absl::LocalTimeZone()));
  return grpc::Status::OK;
}

bool IkeService::WriteSnapshot(const std::string& tunnel, uint64_t sequence,
                               grpc::ServerWriter<ike::v1::Event>* writer) {
  const auto tunnels = runtime_.Tunnels(tunnel);
  if (!tunnels.ok()) return false;
  ike::v1::Event event;
  event.set_sequence(sequence);
  *event.mutable_time() = NowMessage(clock_);
  event.set_type(ike::v1::EventType::SNAPSHOT);
  for (const TunnelView& view : *tunnels) {
    event.set_tunnel(view.name);
    ToProto(view, event.mutable_tunnel_state());
    if (!writer->Write(event)) return false;
    event.clear_tunnel_state();
  }
  event.clear_tunnel();
  event.set_type(ike::v1::EventType::SNAPSHOT_END);
  event.set_resume_token(runtime_.events().TokenOf(sequence));  // not before: half a snapshot is no place to resume
  return writer->Write(event);
}

grpc::Status IkeService::WatchEvents(grpc::ServerContext* context, const ike::v1::WatchEventsRequest* request,
                                     grpc::ServerWriter<ike::v1::Event>* writer) {
  struct Place {
    explicit Place(std::atomic<int>& c) : count(c), taken(++c) {}
    ~Place() { --count; }
    std::atomic<int>& count;
    const int taken;
  } place(watchers_);
  if (place.taken > kMaxWatchers) {
    return daemon::ToGrpc(absl::ResourceExhaustedError(absl::StrCat("more than ", kMaxWatchers, " watchers")));
  }

  const EventLog& log = runtime_.events();
  uint64_t sequence = log.last();  // before the snapshot: what happens meanwhile is told twice rather than not at all
  if (request->resume_token().empty()) {
    if (!WriteSnapshot(request->tunnel(), sequence, writer)) return grpc::Status::CANCELLED;
  } else {
    const auto resumed = log.ParseToken(request->resume_token());
    if (!resumed.ok()) return daemon::ToGrpc(resumed.status());
    sequence = *resumed;
  }

  const EventStream stream{.log = log,
                           .clock = clock_,
                           .tunnel = request->tunnel(),
                           .heartbeat = heartbeat_,
                           .cancelled = [context] { return context->IsCancelled(); },
                           .write = [writer](const ike::v1::Event& event) { return writer->Write(event); }};
  return daemon::ToGrpc(stream.RunFrom(sequence));
}

grpc::Status IkeService::GetIkeCounters(grpc::ServerContext*, const ike::v1::GetIkeCountersRequest*,
                                        ike::v1::GetIkeCountersResponse* response) {
  struct Reading {
    Counters engine;
    HostCounters host;
    uint32_t half_open;
    uint64_t generation;
  };
  const auto reading = runtime_.Ask([](const EngineHost& host) {
    const Engine& engine = host.engine();
    return Reading{engine.counters(), host.counters(), engine.half_open(), engine.generation()};
  });
  if (!reading.ok()) return daemon::ToGrpc(reading.status());
  for (const CounterSample& sample : reading->engine.Samples()) ToProto(sample, response->add_counters());
  for (const auto& [reason, value] :
       {std::pair{"not_ike", reading->host.not_ike}, std::pair{"overloaded", reading->host.overloaded}}) {
    ToProto(CounterSample{"ipsec_ike_invalid_messages_total", {{"reason", reason}}, value}, response->add_counters());
  }
  constexpr std::pair<HandshakePhase, const char*> kPhases[] = {{HandshakePhase::kIkeSaInit, "ike_sa_init"},
                                                                {HandshakePhase::kIkeAuth, "ike_auth"},
                                                                {HandshakePhase::kTotal, "total"}};
  for (const bool initiator : {true, false}) {
    for (const auto& [phase, name] : kPhases) {
      ike::v1::HandshakeHistogram* out = response->add_handshakes();
      out->set_role(initiator ? "initiator" : "responder");
      out->set_phase(name);
      ToProto(reading->engine.handshake(initiator, phase), out);
    }
  }
  response->set_half_open_ike_sas(reading->half_open);
  response->set_generation(reading->generation);
  return grpc::Status::OK;
}

}  // namespace culvert::iked
