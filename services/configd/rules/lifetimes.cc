// SPDX-License-Identifier: Apache-2.0
#include "absl/strings/str_cat.h"
#include "services/configd/rules/subjects.h"

namespace culvert::configd {
namespace {

using google::protobuf::Duration;

constexpr int64_t kMinute = 60;
constexpr int64_t kDay = 86400;
constexpr int64_t kShortestLifetime = 30;
constexpr int64_t kLongestLifetime = 5793 * kDay;

struct Range {
  int64_t least, most;
  absl::string_view words;  // "30s to 5793d"
};

bool CheckRange(const TunnelView& tunnel, absl::string_view field, int64_t value, const Range& range,
                absl::string_view unit, Problems* problems) {
  if (value >= range.least && value <= range.most) return true;
  problems->Error(Code::OUT_OF_RANGE, tunnel.Path(field), absl::StrCat(value, unit, " is out of range"), range.words);
  return false;
}

void CheckLifetime(const TunnelView& tunnel, absl::string_view phase, const Duration& lifetime, const Duration& margin,
                   const Range& usual, Problems* problems) {
  const std::string field = absl::StrCat(phase, ".lifetime");
  const Range possible = {kShortestLifetime, kLongestLifetime, "30s to 5793d"};
  if (!CheckRange(tunnel, field, lifetime.seconds(), possible, "s", problems)) return;
  if (lifetime.seconds() < usual.least || lifetime.seconds() > usual.most) {
    problems->Warning(Code::LIFETIME_UNUSUAL, tunnel.Path(field), absl::StrCat(lifetime.seconds(), "s is unusual"),
                      absl::StrCat("usual is ", usual.words));
  }
  CheckRange(tunnel, absl::StrCat(phase, ".rekey_margin"), margin.seconds(),
             {0, lifetime.seconds() - 1, "less than the lifetime"}, "s", problems);
}

}  // namespace

void CheckLifetimes(const TunnelView& tunnel, Problems* problems) {
  const auto& ike = tunnel.effective.ike();
  const auto& esp = tunnel.effective.esp();
  CheckLifetime(tunnel, "ike", ike.lifetime(), ike.rekey_margin(), {5 * kMinute, 7 * kDay, "5m to 7d"}, problems);
  CheckLifetime(tunnel, "esp", esp.lifetime(), esp.rekey_margin(), {5 * kMinute, kDay, "5m to 24h"}, problems);
  if (esp.inactivity().seconds() != 0 && tunnel.effective.startup() == config::v1::Startup::START) {
    problems->Warning(Code::CONFLICT, tunnel.Path("esp.inactivity"),
                      "startup is START: an idle CHILD SA that is closed comes straight back", "set startup to ROUTE");
  }
}

void CheckDeadPeerDetection(const TunnelView& tunnel, Problems* problems) {
  const auto& dpd = tunnel.effective.dpd();
  const int64_t delay = dpd.delay().seconds();
  if (CheckRange(tunnel, "dpd.delay", delay, {1, 3600, "1s to 3600s"}, "s", problems) &&
      dpd.timeout().seconds() < 2 * delay) {
    problems->Error(Code::DPD_TIMEOUT_TOO_SHORT, tunnel.Path("dpd.timeout"),
                    absl::StrCat(dpd.timeout().seconds(), "s leaves no time for a second probe"),
                    absl::StrCat("at least twice the delay: ", 2 * delay, "s"));
  }
  CheckRange(tunnel, "dpd.timeout", dpd.timeout().seconds(), {1, kDay, "at most 24h"}, "s", problems);
  if (!dpd.enabled() && tunnel.effective.startup() == config::v1::Startup::START) {
    problems->Warning(Code::NO_DEAD_PEER_DETECTION, tunnel.Path("dpd.enabled"),
                      "startup is START, but a dead peer is noticed at the next rekey only", "set dpd.enabled to true");
  }
}

void CheckRanges(const TunnelView& tunnel, Problems* problems) {
  const auto& ike = tunnel.effective.ike();
  const auto& esp = tunnel.effective.esp();
  const struct {
    absl::string_view field;
    int64_t value;
    Range range;
    absl::string_view unit;
  } rows[] = {
      {"ike.dscp", ike.dscp(), {0, 63, "0 to 63"}, ""},
      {"ike.rekey_jitter_percent", ike.rekey_jitter_percent(), {0, 100, "0 to 100"}, "%"},
      {"ike.retry_cap", ike.retry_cap().seconds(), {1, kDay, "1s to 24h"}, "s"},
      {"esp.replay_window", esp.replay_window(), {0, 4096, "0 (off) to 4096"}, ""},
      {"esp.tfc", esp.tfc(), {0, 65535, "0 (off) to 65535"}, ""},
      {"esp.inactivity", esp.inactivity().seconds(), {0, kLongestLifetime, "0s (off) to 5793d"}, "s"},
      {"remote.failback", tunnel.effective.remote().failback().seconds(), {0, kDay, "0s (off) to 24h"}, "s"},
  };
  for (const auto& row : rows) CheckRange(tunnel, row.field, row.value, row.range, row.unit, problems);
}

}  // namespace culvert::configd
