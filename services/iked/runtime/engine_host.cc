// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/engine_host.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/daemon/log.h"

namespace culvert::iked {
namespace {

JobClass ClassOf(Priority priority) {
  switch (priority) {
    case Priority::kEstablished:
      return JobClass::kEstablished;
    case Priority::kProven:
      return JobClass::kProven;
    case Priority::kNew:
      break;
  }
  return JobClass::kNew;
}

SignatureToCheck* CheckIn(Job& job) {
  auto* prove = std::get_if<Prove>(&job);
  return prove != nullptr && prove->check ? &*prove->check : nullptr;
}

OcspToSend* OcspIn(Job& job) {
  auto* prove = std::get_if<Prove>(&job);
  return prove != nullptr && prove->make && prove->make->ocsp ? &*prove->make->ocsp : nullptr;
}

// Who would know what the job has left open: about the peer's certificates, and about ours, of which the peer asked.
std::vector<pki::RevocationSource> OpenQuestions(const JobResult& result) {
  const Proven* proven = result.ok() ? std::get_if<Proven>(&*result) : nullptr;
  if (proven == nullptr) return {};
  std::vector<pki::RevocationSource> sources = proven->ocsp_sources;
  const ProofVerdict& verdict = proven->verdict;
  const bool good = verdict.fault == ProofFault::kNone;
  if (good || verdict.chain.fault == pki::CertificateFault::kRevocationUnknown) {
    sources.insert(sources.end(), verdict.chain.unknown.begin(), verdict.chain.unknown.end());
  }
  return sources;
}

constexpr uint8_t kKeepalive[] = {0xff};

}  // namespace

EngineHost::EngineHost(const Parts& parts, std::vector<std::unique_ptr<UdpSocket>> sockets, StraySocket strays)
    : parts_(parts), sockets_(std::move(sockets)), strays_(std::move(strays)), send_log_(5, absl::Seconds(1)) {
  timers_[0].clock = CLOCK_MONOTONIC;
  timers_[1].clock = CLOCK_BOOTTIME;
}

EngineHost::~EngineHost() {
  for (const auto& socket : sockets_) parts_.loop.Unwatch(socket->fd());
  if (strays_.fd() >= 0) parts_.loop.Unwatch(strays_.fd());
  for (const ClockTimers& timers : timers_) {
    if (timers.fd.valid()) parts_.loop.Unwatch(timers.fd.get());
  }
}

absl::Status EngineHost::Start() {
  for (const auto& socket : sockets_) {
    RETURN_IF_ERROR(
        parts_.loop.Watch(socket->fd(), EPOLLIN, [this, s = socket.get()](uint32_t ready) { ReadSocket(*s, ready); }));
  }
  if (strays_.fd() >= 0) {
    RETURN_IF_ERROR(parts_.loop.Watch(strays_.fd(), EPOLLIN, [this](uint32_t) { ReadStrays(); }));
  }
  for (ClockTimers& timers : timers_) RETURN_IF_ERROR(StartTimers(timers));
  parts_.loop.AtEndOfTurn([this] {
    for (ClockTimers& timers : timers_) SetTimerFd(timers);
  });
  return absl::OkStatus();
}

void EngineHost::Handle(Input input) {
  if (handling_) {
    inputs_.push_back(std::move(input));
    return;
  }
  handling_ = true;
  for (Effect& effect : parts_.engine.Handle(std::move(input))) std::visit([this](auto& e) { Do(e); }, effect);
  while (!inputs_.empty()) {
    Input next = std::move(inputs_.front());
    inputs_.pop_front();
    for (Effect& effect : parts_.engine.Handle(std::move(next))) std::visit([this](auto& e) { Do(e); }, effect);
  }
  handling_ = false;
}

// ---- timers ----------------------------------------------------------------------------------------------------

absl::Status EngineHost::StartTimers(ClockTimers& timers) {
  timers.fd = base::UniqueFd(timerfd_create(timers.clock, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timers.fd.valid()) return absl::ErrnoToStatus(errno, "timerfd_create");
  return parts_.loop.Watch(timers.fd.get(), EPOLLIN, [this, &timers](uint32_t) { FireTimers(timers); });
}

absl::Duration EngineHost::Now(const ClockTimers& timers) const {
  return timers.clock == CLOCK_MONOTONIC ? parts_.clock.Monotonic() : parts_.clock.BootTime();
}

void EngineHost::FireTimers(ClockTimers& timers) {
  uint64_t expirations;
  [[maybe_unused]] const ssize_t size = read(timers.fd.get(), &expirations, sizeof expirations);
  timers.armed = absl::InfiniteDuration();
  const absl::Duration now = Now(timers);
  while (const auto id = timers.queue.PopDue(now)) Handle(TimerFired{*id});
}

// One system call a turn at most, and none while the earliest deadline stays where it is.
void EngineHost::SetTimerFd(ClockTimers& timers) {
  const absl::Duration next = timers.queue.Next().value_or(absl::InfiniteDuration());
  if (next == timers.armed) return;
  itimerspec spec{};
  if (next != absl::InfiniteDuration()) {
    spec.it_value = absl::ToTimespec(std::max(next, absl::Nanoseconds(1)));  // zero would disarm it
  }
  timerfd_settime(timers.fd.get(), TFD_TIMER_ABSTIME, &spec, nullptr);
  timers.armed = next;
}

void EngineHost::Do(ArmTimer& effect) {
  TimersOf(effect.clock).queue.Arm(effect.id, effect.when);
}

void EngineHost::Do(CancelTimer& effect) {
  for (ClockTimers& timers : timers_) timers.queue.Cancel(effect.id);
}

// ---- datagrams -------------------------------------------------------------------------------------------------

void EngineHost::ReadSocket(UdpSocket& socket, uint32_t ready) {
  if ((ready & EPOLLERR) != 0) {
    socket.ReceiveErrors([this](const base::Endpoint& remote, int error) {
      if (error == ECONNREFUSED) {
        Handle(PortUnreachable{remote});
      } else if (error != EMSGSIZE) {
        Handle(SendFailed{remote, absl::ErrnoToStatus(error, "ICMP")});
      }
    });
  }
  if ((ready & EPOLLIN) == 0) return;
  counters_.not_ike += socket.Receive([this, &socket](const ReceivedDatagram& datagram) {
    Handle(Datagram{datagram.local, datagram.remote, datagram.bytes, socket.nat_port()});
  });
}

void EngineHost::ReadStrays() {
  counters_.not_ike += strays_.Receive([this](const ReceivedDatagram& datagram) {
    Handle(Datagram{datagram.local, datagram.remote, datagram.bytes, /*nat_port=*/true});
  });
}

UdpSocket* EngineHost::SocketFor(base::Family family, bool nat_port) const {
  for (const auto& socket : sockets_) {
    if (socket->family() == family && socket->nat_port() == nat_port) return socket.get();
  }
  return nullptr;
}

void EngineHost::SendDatagram(const base::Endpoint& local, const base::Endpoint& remote, base::ByteView bytes,
                              bool nat_port, uint8_t dscp) {
  UdpSocket* socket = SocketFor(remote.address.family(), nat_port);
  const absl::Status status = socket == nullptr ? absl::FailedPreconditionError("no socket of that address family")
                                                : socket->Send(local.address, remote, bytes, dscp);
  if (status.ok()) return;
  if (const auto suppressed = send_log_.Admit(parts_.clock.Monotonic())) {
    daemon::LogDebug("cannot send", {{"to", remote.ToString()}, {"error", status}, {"suppressed", *suppressed}});
  }
  Handle(SendFailed{remote, status});
}

void EngineHost::Do(Send& effect) {
  SendDatagram(effect.local, effect.remote, *effect.bytes, effect.nat_port, effect.dscp);
}

void EngineHost::Do(SendKeepalive& effect) {
  SendDatagram(effect.local, effect.remote, kKeepalive, true, 0);
}

// ---- public-key work -------------------------------------------------------------------------------------------

void EngineHost::Do(Compute& effect) {
  const auto work = std::make_shared<Work>(Work{effect.id, effect.priority, std::move(effect.job), nullptr});
  if (const SignatureToCheck* check = CheckIn(work->job)) work->configured = check->trust.evidence;
  if (const OcspToSend* own = OcspIn(work->job)) work->configured = own->evidence;
  Submit(work);
}

void EngineHost::Submit(const std::shared_ptr<Work>& work) {
  if (SignatureToCheck* check = CheckIn(work->job)) check->trust.evidence = parts_.revocation.With(work->configured);
  if (OcspToSend* own = OcspIn(work->job)) own->evidence = parts_.revocation.With(work->configured);
  const bool taken = parts_.workers.Submit(
      ClassOf(work->priority), [this, work, &rng = parts_.rng, &loop = parts_.loop] {  // `this` for the loop's thread
        JobResult result = RunJob(work->job, rng);
        loop.Post([this, work, result = std::move(result)]() mutable { Finish(work, std::move(result)); });
      });
  if (taken) return;
  ++counters_.overloaded;
  Handle(JobDone{work->id, absl::ResourceExhaustedError("too much public-key work is waiting")});
}

// A chain of which nobody knows whether it was revoked is judged once more, when those were asked whom it names.
void EngineHost::Finish(const std::shared_ptr<Work>& work, JobResult result) {
  if (const auto sources = OpenQuestions(result); !work->asked && !sources.empty()) {
    work->asked = true;
    if (parts_.revocation.Find(sources, [this, work] { Submit(work); })) return;
  }
  Handle(JobDone{work->id, std::move(result)});
}

}  // namespace culvert::iked
