// SPDX-License-Identifier: Apache-2.0
#include "services/metricsd/collect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include <memory>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace culvert::metricsd {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Scrape(const Readings& readings, Detail detail = Detail::kNormal) {
  CounterKeeper keeper;
  Exposition exposition(keeper);
  Collect(readings, detail, &exposition);
  return prometheus::TextSerializer().Serialize(exposition.Take());
}

Readings TwoTunnels() {
  Readings readings;
  auto configuration = std::make_shared<config::v1::MetricsSnapshot>();
  for (const char* name : {"to-b", "to-c"}) {
    auto* tunnel = configuration->add_tunnels();
    tunnel->set_name(name);
    tunnel->set_enabled(true);
    tunnel->set_remote("192.0.2.2");
    tunnel->set_ike_version("IKEV2");
  }
  readings.configuration = configuration;
  auto* up = readings.tunnels.add_tunnels();
  up->set_name("to-b");
  up->set_state(ike::v1::TunnelState::UP);
  up->mutable_state_since()->set_seconds(1000);
  auto* sa = up->add_ike_sas();
  sa->set_state("ESTABLISHED");
  auto* child = sa->add_child_sas();
  child->set_name("to-b");
  child->set_state("INSTALLED");
  auto* traffic = readings.traffic.add_tunnels();
  traffic->set_tunnel("to-b");
  traffic->set_bytes_in(1400);
  (*traffic->mutable_drops_in())["replay"] = 3;
  (*traffic->mutable_drops_in())["mtu"] = 1;
  return readings;
}

TEST(Collect, ATunnelThatIsUp) {
  EXPECT_THAT(
      Scrape(TwoTunnels()),
      AllOf(HasSubstr("ipsec_tunnel_info{tunnel=\"to-b\",remote=\"192.0.2.2\",ike_version=\"IKEV2\",local_id="
                      "\"\",remote_id=\"\"} 1\n"),
            HasSubstr("ipsec_tunnel_enabled{tunnel=\"to-b\"} 1\n"), HasSubstr("ipsec_tunnel_up{tunnel=\"to-b\"} 1\n"),
            HasSubstr("ipsec_tunnel_state{tunnel=\"to-b\",state=\"UP\"} 1\n"),
            HasSubstr("ipsec_tunnel_last_change_timestamp_seconds{tunnel=\"to-b\"} 1000\n"),
            HasSubstr("ipsec_ike_sas{tunnel=\"to-b\",state=\"ESTABLISHED\"} 1\n"),
            HasSubstr("ipsec_child_sas{tunnel=\"to-b\",child=\"to-b\",state=\"INSTALLED\"} 1\n"),
            HasSubstr("ipsec_child_bytes_total{tunnel=\"to-b\",child=\"to-b\",direction=\"in\"} 1400\n"),
            HasSubstr("direction=\"in\",reason=\"replay\"} 3\n"), HasSubstr("reason=\"mtu\"} 1\n")));
}

TEST(Collect, ATunnelThatNobodyKnowsYetHasItsSeries) {
  EXPECT_THAT(Scrape(TwoTunnels()),
              AllOf(HasSubstr("ipsec_tunnel_up{tunnel=\"to-c\"} 0\n"),
                    HasSubstr("ipsec_ike_sas{tunnel=\"to-c\",state=\"ESTABLISHED\"} 0\n"),
                    HasSubstr("ipsec_child_sas{tunnel=\"to-c\",child=\"to-c\",state=\"INSTALLED\"} 0\n"),
                    HasSubstr("ipsec_child_bytes_total{tunnel=\"to-c\",child=\"to-c\",direction=\"out\"} 0\n"),
                    HasSubstr("ipsec_leak_blocked_packets_total{tunnel=\"to-c\"} 0\n")));
}

