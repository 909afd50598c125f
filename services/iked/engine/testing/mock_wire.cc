// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/testing/mock_wire.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "libs/wire/ike_header.h"
#include "libs/wire/ikev1/constants.h"
#include "libs/wire/ikev2/constants.h"
#include "libs/wire/ikev2/protected.h"

namespace culvert::iked::testing {
namespace {

std::string Describe(const Host& from, const base::Bytes& bytes) {
  const auto header = wire::PeekHeader(bytes);
  if (!header) return from.name + " garbage";
  if (header->major_version == 1) {
    return absl::StrCat(from.name, " ", ToString(static_cast<wire::ikev1::ExchangeType>(header->exchange_type)));
  }
  const auto fragment = wire::ikev2::PeekFragment(bytes);
  return absl::StrCat(from.name, " ", ToString(static_cast<wire::ikev2::ExchangeType>(header->exchange_type)),
                      header->is_response() ? " response " : " request ", header->message_id,
                      fragment ? absl::StrCat(" ", fragment->number, "/", fragment->total) : "");
}

}  // namespace

MockWire::MockWire() : a("a", "192.0.2.1", clock, 1), b("b", "192.0.2.2", clock, 2) {}

void MockWire::Inject(Host& to, const Send& send) {
  to.Handle(Datagram{send.remote, send.local, *send.bytes, send.nat_port});
}

void MockWire::Deliver(InFlight flight) {
  if (passes && !passes(flight)) return;
  Send& send = flight.send;
  if (!nat_address.is_none() && flight.from == &a) {
    send.local = {nat_address, static_cast<uint16_t>(send.local.port + nat_port_offset)};
  }
  if (!nat_address.is_none() && flight.from == &b && send.remote.address == nat_address) {
    send.remote = {a.address, static_cast<uint16_t>(send.remote.port - nat_port_offset)};
  }
  for (Host* to : {&a, &b}) {
    if (to->address == send.remote.address) Inject(*to, send);
  }
}

void MockWire::Run() {
  for (bool busy = true; busy;) {
    busy = false;
    for (Host* host : {&a, &b}) {
      busy = busy || !host->idle();
      host->HandleInbox();
      while (!host->outbox.empty()) {
        busy = true;
        InFlight flight{host, std::move(host->outbox.front()), {}};
        host->outbox.pop_front();
        flight.text = Describe(*host, *flight.send.bytes);
        log.push_back(flight.text);
        history.push_back(flight);
        Deliver(std::move(flight));
      }
    }
  }
}

std::optional<absl::Duration> MockWire::NextTimer() const {
  std::optional<absl::Duration> next;  // on the monotonic clock
  const absl::Duration ahead = clock.BootTime() - clock.Monotonic();
  for (const Host* host : {&a, &b}) {
    for (const auto& [id, timer] : host->timers) {
      const absl::Duration when = timer.first == TimerClock::kBoottime ? timer.second - ahead : timer.second;
      if (!next || when < *next) next = when;
    }
  }
  return next;
}

bool MockWire::FireDue() {
  for (Host* host : {&a, &b}) {
    for (const auto& [id, timer] : host->timers) {
      const absl::Duration now = timer.first == TimerClock::kBoottime ? clock.BootTime() : clock.Monotonic();
      if (timer.second > now) continue;
      const TimerId fired{id.first, id.second};
      host->timers.erase(id);
      host->Handle(TimerFired{fired});
      return true;
    }
  }
  return false;
}

bool MockWire::Until(const std::function<bool()>& condition, absl::Duration limit) {
  const absl::Duration end = clock.Monotonic() + limit;
  for (;;) {
    Run();
    while (FireDue()) Run();
    if (condition()) return true;
    const std::optional<absl::Duration> next = NextTimer();
    if (!next || *next > end) break;
    clock.AdvanceTo(std::max(*next, clock.Monotonic()));
  }
  clock.AdvanceTo(end);
  return condition();
}

void MockWire::Advance(absl::Duration duration) {
  Until([] { return false; }, duration);
}

void MockWire::Suspend(absl::Duration length) {
  clock.Suspend(length);
}

void MockWire::Connect(TunnelConfig of_a) {
  b.Configure({Mirror(of_a)});
  a.Configure({std::move(of_a)});
  Run();
}

TunnelConfig Tunnel(absl::string_view ike, absl::string_view esp) {
  TunnelConfig t;
  t.name = "t";
  t.enabled = true;
  t.digest = "1";
  t.local_address = *base::IpAddress::Parse("192.0.2.1");
  t.remote_endpoints = {"192.0.2.2"};
  t.local_identity = Id("gw-a.example");
  t.remote_identity = Id("gw-b.example");
  t.local_subnets = Subnets({"10.1.0.0/24"});
  t.remote_subnets = Subnets({"10.2.0.0/24"});
  t.ike_proposals = Ike({std::string(ike)});
  t.esp_proposals = Esp({std::string(esp)});
  t.startup = Startup::kStart;
  return t;
}

TunnelConfig Mirror(const TunnelConfig& tunnel) {
  TunnelConfig m = tunnel;
  m.local_address = *base::IpAddress::Parse("192.0.2.2");
  m.remote_endpoints = {"192.0.2.1"};
  std::swap(m.local_identity, m.remote_identity);
  std::swap(m.local_subnets, m.remote_subnets);
  m.startup = Startup::kAdd;
  return m;
}

EngineConfig WithSecret(absl::string_view psk, absl::string_view previous) {
  EngineConfig config;
  config.secrets.push_back({.name = "psk",
                            .psk = base::Secret::CopyOf(base::AsBytes(psk)),
                            .psk_previous = base::Secret::CopyOf(base::AsBytes(previous))});
  config.secret_matcher = ipsec::SecretMatcher(std::vector<ipsec::SecretSelectors>{{"psk", {}}});
  return config;
}

TunnelConfig Changed(TunnelConfig tunnel) {
  tunnel.digest += "'";
  return tunnel;
}

std::vector<ipsec::Proposal> Ike(std::vector<std::string> proposals) {
  std::vector<ipsec::Proposal> parsed;
  for (const std::string& text : proposals) parsed.push_back(*ipsec::ParseProposal(ipsec::Protocol::kIke, text));
  return parsed;
}

std::vector<ipsec::Proposal> Esp(std::vector<std::string> proposals) {
  std::vector<ipsec::Proposal> parsed;
  for (const std::string& text : proposals) parsed.push_back(*ipsec::ParseProposal(ipsec::Protocol::kEsp, text));
  return parsed;
}

std::vector<base::Prefix> Subnets(std::vector<std::string> prefixes) {
  std::vector<base::Prefix> parsed;
  for (const std::string& text : prefixes) parsed.push_back(*base::Prefix::Parse(text));
  return parsed;
}

ipsec::Identity Id(absl::string_view text) {
  return *ipsec::Identity::Parse(text);
}

namespace {

// The SPI pairs of a host's established IKE SAs.
std::set<std::pair<uint64_t, uint64_t>> EstablishedIkeSas(const Host& host) {
  std::set<std::pair<uint64_t, uint64_t>> spis;
  for (const IkeSaView& sa : host.engine->IkeSas()) {
    if (sa.state == "ESTABLISHED" || sa.state == "REKEYING") spis.insert({sa.initiator_spi, sa.responder_spi});
  }
  return spis;
}

}  // namespace

void ExpectCarries(const Host& a, const Host& b) {
  EXPECT_EQ(EstablishedIkeSas(a), EstablishedIkeSas(b));
  const auto ours = a.LiveChildren();
  const auto theirs = b.LiveChildren();
  ASSERT_EQ(ours.size(), theirs.size());
  ASSERT_FALSE(ours.empty());
  for (const InstalledChild* mine : ours) {
    const auto other = std::find_if(theirs.begin(), theirs.end(), [mine](const InstalledChild* child) {
      return child->sa.inbound.spi == mine->sa.outbound.spi && child->sa.outbound.spi == mine->sa.inbound.spi;
    });
    ASSERT_NE(other, theirs.end());
    const auto same = [](const SaKeys& out, const SaKeys& in) {
      return base::ToBytes(out.encryption_key.view()) == base::ToBytes(in.encryption_key.view()) &&
             base::ToBytes(out.integrity_key.view()) == base::ToBytes(in.integrity_key.view());
    };
    EXPECT_TRUE(same(mine->sa.outbound, (*other)->sa.inbound));
    EXPECT_TRUE(same(mine->sa.inbound, (*other)->sa.outbound));
    EXPECT_FALSE(same(mine->sa.inbound, mine->sa.outbound));
    EXPECT_EQ(mine->sa.local_selectors, (*other)->sa.remote_selectors);
    EXPECT_EQ(mine->sa.remote_selectors, (*other)->sa.local_selectors);
    EXPECT_EQ(mine->sa.suite, (*other)->sa.suite);
    EXPECT_EQ(mine->sa.esn, (*other)->sa.esn);
  }
}

int Count(const std::vector<std::string>& log, absl::string_view line) {
  return static_cast<int>(std::count(log.begin(), log.end(), line));
}

}  // namespace culvert::iked::testing
