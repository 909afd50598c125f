// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/world.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/wire/ike_header.h"
#include "libs/wire/ikev2/constants.h"

namespace culvert::sim {
namespace {

// From the last disturbance to rest: the peer's silence is noticed (DPD: 20 s), a replaced IKE SA is given up (30 s and
// a Delete), an attempt fails (20 s), and the next waits (8 s).
constexpr absl::Duration kToRest = absl::Seconds(150);

// One in so many schedules is watched to the end though nothing moves any more: rest must last.
constexpr uint64_t kWatchedToTheEnd = 16;

std::string Describe(const base::Bytes& datagram) {
  const auto header = wire::PeekHeader(datagram);
  return absl::StrCat("sends ", ToString(static_cast<wire::ikev2::ExchangeType>(header->exchange_type)),
                      header->is_response() ? " response " : " request ", header->message_id, " of ",
                      absl::Hex(header->initiator_spi, absl::kZeroPad16));
}

}  // namespace

World::World(const Schedule& schedule, std::ostream* trace)
    : schedule_(schedule),
      agenda_(schedule.seed),
      hosts_{{0, schedule_, agenda_, ledger_, [this](const iked::Send& send) { Transmit(0, send); },
              [this](std::string what) { violation_ = std::move(what); },
              [this](const std::string& what) { Note(0, what); }},
             {1, schedule_, agenda_, ledger_, [this](const iked::Send& send) { Transmit(1, send); },
              [this](std::string what) { violation_ = std::move(what); },
              [this](const std::string& what) { Note(1, what); }}},
      start_(agenda_.now()),
      calm_from_(start_ + schedule.LastDisturbance() + absl::Seconds(1)),
      cut_until_(start_),
      trace_(trace) {}

void World::Note(int host, const std::string& what) {
  if (trace_ == nullptr) return;
  *trace_ << absl::FormatDuration(agenda_.now() - start_) << " " << (host == 0 ? "a" : "b") << ": " << what << "\n";
}

void World::Transmit(int from, const iked::Send& send) {
  const bool calm = agenda_.now() >= calm_from_;
  if (trace_ != nullptr) Note(from, Describe(*send.bytes));
  if (agenda_.now() < cut_until_ || (!calm && agenda_.Happens(schedule_.lost))) return;
  const int copies = agenda_.Happens(schedule_.doubled) ? 2 : 1;
  for (int i = 0; i < copies; ++i) {
    agenda_.Post(agenda_.now() + agenda_.Some(schedule_.network), [this, to = 1 - from, send] {
      if (hosts_[to].up()) hosts_[to].Handle(iked::Datagram{send.remote, send.local, *send.bytes, send.nat_port});
    });
  }
}

void World::Do(const Action& action) {
  Note(action.host, absl::StrCat("=== ", action.ToString()));
  Host& host = hosts_[action.host];
  if (action.verb == Verb::kCut) {
    cut_until_ = std::max(cut_until_, agenda_.now() + action.length);
    return;
  }
  if (!host.up()) return;
  switch (action.verb) {
    case Verb::kRekeyChild:
      return host.Handle(iked::Rekey{1, "t", iked::Part::kChild});
    case Verb::kRekeyIke:
      return host.Handle(iked::Rekey{1, "t", iked::Part::kIke});
    case Verb::kRekeyAll:
      return host.Handle(iked::Rekey{1, "t", iked::Part::kAll});
    case Verb::kDownChild:
      return host.Handle(iked::Terminate{1, "t", iked::Part::kChild});
    case Verb::kDownAndUp:
      host.Handle(iked::Terminate{1, "t", iked::Part::kAll});
      agenda_.Post(agenda_.now() + action.length, [&host] {
        if (host.up()) host.Handle(iked::Initiate{2, "t"});
      });
      return;
    case Verb::kCrash:
      host.Crash();
      agenda_.Post(agenda_.now() + action.length, [&host] {
        if (!host.up()) host.Start();
      });
      return;
    case Verb::kReconfigure:
      return host.Configure();
    case Verb::kAcquire:
      return host.Handle(iked::Acquire{"t", {}, {}});
    case Verb::kSoftLimit:
    case Verb::kHardLimit:
      return host.ReachLimit(action.verb == Verb::kHardLimit);
    case Verb::kCut:
      break;
  }
}

void World::Arrive(int to, uint32_t spi) {
  if (schedule_.gentle && no_gap_.watching() && !hosts_[to].datapath().Receives(spi)) {
    violation_ = absl::StrCat(to == 0 ? "a" : "b", " is sent a packet on an SPI that it has dropped, ", spi);
  }
  hosts_[to].Inbound(spi);
}

// A gateway that sends on another pair than before shows it to the other, now and a second later.
void World::WatchTraffic() {
  if (!schedule_.traffic) return;
  for (int from = 0; from < 2; ++from) {
    for (const auto& [id, pair] : hosts_[from].datapath().pairs()) {
      const Pair* sender = hosts_[from].datapath().Sender(pair.selectors);
      if (sender == nullptr) continue;
      uint32_t& before = sends_on_[{from, pair.selectors}];
      if (before == sender->spi_out) continue;
      before = sender->spi_out;
      for (const absl::Duration wait : {absl::ZeroDuration(), absl::Seconds(1)}) {
        agenda_.Post(agenda_.now() + wait + agenda_.Some(schedule_.network),
                     [this, to = 1 - from, spi = before] { Arrive(to, spi); });
      }
    }
  }
}

bool World::IsAtRest() const {
  if (agenda_.now() < calm_from_ || !agenda_.idle()) return false;
  return std::all_of(std::begin(hosts_), std::end(hosts_), [this](const Host& host) {
    const auto& pairs = host.datapath().pairs();
    return host.NextMove() > agenda_.now() + absl::Minutes(1) &&
           std::none_of(pairs.begin(), pairs.end(), [](const auto& entry) { return entry.second.retiring; });
  });
}

std::optional<std::string> World::Run() {
  for (const Action& action : schedule_.actions) {
    agenda_.Post(start_ + action.at, [this, &action] { Do(action); });
  }
  for (int host : {1, 0}) agenda_.Post(start_, [this, host] { hosts_[host].Start(); });
  const absl::Duration end = calm_from_ + kToRest;
  while (!violation_ && agenda_.Step(end)) {
    for (Host& host : hosts_) host.datapath().Expire(agenda_.now());
    WatchTraffic();
    if (!violation_ && schedule_.gentle) violation_ = no_gap_.Check(hosts_[0], hosts_[1]);
    if (schedule_.seed % kWatchedToTheEnd != 0 && IsAtRest() && !CheckRest(schedule_, hosts_[0], hosts_[1])) break;
  }
  for (Host& host : hosts_) host.datapath().Expire(agenda_.now());
  if (!violation_) violation_ = CheckRest(schedule_, hosts_[0], hosts_[1]);
  if (!violation_) return std::nullopt;
  return absl::StrCat("at ", absl::FormatDuration(agenda_.now() - start_), ": ", *violation_);
}

}  // namespace culvert::sim
