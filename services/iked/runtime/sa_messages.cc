// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/sa_messages.h"

#include <string>

namespace culvert::iked {
namespace {

std::string Octets(base::ByteView bytes) {
  return std::string(base::AsText(bytes));
}

void ToProto(const SaKeys& keys, datapath::v1::Sa* out) {
  out->set_spi(keys.spi);
  out->set_encryption_key(Octets(keys.encryption_key.view()));
  out->set_integrity_key(Octets(keys.integrity_key.view()));
}

void ToProto(const OuterPath& path, datapath::v1::OuterPath* out) {
  out->set_local_address(Octets(path.local.address.bytes()));
  out->set_remote_address(Octets(path.remote.address.bytes()));
  out->set_local_port(path.local.port);
  out->set_remote_port(path.remote.port);
  out->set_udp_encapsulation(path.udp_encapsulation);
}

void ToProto(const ipsec::TrafficSelector& selector, datapath::v1::TrafficSelector* out) {
  out->set_protocol(selector.protocol);
  out->set_start_port(selector.start_port);
  out->set_end_port(selector.end_port);
  out->set_start_address(Octets(selector.first.bytes()));
  out->set_end_address(Octets(selector.last.bytes()));
}

void Fill(const LeaseSpis& lease, sad::v1::SaOperation* out) {
  out->mutable_lease_spis()->set_count(lease.count);
}

void Fill(const InstallChildSa& install, sad::v1::SaOperation* out) {
  datapath::v1::ChildSa& sa = *out->mutable_install();
  sa.set_id(install.id);
  sa.set_tunnel(install.tunnel->name);
  sa.set_ike_sa_id(install.ike_sa);
  ToProto(install.inbound, sa.mutable_inbound());
  ToProto(install.outbound, sa.mutable_outbound());
  sa.set_suite(install.suite);
  sa.set_esn(install.esn);
  sa.set_replay_window(install.replay_window);
  sa.set_mode(install.transport ? datapath::v1::Mode::TRANSPORT : datapath::v1::Mode::TUNNEL);
  for (const auto& selector : install.local_selectors) ToProto(selector, sa.add_local_selectors());
  for (const auto& selector : install.remote_selectors) ToProto(selector, sa.add_remote_selectors());
  ToProto(install.path, sa.mutable_path());
  sa.set_replaces(install.replaces);
  sa.set_activation(static_cast<datapath::v1::Activation::Value>(install.activation));
  sa.set_hard_bytes(install.hard_bytes);
  sa.set_hard_packets(install.hard_packets);
  sa.set_soft_bytes(install.soft_bytes);
  sa.set_soft_packets(install.soft_packets);
  sa.set_copy_df(install.tunnel->copy_df);
  sa.set_copy_dscp(install.tunnel->copy_dscp);
  sa.set_ecn(install.tunnel->ecn);
  sa.set_nat_keepalive(install.nat_keepalive);
  sa.set_tfc(install.tfc);
}

void Fill(const RetireChildSa& retire, sad::v1::SaOperation* out) {
  out->mutable_retire()->set_id(retire.id);
  out->mutable_retire()->set_grace_ms(static_cast<uint32_t>(absl::ToInt64Milliseconds(retire.grace)));
}

void Fill(const UpdatePath& update, sad::v1::SaOperation* out) {
  out->mutable_update_path()->set_id(update.id);
  ToProto(update.path, out->mutable_update_path()->mutable_path());
}

void Fill(const ReconcileChildSas& reconcile, sad::v1::SaOperation* out) {
  for (uint64_t id : reconcile.child_sas) out->mutable_reconcile()->add_child_sas(id);
  for (uint32_t spi : reconcile.spis) out->mutable_reconcile()->add_spis(spi);
  out->mutable_reconcile();
}

void Fill(const SetVirtualIps& virtuals, sad::v1::SaOperation* out) {
  out->mutable_set_virtual_ips()->set_tunnel(virtuals.tunnel);
  for (const base::IpAddress& address : virtuals.addresses) {
    out->mutable_set_virtual_ips()->add_addresses(Octets(address.bytes()));
  }
}

std::optional<ipsec::TrafficSelector> FromProto(const datapath::v1::TrafficSelector& selector) {
  ipsec::TrafficSelector out;
  out.protocol = static_cast<uint8_t>(selector.protocol());
  out.start_port = static_cast<uint16_t>(selector.start_port());
  out.end_port = static_cast<uint16_t>(selector.end_port());
  out.first = base::IpAddress::FromBytes(base::AsBytes(selector.start_address()));
  out.last = base::IpAddress::FromBytes(base::AsBytes(selector.end_address()));
  if (out.first.is_none() || out.first.family() != out.last.family()) return std::nullopt;
  return out;
}

base::Endpoint EndpointOf(const std::string& address, uint32_t port) {
  return {base::IpAddress::FromBytes(base::AsBytes(address)), static_cast<uint16_t>(port)};
}

void Wipe(std::string* secret) {
  base::SecureWipe({reinterpret_cast<uint8_t*>(secret->data()), secret->size()});
}

}  // namespace

void ToProto(const SaOperation& operation, sad::v1::SaOperation* out) {
  std::visit(
      [out](const auto& o) {
        out->set_sequence(o.sequence);
        Fill(o, out);
      },
      operation);
}

void WipeKeys(sad::v1::AttachRequest* request) {
  for (sad::v1::SaOperation& operation : *request->mutable_operations()) {
    if (!operation.has_install()) continue;
    for (datapath::v1::Sa* sa :
         {operation.mutable_install()->mutable_inbound(), operation.mutable_install()->mutable_outbound()}) {
      Wipe(sa->mutable_encryption_key());
      Wipe(sa->mutable_integrity_key());
    }
  }
}

std::optional<Input> FromProto(const datapath::v1::DatapathEvent& event) {
  using Noticed = datapath::v1::DatapathEvent;
  switch (event.event_case()) {
    case Noticed::kAcquire: {
      const auto source = FromProto(event.acquire().source());
      const auto destination = FromProto(event.acquire().destination());
      if (!source || !destination) return std::nullopt;
      return Acquire{event.acquire().tunnel(), *source, *destination};
    }
    case Noticed::kExpire:
      return ChildExpire{event.expire().child_sa(), event.expire().hard()};
    case Noticed::kNatMapping: {
      const auto& mapping = event.nat_mapping();
      const base::Endpoint remote = EndpointOf(mapping.remote_address(), mapping.remote_port());
      if (remote.address.is_none()) return std::nullopt;
      return NatMapping{mapping.child_sa(), remote};
    }
    case Noticed::kFirstInbound:
      return FirstInbound{event.first_inbound().child_sa()};
    case Noticed::kUnknownSpi: {
      const auto& unknown = event.unknown_spi();
      const base::Endpoint remote = EndpointOf(unknown.remote_address(), unknown.remote_port());
      if (remote.address.is_none()) return std::nullopt;
      return UnknownSpi{unknown.spi(), remote};
    }
    case Noticed::kPathMtu:  // the engine's messages have their own fragmentation
    case Noticed::EVENT_NOT_SET:
      break;
  }
  return std::nullopt;
}

HostAddresses FromProto(const sad::v1::HostAddresses& addresses) {
  HostAddresses out;
  for (const std::string& text : addresses.addresses()) {
    if (auto address = base::IpAddress::Parse(text); address.ok()) out.addresses.push_back(*address);
  }
  return out;
}

DatapathCapabilities FromProto(const datapath::v1::DatapathCapabilities& capabilities) {
  DatapathCapabilities out;
  out.name = capabilities.name();
  out.raw_esp = capabilities.raw_esp();
  out.udp_encapsulation = capabilities.udp_encapsulation();
  out.prefers_udp = capabilities.prefers_udp();
  out.esn = capabilities.esn();
  out.max_replay_window = capabilities.max_replay_window();
  return out;
}

}  // namespace culvert::iked
