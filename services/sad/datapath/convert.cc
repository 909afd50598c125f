// SPDX-License-Identifier: Apache-2.0
#include "services/sad/datapath/convert.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"

namespace culvert::sad {
namespace {

using base::IpAddress;

base::Secret TakeKey(std::string* key) {
  base::Secret secret = base::Secret::CopyOf(base::AsBytes(*key));
  base::SecureWipe({reinterpret_cast<uint8_t*>(key->data()), key->size()});
  key->clear();
  return secret;
}

void Wipe(pb::Sa* sa) {
  TakeKey(sa->mutable_encryption_key());
  TakeKey(sa->mutable_integrity_key());
}

std::string Octets(const IpAddress& address) {
  return std::string(base::AsText(address.bytes()));
}

absl::StatusOr<ipsec::TrafficSelector> SelectorFromProto(const pb::TrafficSelector& message) {
  ipsec::TrafficSelector selector{.protocol = static_cast<uint8_t>(message.protocol()),
                                  .start_port = static_cast<uint16_t>(message.start_port()),
                                  .end_port = static_cast<uint16_t>(message.end_port()),
                                  .first = IpAddress::FromBytes(base::AsBytes(message.start_address())),
                                  .last = IpAddress::FromBytes(base::AsBytes(message.end_address()))};
  if (message.protocol() > 255 || message.start_port() > 65535 || message.end_port() > 65535 ||
      selector.first.is_none() || selector.first.family() != selector.last.family() || selector.first > selector.last) {
    return absl::InvalidArgumentError("a traffic selector is malformed");
  }
  return selector;
}

void SelectorToProto(const ipsec::TrafficSelector& selector, pb::TrafficSelector* message) {
  message->set_protocol(selector.protocol);
  message->set_start_port(selector.start_port);
  message->set_end_port(selector.end_port);
  message->set_start_address(Octets(selector.first));
  message->set_end_address(Octets(selector.last));
}

absl::StatusOr<OuterPath> PathFromProto(const pb::OuterPath& message) {
  OuterPath path{.local = {IpAddress::FromBytes(base::AsBytes(message.local_address())),
                           static_cast<uint16_t>(message.local_port())},
                 .remote = {IpAddress::FromBytes(base::AsBytes(message.remote_address())),
                            static_cast<uint16_t>(message.remote_port())},
                 .udp_encapsulation = message.udp_encapsulation()};
  if (path.local.address.is_none() || path.local.address.family() != path.remote.address.family()) {
    return absl::InvalidArgumentError("path: two addresses of one family are needed");
  }
  return path;
}

void PathToProto(const OuterPath& path, pb::OuterPath* message) {
  message->set_local_address(Octets(path.local.address));
  message->set_remote_address(Octets(path.remote.address));
  message->set_local_port(path.local.port);
  message->set_remote_port(path.remote.port);
  message->set_udp_encapsulation(path.udp_encapsulation);
}

void SaToProto(uint32_t spi, const SaKeys& keys, pb::Sa* message) {
  message->set_spi(spi);
  message->set_encryption_key(std::string(base::AsText(keys.encryption.view())));
  message->set_integrity_key(std::string(base::AsText(keys.integrity.view())));
}

Drops DropsFromProto(const google::protobuf::Map<std::string, uint64_t>& map) {
  return {map.begin(), map.end()};
}

}  // namespace

// ---- child SAs --------------------------------------------------------------------------------------------------

absl::StatusOr<ChildSaInfo> InfoFromProto(const pb::ChildSa& message) {
  if (!pb::Mode::Value_IsValid(message.mode()) || message.mode() == pb::Mode::UNSPECIFIED) {
    return absl::InvalidArgumentError("mode: TUNNEL or TRANSPORT");
  }
  if (!pb::Activation::Value_IsValid(message.activation())) return absl::InvalidArgumentError("activation: unknown");
  ChildSaInfo info;
  info.id = message.id();
  info.tunnel = message.tunnel();
  info.ike_sa_id = message.ike_sa_id();
  info.spi_in = message.inbound().spi();
  info.spi_out = message.outbound().spi();
  info.suite = message.suite();
  info.esn = message.esn();
  info.replay_window = message.replay_window();
  info.mode = message.mode() == pb::Mode::TRANSPORT ? Mode::kTransport : Mode::kTunnel;
  for (const auto& selector : message.local_selectors()) {
    ASSIGN_OR_RETURN(info.local_selectors.emplace_back(), SelectorFromProto(selector));
  }
  for (const auto& selector : message.remote_selectors()) {
    ASSIGN_OR_RETURN(info.remote_selectors.emplace_back(), SelectorFromProto(selector));
  }
  ASSIGN_OR_RETURN(info.path, PathFromProto(message.path()));
  info.replaces = message.replaces();
  info.activation = message.activation() == pb::Activation::UNSPECIFIED ? Activation::kNow
                                                                        : static_cast<Activation>(message.activation());
  info.hard_bytes = message.hard_bytes();
  info.hard_packets = message.hard_packets();
  info.soft_bytes = message.soft_bytes();
  info.soft_packets = message.soft_packets();
  info.copy_df = message.copy_df();
  info.copy_dscp = message.copy_dscp();
  info.ecn = message.ecn();
  info.nat_keepalive = message.nat_keepalive();
  info.tfc = message.tfc();
  return info;
}

absl::StatusOr<ChildSa> FromProto(pb::ChildSa* message) {
  ChildSa sa;
  auto take = [](pb::Sa* from) {
    return SaKeys{TakeKey(from->mutable_encryption_key()), TakeKey(from->mutable_integrity_key())};
  };
  sa.inbound = take(message->mutable_inbound());
  sa.outbound = take(message->mutable_outbound());
  ASSIGN_OR_RETURN(sa.info, InfoFromProto(*message));
  return sa;
}

void ToProto(const ChildSaInfo& info, pb::ChildSa* message) {
  message->set_id(info.id);
  message->set_tunnel(info.tunnel);
  message->set_ike_sa_id(info.ike_sa_id);
  message->mutable_inbound()->set_spi(info.spi_in);
  message->mutable_outbound()->set_spi(info.spi_out);
  message->set_suite(info.suite);
  message->set_esn(info.esn);
  message->set_replay_window(info.replay_window);
  message->set_mode(info.mode == Mode::kTransport ? pb::Mode::TRANSPORT : pb::Mode::TUNNEL);
  for (const auto& selector : info.local_selectors) SelectorToProto(selector, message->add_local_selectors());
  for (const auto& selector : info.remote_selectors) SelectorToProto(selector, message->add_remote_selectors());
  PathToProto(info.path, message->mutable_path());
  message->set_replaces(info.replaces);
  message->set_activation(static_cast<pb::Activation::Value>(info.activation));
  message->set_hard_bytes(info.hard_bytes);
  message->set_hard_packets(info.hard_packets);
  message->set_soft_bytes(info.soft_bytes);
  message->set_soft_packets(info.soft_packets);
  message->set_copy_df(info.copy_df);
  message->set_copy_dscp(info.copy_dscp);
  message->set_ecn(info.ecn);
  message->set_nat_keepalive(info.nat_keepalive);
  message->set_tfc(info.tfc);
}

// ---- operations -------------------------------------------------------------------------------------------------

absl::StatusOr<UpdatePath> FromProto(const pb::UpdatePath& message) {
  UpdatePath update{.id = message.id(), .path = {}};
  ASSIGN_OR_RETURN(update.path, PathFromProto(message.path()));
  return update;
}

RetireChildSa FromProto(const pb::RetireChildSa& message) {
  return {.id = message.id(), .grace = absl::Milliseconds(message.grace_ms())};
}

namespace {

void SetOperation(const ChildSa& sa, pb::DatapathOperation* message) {
  ToProto(sa.info, message->mutable_install());
  SaToProto(sa.info.spi_in, sa.inbound, message->mutable_install()->mutable_inbound());
  SaToProto(sa.info.spi_out, sa.outbound, message->mutable_install()->mutable_outbound());
}
void SetOperation(const RetireChildSa& retire, pb::DatapathOperation* message) {
  message->mutable_retire()->set_id(retire.id);
  message->mutable_retire()->set_grace_ms(static_cast<uint32_t>(absl::ToInt64Milliseconds(retire.grace)));
}
void SetOperation(const UpdatePath& update, pb::DatapathOperation* message) {
  message->mutable_update_path()->set_id(update.id);
  PathToProto(update.path, message->mutable_update_path()->mutable_path());
}

}  // namespace

void ToProto(const SaOperation& operation, pb::DatapathOperation* message) {
  std::visit([message](const auto& o) { SetOperation(o, message); }, operation);
}

void WipeKeys(pb::DatapathOperation* message) {
  if (!message->has_install()) return;
  Wipe(message->mutable_install()->mutable_inbound());
  Wipe(message->mutable_install()->mutable_outbound());
}

void ToProto(const PolicySet& policies, pb::PolicySet* message) {
  message->set_generation(policies.generation);
  for (const TunnelPolicy& policy : policies.policies) {
    pb::TunnelPolicy* out = message->add_policies();
    out->set_tunnel(policy.tunnel);
    for (const auto& selector : policy.local_selectors) SelectorToProto(selector, out->add_local_selectors());
    for (const auto& selector : policy.remote_selectors) SelectorToProto(selector, out->add_remote_selectors());
    out->set_acquire(policy.acquire);
    out->set_priority(policy.priority);
    out->set_path_mtu(policy.path_mtu);
    out->set_forward_out(policy.forward_out);
    out->set_forward_in(policy.forward_in);
  }
}

// ---- events -----------------------------------------------------------------------------------------------------

absl::StatusOr<DatapathEvent> FromProto(const pb::DatapathEvent& message) {
  auto endpoint = [](const auto& from) {
    return base::Endpoint{IpAddress::FromBytes(base::AsBytes(from.remote_address())),
                          static_cast<uint16_t>(from.remote_port())};
  };
  switch (message.event_case()) {
    case pb::DatapathEvent::kAcquire: {
      Acquire acquire{.tunnel = message.acquire().tunnel(), .source = {}, .destination = {}};
      ASSIGN_OR_RETURN(acquire.source, SelectorFromProto(message.acquire().source()));
      ASSIGN_OR_RETURN(acquire.destination, SelectorFromProto(message.acquire().destination()));
      return acquire;
    }
    case pb::DatapathEvent::kExpire:
      return Expire{message.expire().child_sa(), message.expire().hard()};
    case pb::DatapathEvent::kNatMapping:
      return NatMapping{message.nat_mapping().child_sa(), endpoint(message.nat_mapping())};
    case pb::DatapathEvent::kFirstInbound:
      return FirstInbound{message.first_inbound().child_sa()};
    case pb::DatapathEvent::kUnknownSpi:
      return UnknownSpi{message.unknown_spi().spi(), endpoint(message.unknown_spi())};
    case pb::DatapathEvent::kPathMtu:
      return PathMtu{IpAddress::FromBytes(base::AsBytes(message.path_mtu().remote_address()))};
    case pb::DatapathEvent::EVENT_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("an event of no kind");
}

namespace {

template <typename Message>
void SetRemote(const base::Endpoint& remote, Message* message) {
  message->set_remote_address(Octets(remote.address));
  message->set_remote_port(remote.port);
}
void SetEvent(const Acquire& acquire, pb::DatapathEvent* message) {
  message->mutable_acquire()->set_tunnel(acquire.tunnel);
  SelectorToProto(acquire.source, message->mutable_acquire()->mutable_source());
  SelectorToProto(acquire.destination, message->mutable_acquire()->mutable_destination());
}
void SetEvent(const Expire& expire, pb::DatapathEvent* message) {
  message->mutable_expire()->set_child_sa(expire.child_sa);
  message->mutable_expire()->set_hard(expire.hard);
}
void SetEvent(const NatMapping& mapping, pb::DatapathEvent* message) {
  message->mutable_nat_mapping()->set_child_sa(mapping.child_sa);
  SetRemote(mapping.remote, message->mutable_nat_mapping());
}
void SetEvent(const FirstInbound& first, pb::DatapathEvent* message) {
  message->mutable_first_inbound()->set_child_sa(first.child_sa);
}
void SetEvent(const UnknownSpi& unknown, pb::DatapathEvent* message) {
  message->mutable_unknown_spi()->set_spi(unknown.spi);
  SetRemote(unknown.remote, message->mutable_unknown_spi());
}
void SetEvent(const PathMtu& path, pb::DatapathEvent* message) {
  message->mutable_path_mtu()->set_remote_address(Octets(path.remote));
}

}  // namespace

void ToProto(const DatapathEvent& event, pb::DatapathEvent* message) {
  std::visit([message](const auto& e) { SetEvent(e, message); }, event);
}

// ---- capabilities and counters ----------------------------------------------------------------------------------

Capabilities FromProto(const pb::DatapathCapabilities& message) {
  return {.name = message.name(),
          .raw_esp = message.raw_esp(),
          .udp_encapsulation = message.udp_encapsulation(),
          .prefers_udp = message.prefers_udp(),
          .suites = {message.suites().begin(), message.suites().end()},
          .esn = message.esn(),
          .max_replay_window = message.max_replay_window()};
}

void ToProto(const Capabilities& capabilities, pb::DatapathCapabilities* message) {
  message->set_name(capabilities.name);
  message->set_raw_esp(capabilities.raw_esp);
  message->set_udp_encapsulation(capabilities.udp_encapsulation);
  message->set_prefers_udp(capabilities.prefers_udp);
  message->mutable_suites()->Assign(capabilities.suites.begin(), capabilities.suites.end());
  message->set_esn(capabilities.esn);
  message->set_max_replay_window(capabilities.max_replay_window);
}

CounterReading FromProto(const pb::ReadCountersResponse& message) {
  CounterReading reading;
  reading.sas.reserve(static_cast<size_t>(message.sas_size()));
  for (const auto& sa : message.sas()) {
    reading.sas.push_back({.id = sa.id(),
                           .bytes_in = sa.bytes_in(),
                           .packets_in = sa.packets_in(),
                           .bytes_out = sa.bytes_out(),
                           .packets_out = sa.packets_out(),
                           .last_in_boottime_ms = sa.last_in_boottime_ms(),
                           .last_out_boottime_ms = sa.last_out_boottime_ms(),
                           .drops_in = DropsFromProto(sa.drops_in()),
                           .drops_out = DropsFromProto(sa.drops_out())});
  }
  for (const auto& tunnel : message.tunnels()) {
    reading.tunnels.push_back({tunnel.tunnel(), DropsFromProto(tunnel.drops_out()), tunnel.path_mtu()});
  }
  reading.unattributed = DropsFromProto(message.unattributed_drops());
  return reading;
}

void ToProto(const ChildSaCounters& counters, pb::ChildSaCounters* message) {
  message->set_id(counters.id);
  message->set_bytes_in(counters.bytes_in);
  message->set_packets_in(counters.packets_in);
  message->set_bytes_out(counters.bytes_out);
  message->set_packets_out(counters.packets_out);
  message->set_last_in_boottime_ms(counters.last_in_boottime_ms);
  message->set_last_out_boottime_ms(counters.last_out_boottime_ms);
  for (const auto& [reason, packets] : counters.drops_in) (*message->mutable_drops_in())[reason] = packets;
  for (const auto& [reason, packets] : counters.drops_out) (*message->mutable_drops_out())[reason] = packets;
}

}  // namespace culvert::sad
