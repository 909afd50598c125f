// SPDX-License-Identifier: Apache-2.0
#include "services/fetchd/resolver.h"

#include <ares.h>
#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/base/unique_fd.h"
#include "services/fetchd/host_name.h"

namespace culvert::fetchd {
namespace {

// One c-ares channel: a list of servers, its sockets, and what is asked of them.
struct Channel {
  ares_channel ares = nullptr;
  std::map<int, short> sockets;  // poll events that c-ares waits for
  int in_flight = 0;

  Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  ~Channel() {
    if (ares != nullptr) ares_destroy(ares);  // ends its queries with ARES_EDESTRUCTION
  }
};

// One question under way. Lives until c-ares has called back, which may be after its own deadline.
struct Pending {
  Resolver::Done done;  // empty once it was called
  absl::Duration deadline;
  Channel* channel;
  std::map<uint64_t, std::unique_ptr<Pending>>* owner;
  uint64_t id;
};

absl::Status Stopped() {
  return absl::CancelledError("the resolver stops");
}

absl::Status StatusOfAres(int code) {
  switch (code) {
    case ARES_ENODATA:
    case ARES_ENOTFOUND:
      return absl::NotFoundError("the name has no address");
    case ARES_EBADNAME:
      return absl::InvalidArgumentError("no host name");
    case ARES_ENOMEM:
      return absl::ResourceExhaustedError("out of memory");
    case ARES_ECANCELLED:
    case ARES_EDESTRUCTION:
      return Stopped();
    default:
      return absl::UnavailableError(absl::StrCat("no resolver answered: ", ares_strerror(code)));
  }
}

Answer AnswerOf(const ares_addrinfo& info) {
  Answer answer;
  std::optional<int> ttl;
  for (const ares_addrinfo_node* node = info.nodes; node != nullptr; node = node->ai_next) {
    const base::IpAddress address = base::Endpoint::FromSockaddr(node->ai_addr).address;
    if (!address.is_none()) answer.addresses.push_back(address);
    ttl = std::min(ttl.value_or(node->ai_ttl), node->ai_ttl);
  }
  answer.ttl_seconds = std::max(0, ttl.value_or(0));
  return answer;
}

int FamilyOf(const Query& query) {
  if (query.want_ipv4 == query.want_ipv6) return AF_UNSPEC;
  return query.want_ipv4 ? AF_INET : AF_INET6;
}

// "192.0.2.53:53,[2001:db8::53]:53": what c-ares reads, and the key under which a channel is found again.
std::string ServerList(const Query& query) {
  return absl::StrJoin(query.servers, ",",
                       [](std::string* out, const base::Endpoint& server) { out->append(server.ToString()); });
}

class AresResolver final : public Resolver {
 public:
  AresResolver(const ResolverLimits& limits, base::UniqueFd wake)
      : limits_(limits), wake_(std::move(wake)), thread_([this] { Loop(); }) {}

  ~AresResolver() override {
    Stop();
    thread_.join();
  }

  void Resolve(Query query, Done done) override {
    {
      std::lock_guard lock(mutex_);
      if (!stopping_) {
        asked_.emplace_back(std::move(query), std::move(done));
        eventfd_write(wake_.get(), 1);
        return;
      }
    }
    done(Stopped());
  }

  void Stop() override {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    eventfd_write(wake_.get(), 1);
  }

 private:
  void Loop();
  bool TakeAsked();  // false: stop
  void Ask(Query query, Done done);
  absl::StatusOr<Channel*> ChannelFor(const Query& query);
  void Wait();
  void ExpireOverdue();

  static void OnSocketState(void* channel, ares_socket_t fd, int readable, int writable);
  static void OnAnswer(void* pending, int code, int timeouts, ares_addrinfo* info);

