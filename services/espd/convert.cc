// SPDX-License-Identifier: Apache-2.0
#include "services/espd/convert.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"

namespace culvert::espd {
namespace {

base::ByteView View(const std::string& octets) {
  return base::AsBytes(octets);
}
std::string Octets(base::ByteView view) {
  return {view.begin(), view.end()};
}

base::Secret TakeSecret(std::string* field) {
  base::Secret secret = base::Secret::CopyOf(View(*field));
  base::SecureWipe({reinterpret_cast<uint8_t*>(field->data()), field->size()});
  field->clear();
  return secret;
}

SaConfig TakeSa(pb::Sa* sa) {
  return {sa->spi(), TakeSecret(sa->mutable_encryption_key()), TakeSecret(sa->mutable_integrity_key())};
}

absl::Status CheckSelector(const pb::TrafficSelector& s) {
  const size_t size = s.start_address().size();
  if ((size != 4 && size != 16) || s.end_address().size() != size || s.start_address() > s.end_address()) {
    return absl::InvalidArgumentError("a traffic selector's addresses are no range of one family");
  }
  if (s.start_port() > 0xffff || s.end_port() > 0xffff || s.protocol() > 0xff) {
    return absl::InvalidArgumentError("a traffic selector's port or protocol is out of range");
  }
  return absl::OkStatus();
}

cv_range RangeOf(const pb::TrafficSelector& s) {
  cv_range range = {};
  std::ranges::copy(View(s.start_address()), range.first);
  std::ranges::copy(View(s.end_address()), range.last);
  return range;
}

cv_port_range PortsOf(const pb::TrafficSelector& s) {
  return {static_cast<uint16_t>(s.start_port()), static_cast<uint16_t>(s.end_port())};
}

using Selectors = google::protobuf::RepeatedPtrField<pb::TrafficSelector>;

// Every pair of a local and a remote selector that a packet can match at once: of one family, and of one protocol
// unless either takes any.
absl::StatusOr<std::vector<cv_selector>> Combine(const Selectors& locals, const Selectors& remotes) {
  std::vector<cv_selector> out;
  for (const pb::TrafficSelector& local : locals) {
    RETURN_IF_ERROR(CheckSelector(local));
    for (const pb::TrafficSelector& remote : remotes) {
      RETURN_IF_ERROR(CheckSelector(remote));
      if (local.start_address().size() != remote.start_address().size()) continue;
      if (local.protocol() != 0 && remote.protocol() != 0 && local.protocol() != remote.protocol()) continue;
      cv_selector s = {};
      s.source = RangeOf(local);
      s.destination = RangeOf(remote);
      s.source_port = PortsOf(local);
      s.destination_port = PortsOf(remote);
      s.version = local.start_address().size() == 4 ? 4 : 6;
      s.protocol = static_cast<uint8_t>(std::max(local.protocol(), remote.protocol()));
      out.push_back(s);
    }
  }
  return out;
}

// Transport mode has no header of its own to say between whom it is.
bool IsHostToHost(const std::vector<cv_selector>& selectors) {
  return std::all_of(selectors.begin(), selectors.end(), [&](const cv_selector& s) {
    const auto same = [](const uint8_t* a, const uint8_t* b) { return std::equal(a, a + 16, b); };
    return same(s.source.first, s.source.last) && same(s.destination.first, s.destination.last) &&
           same(s.source.first, selectors.front().source.first) &&
           same(s.destination.first, selectors.front().destination.first);
  });
}

absl::StatusOr<Activation> FromProto(pb::Activation::Value value) {
  switch (value) {
    case pb::Activation::NOW:
      return Activation::kNow;
    case pb::Activation::ON_FIRST_INBOUND:
      return Activation::kOnFirstInbound;
    case pb::Activation::ON_RETIRE:
      return Activation::kOnRetire;
    default:
      return absl::InvalidArgumentError("activation is missing");
  }
}

// The packet's own end of a flow, as RFC 7296 2.9 wants it in an acquire.
void FillEnd(const uint8_t* address, uint16_t port, const cv_flow& flow, pb::TrafficSelector* s) {
  const size_t size = flow.version == 4 ? 4 : 16;
  s->set_protocol(flow.protocol);
  s->set_start_address(Octets({address, size}));
  s->set_end_address(Octets({address, size}));
  s->set_start_port(flow.opaque != 0 ? 0 : port);
  s->set_end_port(flow.opaque != 0 ? 0xffff : port);
}

}  // namespace

absl::StatusOr<OuterPathConfig> FromProto(const pb::OuterPath& message) {
  OuterPathConfig path;
  path.local = {base::IpAddress::FromBytes(View(message.local_address())), static_cast<uint16_t>(message.local_port())};
  path.remote = {base::IpAddress::FromBytes(View(message.remote_address())),
                 static_cast<uint16_t>(message.remote_port())};
  path.udp_encapsulation = message.udp_encapsulation();
  if (path.remote.address.is_none() || path.local.address.family() != path.remote.address.family()) {
    return absl::InvalidArgumentError("outer addresses missing or of two families");
  }
  if (path.udp_encapsulation && (message.remote_port() == 0 || message.remote_port() > 0xffff)) {
    return absl::InvalidArgumentError("UDP encapsulation without a remote port");
  }
  return path;
}

absl::StatusOr<ChildSaConfig> TakeChildSa(pb::ChildSa* message) {
  ChildSaConfig c;
  // First of all, so that no way out of here leaves a key behind.
  c.inbound = TakeSa(message->mutable_inbound());
  c.outbound = TakeSa(message->mutable_outbound());
  if (message->mode() == pb::Mode::UNSPECIFIED) return absl::InvalidArgumentError("mode is missing");
  if (message->id() == 0) return absl::InvalidArgumentError("id is missing");
  c.id = message->id();
  c.tunnel = message->tunnel();
  c.ike_sa_id = message->ike_sa_id();
  c.suite = message->suite();
  c.esn = message->esn();
  c.replay_window = message->replay_window();
  ASSIGN_OR_RETURN(c.selectors, Combine(message->local_selectors(), message->remote_selectors()));
  ASSIGN_OR_RETURN(c.path, FromProto(message->path()));
  c.replaces = message->replaces();
  ASSIGN_OR_RETURN(c.activation, FromProto(message->activation()));
  c.limits = {.hard_bytes = message->hard_bytes(),
              .hard_packets = message->hard_packets(),
              .soft_bytes = message->soft_bytes(),
              .soft_packets = message->soft_packets()};
  c.copy_dscp = message->copy_dscp();
  c.ecn = message->ecn();
  c.tfc = message->tfc();
  c.transport = message->mode() == pb::Mode::TRANSPORT;
  if (c.transport && !IsHostToHost(c.selectors)) {
    return absl::InvalidArgumentError("transport mode between more than two hosts");
  }
  return c;
}

absl::StatusOr<std::vector<PolicyConfig>> FromProto(const pb::PolicySet& message) {
  std::vector<PolicyConfig> policies;
  for (const pb::TunnelPolicy& p : message.policies()) {
    PolicyConfig config = {.tunnel = p.tunnel(),
                           .selectors = {},
                           .acquire = p.acquire(),
                           .priority = p.priority(),
                           .path_mtu = p.path_mtu()};
    ASSIGN_OR_RETURN(config.selectors, Combine(p.local_selectors(), p.remote_selectors()));
    policies.push_back(std::move(config));
  }
  return policies;
}

pb::DatapathEvent ToProto(const Notice& notice) {
  const Event& e = notice.event;
  pb::DatapathEvent out;
  switch (e.kind) {
    case Event::Kind::kAcquire: {
      auto* acquire = out.mutable_acquire();
      acquire->set_tunnel(notice.tunnel);
      FillEnd(e.flow.source, e.flow.source_port, e.flow, acquire->mutable_source());
      FillEnd(e.flow.destination, e.flow.destination_port, e.flow, acquire->mutable_destination());
      break;
    }
    case Event::Kind::kSoftExpire:
    case Event::Kind::kHardExpire:
      out.mutable_expire()->set_child_sa(e.child_sa);
      out.mutable_expire()->set_hard(e.kind == Event::Kind::kHardExpire);
      break;
    case Event::Kind::kFirstInbound:
      out.mutable_first_inbound()->set_child_sa(e.child_sa);
      break;
    case Event::Kind::kNatMapping:
      out.mutable_nat_mapping()->set_child_sa(e.child_sa);
      out.mutable_nat_mapping()->set_remote_address(Octets(e.source.address.bytes()));
      out.mutable_nat_mapping()->set_remote_port(e.source.port);
      break;
    case Event::Kind::kUnknownSpi:
      out.mutable_unknown_spi()->set_spi(e.spi);
      out.mutable_unknown_spi()->set_remote_address(Octets(e.source.address.bytes()));
      out.mutable_unknown_spi()->set_remote_port(e.source.port);
      break;
    case Event::Kind::kPathMtu:
      out.mutable_path_mtu()->set_remote_address(Octets(e.source.address.bytes()));
      break;
  }
  return out;
}

void ToProto(const DropCounters& drops, google::protobuf::Map<std::string, uint64_t>* map) {
  for (size_t i = 0; i < kDrops; ++i) {
    if (const uint64_t packets = drops.Get(static_cast<Drop>(i))) (*map)[std::string(kDropWords[i])] = packets;
  }
}

pb::ChildSaCounters ToProto(const ChildSaReading& r) {
  pb::ChildSaCounters out;
  out.set_id(r.id);
  out.set_bytes_in(r.in.bytes);
  out.set_packets_in(r.in.packets);
  out.set_bytes_out(r.out.bytes);
  out.set_packets_out(r.out.packets);
  out.set_last_in_boottime_ms(r.in.last_boottime_ms);
  out.set_last_out_boottime_ms(r.out.last_boottime_ms);
  ToProto(r.in.drops, out.mutable_drops_in());
  ToProto(r.out.drops, out.mutable_drops_out());
  return out;
}

pb::TunnelCounters ToProto(const TunnelReading& r) {
  pb::TunnelCounters out;
  out.set_tunnel(r.name);
  out.set_path_mtu(r.inner_mtu);
  ToProto(r.drops_out, out.mutable_drops_out());
  return out;
}

}  // namespace culvert::espd
