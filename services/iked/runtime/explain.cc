// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/explain.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace culvert::iked {
namespace {

// What each state means to somebody who has not read a manual; indexed by TunnelState.
constexpr std::array<absl::string_view, 10> kStates = {
    "",
    "is disabled: it has no SAs and answers nobody",
    "is idle: it answers the peer, or waits for an operator",
    "waits for the first packet that matches its subnets",
    "is connecting",
    "is up: every subnet pair is carried",
    "is partly up: some subnet pairs are carried",
    "is down and will try again",
    "is down and cannot try",
    "is closing",
};

constexpr std::array<absl::string_view, 13> kReasons = {
    "",
    "its local address is not on this host",
    "the peer's name does not resolve",
    "there is no route to the peer",
    "an operator took it down (`culvertctl up` brings it back)",
    "its startup is IGNORE: it waits for `culvertctl up`",
    "the peer does not answer",
    "the negotiation failed",
    "the peer deleted it",
    "no datapath is available to carry it",
    "no secret serves this peer",
    "the peer stopped answering (dead peer detection)",
    "its configuration asks for what this version cannot do",
};

template <size_t N>
absl::string_view WordsFor(const std::array<absl::string_view, N>& table, size_t index) {
  return index < N ? table[index] : absl::string_view();
}

std::string Rounded(absl::Duration duration) {
  const absl::Duration unit = duration < absl::Seconds(10) ? absl::Milliseconds(100) : absl::Seconds(1);
  return absl::FormatDuration(absl::Trunc(duration, unit));
}

absl::string_view RoleOf(Side side) {
  return side == Side::kInitiator ? "as initiator" : "as responder";
}

std::string Headline(const TunnelView& tunnel, absl::Time now) {
  std::string line = absl::StrCat("Tunnel ", tunnel.name, " ", WordsFor(kStates, static_cast<size_t>(tunnel.state)));
  const absl::string_view reason = WordsFor(kReasons, static_cast<size_t>(tunnel.reason));
  if (!reason.empty()) absl::StrAppend(&line, "; ", reason);
  absl::StrAppend(&line, ". So for ", Rounded(now - tunnel.state_since), ".");
  if (!tunnel.detail.empty()) absl::StrAppend(&line, "\n", tunnel.detail);
  if (tunnel.attempts > 0) absl::StrAppend(&line, "\nFailed attempts since it was last up: ", tunnel.attempts, ".");
  if (tunnel.next_attempt) {
    absl::StrAppend(&line, "\nNext attempt in ", Rounded(std::max(*tunnel.next_attempt - now, absl::ZeroDuration())),
                    ".");
  }
  return line;
}

std::string SasOf(const TunnelView& tunnel) {
  std::string out;
  for (const IkeSaView& sa : tunnel.ike_sas) {
    absl::StrAppendFormat(&out, "\nIKE SA %d %s with %s (%s), %s", sa.id, sa.state, sa.remote.ToString(),
                          sa.remote_id.empty() ? "identity not seen yet" : sa.remote_id,
                          sa.suite.empty() ? "no suite yet" : sa.suite);
    for (const ChildSaView& child : sa.children) {
      absl::StrAppendFormat(&out, "\n  CHILD_SA %s %s: %s <-> %s, %s", child.name, child.state,
                            absl::StrJoin(child.local_ts, " "), absl::StrJoin(child.remote_ts, " "), child.suite);
    }
  }
  return out;
}

std::string StoryOf(const Diagnosis& diagnosis, absl::TimeZone zone) {
  std::string out = absl::StrCat("What happened: ", Name(diagnosis.code), " in ", Name(diagnosis.phase), " ",
                                 RoleOf(diagnosis.side), diagnosis.peer.empty() ? "" : " with ", diagnosis.peer, " at ",
                                 absl::FormatTime("%H:%M:%S", diagnosis.time, zone), "\n  ", diagnosis.summary);
  if (!diagnosis.expected.empty()) absl::StrAppend(&out, "\n  expected  ", diagnosis.expected);
  if (!diagnosis.received.empty()) absl::StrAppend(&out, "\n  received  ", diagnosis.received);
  if (!diagnosis.field.empty()) absl::StrAppend(&out, "\n  look at   ", diagnosis.field);
  if (!diagnosis.likely_causes.empty()) {
    absl::StrAppend(&out, "\nLikely causes, likeliest first:\n  - ", absl::StrJoin(diagnosis.likely_causes, "\n  - "));
  }
  if (!diagnosis.fixes.empty()) {
    absl::StrAppend(&out, "\nWhat to do:\n  - ", absl::StrJoin(diagnosis.fixes, "\n  - "));
  }
  return out;
}

}  // namespace

std::string Explain(const TunnelView& tunnel, std::span<const Diagnosis> history, absl::Time now, absl::TimeZone zone) {
  std::string out = absl::StrCat(Headline(tunnel, now), SasOf(tunnel), "\n");
  if (tunnel.last_diagnosis) absl::StrAppend(&out, "\n", StoryOf(*tunnel.last_diagnosis, zone), "\n");

  // The newest of the history is the one that was just told, unless the tunnel has come up since.
  const size_t told = tunnel.last_diagnosis && !history.empty() ? 1 : 0;
  if (history.size() > told) absl::StrAppend(&out, "\nEarlier:\n");
  for (const Diagnosis& diagnosis : history.subspan(std::min(told, history.size()))) {
    absl::StrAppend(&out, "  ", absl::FormatTime("%Y-%m-%d %H:%M:%S", diagnosis.time, zone), "  ", Name(diagnosis.code),
                    ": ", diagnosis.summary, "\n");
  }
  return out;
}

}  // namespace culvert::iked