  const ResolverLimits limits_;
  const base::SystemClock clock_;
  base::UniqueFd wake_;
  std::mutex mutex_;
  bool stopping_ = false;                      // guarded by mutex_
  std::vector<std::pair<Query, Done>> asked_;  // guarded by mutex_
  // The rest belongs to the thread. `pending_` outlives `channels_`, whose end calls back into it.
  std::map<uint64_t, std::unique_ptr<Pending>> pending_;
  uint64_t next_id_ = 0;
  std::map<std::string, std::unique_ptr<Channel>> channels_;
  std::thread thread_;
};

void AresResolver::Loop() {
  while (TakeAsked()) {
    Wait();
    ExpireOverdue();
  }
  channels_.clear();
}

bool AresResolver::TakeAsked() {
  std::vector<std::pair<Query, Done>> asked;
  bool stopping;
  {
    std::lock_guard lock(mutex_);
    asked.swap(asked_);
    stopping = stopping_;
  }
  for (auto& [query, done] : asked) {
    stopping ? done(Stopped()) : Ask(std::move(query), std::move(done));
  }
  return !stopping;
}

void AresResolver::Ask(Query query, Done done) {
  if (const auto literal = base::IpAddress::Parse(query.name); literal.ok()) {
    const bool both = query.want_ipv4 == query.want_ipv6;
    const bool wanted = both || (literal->is_v4() ? query.want_ipv4 : query.want_ipv6);
    if (!wanted) return done(absl::NotFoundError("the address is of the other family"));
    return done(Answer{.addresses = {*literal}, .ttl_seconds = 0});
  }
  if (absl::Status status = CheckHostName(query.name); !status.ok()) return done(status);
  if (static_cast<int>(pending_.size()) >= limits_.in_flight) {
    return done(
        absl::ResourceExhaustedError(absl::StrCat("more than ", limits_.in_flight, " names are being resolved")));
  }
  const absl::StatusOr<Channel*> channel = ChannelFor(query);
  if (!channel.ok()) return done(channel.status());

  const uint64_t id = next_id_++;
  auto pending = std::make_unique<Pending>(Pending{.done = std::move(done),
                                                   .deadline = clock_.Monotonic() + limits_.overall,
                                                   .channel = *channel,
                                                   .owner = &pending_,
                                                   .id = id});
  Pending* raw = pending.get();
  pending_.emplace(id, std::move(pending));
  ++(*channel)->in_flight;
  ares_addrinfo_hints hints{};
  hints.ai_family = FamilyOf(query);
  hints.ai_socktype = SOCK_DGRAM;  // one entry for each address
  ares_getaddrinfo((*channel)->ares, query.name.c_str(), nullptr, &hints, OnAnswer, raw);
}

absl::StatusOr<Channel*> AresResolver::ChannelFor(const Query& query) {
  const std::string servers = ServerList(query);
  if (auto found = channels_.find(servers); found != channels_.end()) return found->second.get();
  if (static_cast<int>(channels_.size()) >= limits_.server_lists) {
    std::erase_if(channels_, [](const auto& entry) { return entry.second->in_flight == 0; });
    if (static_cast<int>(channels_.size()) >= limits_.server_lists) {
      return absl::ResourceExhaustedError("too many different lists of resolvers in use");
    }
  }
  auto channel = std::make_unique<Channel>();
  char dns_only[] = "b", files_then_dns[] = "fb";
  ares_options options{};
  options.flags = ARES_FLAG_NOSEARCH;  // a name in a configuration is whole
  options.timeout = static_cast<int>(absl::ToInt64Milliseconds(limits_.first_try));
  options.tries = limits_.tries;
  options.lookups = servers.empty() ? files_then_dns : dns_only;
  options.sock_state_cb = OnSocketState;
  options.sock_state_cb_data = channel.get();
  const int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
  if (int code = ares_init_options(&channel->ares, &options, mask); code != ARES_SUCCESS) return StatusOfAres(code);
  if (!servers.empty()) {
    if (ares_set_servers_ports_csv(channel->ares, servers.c_str()) != ARES_SUCCESS) {
      return absl::InvalidArgumentError(absl::StrCat("no list of resolvers: ", servers));
    }
  }
  return channels_.emplace(servers, std::move(channel)).first->second.get();
}

void AresResolver::Wait() {
  std::vector<pollfd> waits = {{.fd = wake_.get(), .events = POLLIN, .revents = 0}};
  std::vector<Channel*> owners = {nullptr};
  absl::Duration longest = absl::Minutes(1);
  for (const auto& [servers, channel] : channels_) {
    for (const auto& [fd, events] : channel->sockets) {
      waits.push_back({.fd = fd, .events = events, .revents = 0});
      owners.push_back(channel.get());
    }
    timeval limit{60, 0}, left;
    if (channel->in_flight > 0)
      longest = std::min(longest, absl::DurationFromTimeval(*ares_timeout(channel->ares, &limit, &left)));
  }
  // Ids, and so deadlines, grow: the first that still waits is the next to expire.
  for (const auto& [id, pending] : pending_) {
    if (!pending->done) continue;
    longest = std::min(longest, pending->deadline - clock_.Monotonic());
    break;
  }
  const int64_t milliseconds = absl::ToInt64Milliseconds(absl::Ceil(longest, absl::Milliseconds(1)));
  poll(waits.data(), waits.size(), static_cast<int>(std::max<int64_t>(0, milliseconds)));

  eventfd_t ignored;
  if (waits[0].revents != 0) eventfd_read(wake_.get(), &ignored);
  for (size_t i = 1; i < waits.size(); ++i) {
    const short ready = waits[i].revents;
    if (ready == 0) continue;
    const bool failed = (ready & (POLLERR | POLLHUP)) != 0;
    ares_process_fd(owners[i]->ares, failed || (ready & POLLIN) ? waits[i].fd : ARES_SOCKET_BAD,
                    ready & POLLOUT ? waits[i].fd : ARES_SOCKET_BAD);
  }
  for (const auto& [servers, channel] : channels_) ares_process_fd(channel->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

void AresResolver::ExpireOverdue() {
  for (const auto& [id, pending] : pending_) {
    if (pending->deadline > clock_.Monotonic()) return;
    if (Done done = std::exchange(pending->done, nullptr))
      done(absl::DeadlineExceededError("the resolvers are too slow"));
  }
}

void AresResolver::OnSocketState(void* channel, ares_socket_t fd, int readable, int writable) {
  auto& sockets = static_cast<Channel*>(channel)->sockets;
  const short events = static_cast<short>((readable ? POLLIN : 0) | (writable ? POLLOUT : 0));
  if (events == 0) {
    sockets.erase(fd);
  } else {
    sockets[fd] = events;
  }
}

void AresResolver::OnAnswer(void* argument, int code, int /*timeouts*/, ares_addrinfo* info) {
  auto* raw = static_cast<Pending*>(argument);
  auto node = raw->owner->extract(raw->id);
  Pending& pending = *node.mapped();
  --pending.channel->in_flight;
  absl::StatusOr<Answer> answer = StatusOfAres(code);
  if (code == ARES_SUCCESS) {
    answer = AnswerOf(*info);
    if (answer->addresses.empty()) answer = absl::NotFoundError("the name has no address");
  }
  if (info != nullptr) ares_freeaddrinfo(info);
  if (pending.done) pending.done(std::move(answer));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Resolver>> Resolver::Create(const ResolverLimits& limits) {
  if (int code = ares_library_init(ARES_LIB_INIT_ALL); code != ARES_SUCCESS) return StatusOfAres(code);
  base::UniqueFd wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.valid()) return absl::ErrnoToStatus(errno, "eventfd");
  return std::unique_ptr<Resolver>(new AresResolver(limits, std::move(wake)));
}

}  // namespace culvert::fetchd
