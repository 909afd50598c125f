// SPDX-License-Identifier: Apache-2.0
#include "services/metricsd/metrics.h"

namespace culvert::metricsd {

const std::vector<Metric>& Metrics() {
  constexpr auto kGauge = prometheus::MetricType::Gauge;
  constexpr auto kCounter = prometheus::MetricType::Counter;
  constexpr auto kHistogram = prometheus::MetricType::Histogram;
  constexpr auto kNone = Restart::kNone;
  constexpr auto kFromZero = Restart::kFromZero;
  constexpr auto kResumes = Restart::kResumes;
  // clang-format off
  static const auto* const metrics = new std::vector<Metric>{
      // the gateway
      {"ipsec_build_info", kGauge, kNone, {"version", "revision", "datapath"}, "Always 1; which build runs on which datapath."},
      {"ipsec_source_up", kGauge, kNone, {"process"}, "1 where the process answered this scrape; 0: its values are those of its last answer."},
      {"ipsec_process_up", kGauge, kNone, {"process"}, "1 while culvertd sees the process running."},
      {"ipsec_process_restarts_total", kCounter, kFromZero, {"process"}, "Restarts of the process by culvertd."},
      {"ipsec_config_revision", kGauge, kNone, {}, "The running revision of the configuration."},
      {"ipsec_config_commits_total", kCounter, kFromZero, {"result"}, "Commits asked for, by result: ok or refused."},
      {"ipsec_certificate_not_after_timestamp_seconds", kGauge, kNone, {"name"}, "When the certificate ceases to be valid, seconds since 1970."},
      // tunnels
      {"ipsec_tunnel_info", kGauge, kNone, {"tunnel", "remote", "ike_version", "local_id", "remote_id"}, "Always 1; the tunnel as configured."},
      {"ipsec_tunnel_enabled", kGauge, kNone, {"tunnel"}, "1 where the configuration enables the tunnel."},
      {"ipsec_tunnel_up", kGauge, kNone, {"tunnel"}, "1 while every subnet pair of the tunnel is carried."},
      {"ipsec_tunnel_state", kGauge, kNone, {"tunnel", "state"}, "1 for the state that the tunnel is in."},
      {"ipsec_tunnel_last_change_timestamp_seconds", kGauge, kNone, {"tunnel"}, "When the tunnel took its present state, seconds since 1970."},
      {"ipsec_ike_sas", kGauge, kNone, {"tunnel", "state"}, "IKE SAs by state."},
      {"ipsec_child_sas", kGauge, kNone, {"tunnel", "child", "state"}, "CHILD_SAs by state."},
      // negotiation
      {"ipsec_ike_half_open_sas", kGauge, kNone, {}, "IKE SAs whose peer has not authenticated itself yet."},
      {"ipsec_ike_handshakes_total", kCounter, kFromZero, {"tunnel", "role", "result", "reason"}, "Handshakes that ended, by our role, result and reason; tunnel is empty where none matched."},
      {"ipsec_ike_handshake_duration_seconds", kHistogram, kFromZero, {"role", "phase"}, "How long handshakes took."},
      {"ipsec_ike_messages_total", kCounter, kFromZero, {"direction", "exchange", "type"}, "IKE messages."},
      {"ipsec_ike_retransmits_total", kCounter, kFromZero, {"tunnel"}, "IKE requests that were sent again."},
      {"ipsec_ike_invalid_messages_total", kCounter, kFromZero, {"reason"}, "IKE messages that were dropped, by reason."},
      {"ipsec_ike_cookies_sent_total", kCounter, kFromZero, {}, "COOKIE notifications sent while half-open SAs were many."},
      {"ipsec_rekeys_total", kCounter, kFromZero, {"tunnel", "kind", "initiator", "result"}, "Rekeys of IKE SAs and CHILD_SAs."},
      {"ipsec_rekey_collisions_total", kCounter, kFromZero, {"tunnel", "kind"}, "Rekeys that both sides began at once."},
      {"ipsec_dpd_probes_total", kCounter, kFromZero, {"tunnel", "result"}, "Dead peer detection probes."},
      {"ipsec_dpd_timeouts_total", kCounter, kFromZero, {"tunnel"}, "Peers that were declared dead."},
      // traffic
      {"ipsec_child_bytes_total", kCounter, kResumes, {"tunnel", "child", "direction"}, "Inner bytes carried."},
      {"ipsec_child_packets_total", kCounter, kResumes, {"tunnel", "child", "direction"}, "Inner packets carried."},
      {"ipsec_child_drops_total", kCounter, kResumes, {"tunnel", "child", "direction", "reason"}, "Packets dropped, by reason; tunnel is empty where no SA was found."},
      {"ipsec_leak_blocked_packets_total", kCounter, kResumes, {"tunnel"}, "Packets of the tunnel's selectors that would have gone in clear."},
      {"ipsec_path_mtu_bytes", kGauge, kNone, {"tunnel"}, "Largest inner packet that fits the path."},
      {"ipsec_firewall_rules", kGauge, kNone, {"tunnel"}, "Firewall rules that stand for the tunnel."},
      {"ipsec_refused_sa_operations_total", kCounter, kFromZero, {}, "SA operations that sad refused to iked: another tunnel's selectors, suite or SPI."},
  };
  // clang-format on
  return *metrics;
}

}  // namespace culvert::metricsd