TEST(Collect, ZeroDropsAreShownWhereTheyMatter) {
  const std::string normal = Scrape(TwoTunnels());
  for (const char* reason : {"replay", "integrity", "policy", "firewall"}) {
    EXPECT_THAT(normal, HasSubstr(absl::StrCat("tunnel=\"to-c\",child=\"to-c\",direction=\"in\",reason=\"", reason)));
  }
  EXPECT_THAT(normal, Not(HasSubstr("tunnel=\"to-c\",child=\"to-c\",direction=\"in\",reason=\"queue\"")));
  const std::string full = Scrape(TwoTunnels(), Detail::kFull);
  EXPECT_THAT(full, HasSubstr("tunnel=\"to-c\",child=\"to-c\",direction=\"in\",reason=\"queue\"} 0\n"));
  EXPECT_THAT(full, HasSubstr("ipsec_tunnel_state{tunnel=\"to-b\",state=\"BACKOFF\"} 0\n"));
}

TEST(Collect, CountersOfIkedKeepTheirLabelsInOrder) {
  Readings readings;
  auto* counter = readings.ike.add_counters();
  counter->set_name("ipsec_ike_handshakes_total");
  (*counter->mutable_labels())["tunnel"] = "to-b";
  (*counter->mutable_labels())["role"] = "initiator";
  (*counter->mutable_labels())["result"] = "failed";
  (*counter->mutable_labels())["reason"] = "PSK_MISMATCH";
  counter->set_value(4);
  readings.ike.add_counters()->set_name("ipsec_of_a_newer_iked_total");
  EXPECT_THAT(Scrape(readings),
              AllOf(HasSubstr("ipsec_ike_handshakes_total{tunnel=\"to-b\",role=\"initiator\",result=\"failed\","
                              "reason=\"PSK_MISMATCH\"} 4\n"),
                    Not(HasSubstr("newer_iked"))));
}

TEST(Collect, HistogramsAreCumulative) {
  Readings readings;
  auto* histogram = readings.ike.add_handshakes();
  histogram->set_role("initiator");
  histogram->set_phase("total");
  histogram->add_bounds(0.01);
  histogram->add_bounds(0.1);
  for (const uint64_t count : {5, 2, 1}) histogram->add_counts(count);
  histogram->set_sum(0.75);
  EXPECT_THAT(Scrape(readings),
              AllOf(HasSubstr("phase=\"total\",le=\"0.01\"} 5\n"), HasSubstr("phase=\"total\",le=\"0.1\"} 7\n"),
                    HasSubstr("phase=\"total\",le=\"+Inf\"} 8\n"),
                    HasSubstr("ipsec_ike_handshake_duration_seconds_count{role=\"initiator\","
                              "phase=\"total\"} 8\n")));
}

// Prometheus' own rules for names: counters alone end in _total, units are base units.
TEST(Collect, NamesFollowTheirTypes) {
  std::set<absl::string_view> names;
  for (const Metric& metric : Metrics()) {
    EXPECT_TRUE(names.insert(metric.name).second) << metric.name;
    EXPECT_TRUE(absl::StartsWith(metric.name, "ipsec_")) << metric.name;
    EXPECT_EQ(absl::EndsWith(metric.name, "_total"), metric.type == prometheus::MetricType::Counter) << metric.name;
    EXPECT_EQ(metric.restart == Restart::kNone, metric.type == prometheus::MetricType::Gauge) << metric.name;
    EXPECT_TRUE(absl::EndsWith(metric.help, ".")) << metric.name;
  }
}

TEST(Collect, TenThousandTunnelsStayScrapable) {
  Readings readings;
  auto configuration = std::make_shared<config::v1::MetricsSnapshot>();
  for (int i = 0; i < 10'000; ++i) {
    const std::string name = absl::StrCat("tunnel-", i);
    configuration->add_tunnels()->set_name(name);
    auto* tunnel = readings.tunnels.add_tunnels();
    tunnel->set_name(name);
    tunnel->add_ike_sas()->set_state("ESTABLISHED");
    auto* traffic = readings.traffic.add_tunnels();
    traffic->set_tunnel(name);
    traffic->set_bytes_in(1);
  }
  readings.configuration = configuration;
  const absl::Time start = absl::Now();
  const std::string text = Scrape(readings);
  RecordProperty("scrape_ms", absl::StrCat(absl::ToInt64Milliseconds(absl::Now() - start)));
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));  // of a loaded machine under sanitizers; 0.5 s otherwise
  EXPECT_THAT(text.size(), ::testing::Gt(10'000u * 1000));
}

}  // namespace
}  // namespace culvert::metricsd
