// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/view_messages.h"

#include "absl/strings/str_format.h"

namespace culvert::iked {
namespace {

void ToProto(absl::Time time, google::protobuf::Timestamp* out) {
  const timespec spec = absl::ToTimespec(time);
  out->set_seconds(spec.tv_sec);
  out->set_nanos(static_cast<int32_t>(spec.tv_nsec));
}

// vici's convention: 0 where there is no such time.
int64_t Seconds(absl::Duration duration) {
  if (duration == absl::InfiniteDuration() || duration < absl::ZeroDuration()) return 0;
  return absl::ToInt64Seconds(duration);
}

}  // namespace

google::protobuf::Timestamp NowMessage(const base::Clock& clock) {
  google::protobuf::Timestamp now;
  ToProto(clock.Wall(), &now);
  return now;
}

void ToProto(const Diagnosis& diagnosis, ike::v1::Diagnosis* out) {
  out->set_code(static_cast<ike::v1::DiagnosisCode::Value>(diagnosis.code));
  out->set_phase(static_cast<ike::v1::Phase::Value>(diagnosis.phase));
  out->set_side(static_cast<ike::v1::Side::Value>(diagnosis.side));
  out->set_summary(diagnosis.summary);
  out->set_field(diagnosis.field);
  out->set_expected(diagnosis.expected);
  out->set_received(diagnosis.received);
  for (const std::string& cause : diagnosis.likely_causes) out->add_likely_causes(cause);
  for (const std::string& fix : diagnosis.fixes) out->add_fixes(fix);
  ToProto(diagnosis.time, out->mutable_time());
  out->set_peer(diagnosis.peer);
  out->set_tunnel(diagnosis.tunnel);
}

void ToProto(const ChildSaView& child, ike::v1::ChildSa* out) {
  out->set_name(child.name);
  out->set_uniqueid(child.id);
  out->set_state(child.state);
  out->set_mode(child.transport ? "TRANSPORT" : "TUNNEL");
  out->set_protocol("ESP");
  out->set_encap(child.encap);
  out->set_spi_in(absl::StrFormat("%08x", child.spi_in));
  out->set_spi_out(absl::StrFormat("%08x", child.spi_out));
  out->set_suite(child.suite);
  out->set_esn(child.esn);
  out->set_use_in(-1);  // until sad has told
  out->set_use_out(-1);
  out->set_rekey_time(Seconds(child.rekey_in));
  out->set_life_time(Seconds(child.life_time));
  out->set_install_time(Seconds(child.installed));
  for (const std::string& selector : child.local_ts) out->add_local_ts(selector);
  for (const std::string& selector : child.remote_ts) out->add_remote_ts(selector);
  out->set_pfs(child.pfs);
}

void ToProto(const IkeSaView& sa, ike::v1::IkeSa* out) {
  out->set_uniqueid(sa.id);
  out->set_tunnel(sa.tunnel);
  out->set_version(sa.version);
  out->set_state(sa.state);
  out->set_local_host(sa.local.address.ToString());
  out->set_local_port(sa.local.port);
  out->set_local_id(sa.local_id);
  out->set_remote_host(sa.remote.address.ToString());
  out->set_remote_port(sa.remote.port);
  out->set_remote_id(sa.remote_id);
  out->set_initiator(sa.initiator);
  out->set_initiator_spi(absl::StrFormat("%016x", sa.initiator_spi));
  out->set_responder_spi(absl::StrFormat("%016x", sa.responder_spi));
  out->set_suite(sa.suite);
  out->set_encr_alg(sa.encr);
  out->set_encr_keysize(sa.encr_key_bits);
  out->set_integ_alg(sa.integ);
  out->set_prf_alg(sa.prf);
  out->set_dh_group(sa.dh_group);
  out->set_established(Seconds(sa.established));
  out->set_rekey_time(Seconds(sa.rekey_in));
  out->set_reauth_time(Seconds(sa.reauth_in));
  out->set_life_time(Seconds(sa.life_time));
  out->set_nat(static_cast<ike::v1::Nat::Value>(sa.nat));
  for (const ChildSaView& child : sa.children) ToProto(child, out->add_child_sas());
  out->set_local_auth(sa.local_auth);
  out->set_remote_auth(sa.remote_auth);
  for (const std::string& address : sa.local_vips) out->add_local_vips(address);
  for (const std::string& address : sa.remote_vips) out->add_remote_vips(address);
  for (const std::string& extension : sa.extensions) out->add_extensions(extension);
}

void ToProto(const TunnelView& tunnel, ike::v1::Tunnel* out) {
  out->set_name(tunnel.name);
  out->set_state(static_cast<ike::v1::TunnelState::Value>(tunnel.state));
  out->set_reason(static_cast<ike::v1::TunnelReason::Value>(tunnel.reason));
  out->set_detail(tunnel.detail);
  ToProto(tunnel.state_since, out->mutable_state_since());
  if (tunnel.next_attempt) ToProto(*tunnel.next_attempt, out->mutable_next_attempt());
  out->set_attempts(tunnel.attempts);
  out->set_remote_endpoint(tunnel.remote_endpoint);
  if (tunnel.last_diagnosis) ToProto(*tunnel.last_diagnosis, out->mutable_last_diagnosis());
  for (const IkeSaView& sa : tunnel.ike_sas) ToProto(sa, out->add_ike_sas());
  out->set_enabled(tunnel.enabled);
}

void ToProto(const Event& event, ike::v1::Event* out) {
  ToProto(event.time, out->mutable_time());
  out->set_type(static_cast<ike::v1::EventType::Value>(event.type));
  out->set_tunnel(event.tunnel);
  out->set_message(event.message);
  if (event.tunnel_state) ToProto(*event.tunnel_state, out->mutable_tunnel_state());
  if (event.ike_sa) ToProto(*event.ike_sa, out->mutable_ike_sa());
  if (event.child_sa) ToProto(*event.child_sa, out->mutable_child_sa());
  if (event.diagnosis) ToProto(*event.diagnosis, out->mutable_diagnosis());
}

void ToProto(const CounterSample& sample, ike::v1::LabelledCounter* out) {
  out->set_name(std::string(sample.name));
  for (const auto& [label, value] : sample.labels) (*out->mutable_labels())[std::string(label)] = value;
  out->set_value(sample.value);
}

void ToProto(const HandshakeHistogram& histogram, ike::v1::HandshakeHistogram* out) {
  for (double bound : HandshakeHistogram::kBounds) out->add_bounds(bound);
  for (uint64_t count : histogram.counts) out->add_counts(count);
  out->set_sum(histogram.sum);
}

}  // namespace culvert::iked
