// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/schedule.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace culvert::sim {
namespace {

constexpr int kGentleVerbs = static_cast<int>(Verb::kRekeyAll) + 1;
constexpr int kVerbs = static_cast<int>(Verb::kAcquire) + 1;

const char* Word(Verb verb) {
  switch (verb) {
    case Verb::kRekeyChild:
      return "rekeys its CHILD_SAs";
    case Verb::kRekeyIke:
      return "rekeys its IKE SA";
    case Verb::kRekeyAll:
      return "rekeys everything";
    case Verb::kDownChild:
      return "deletes its CHILD_SAs";
    case Verb::kDownAndUp:
      return "is taken down";
    case Verb::kCrash:
      return "crashes";
    case Verb::kReconfigure:
      return "is configured anew";
    case Verb::kCut:
      return "is cut off";
    case Verb::kAcquire:
      return "has traffic waiting";
    case Verb::kSoftLimit:
      return "has carried enough";
    case Verb::kHardLimit:
      break;
  }
  return "has carried all it may";
}

class Dice {
 public:
  explicit Dice(uint64_t seed) : engine_(seed * 0x9E3779B97F4A7C15u + 1) {}
  int Below(int limit) { return static_cast<int>(engine_() % static_cast<uint64_t>(limit)); }
  bool OneIn(int n) { return Below(n) == 0; }
  absl::Duration Milliseconds(int limit) { return absl::Milliseconds(Below(limit)); }
  absl::Duration Between(int from, int to) { return absl::Seconds(from + Below(to - from)); }
  double Share(double limit) { return limit * Below(1000) / 1000.0; }

 private:
  std::mt19937_64 engine_;
};

// Drawn last, so that a seed means the same as it did before there were lifetimes. In a gentle schedule there is time
// for a rekey that is refused and tried again: no lifetime may come to its hard end.
void AddLifetimes(Dice& dice, Schedule& schedule) {
  if (!dice.OneIn(5)) return;
  schedule.lives = schedule.gentle ? dice.Between(60, 180) : dice.Between(30, 100);
  schedule.reauth = !schedule.gentle && dice.OneIn(3);
  for (Lifetimes& lifetimes : schedule.lifetimes) {
    if (schedule.gentle) {
      lifetimes = {dice.Between(60, 180), absl::Seconds(30), dice.Between(60, 120), absl::Seconds(30)};
    } else {
      lifetimes = {dice.Between(20, 90), dice.Between(1, 20), dice.Between(20, 60), dice.Between(1, 20)};
    }
  }
  for (int i = dice.Below(4); i > 0; --i) {
    Action action{.at = dice.Between(2, 60), .host = dice.Below(2), .verb = Verb::kSoftLimit};
    if (!schedule.gentle && dice.OneIn(2)) action.verb = Verb::kHardLimit;
    schedule.actions.push_back(action);
  }
}

}  // namespace

std::string Action::ToString() const {
  std::string text = absl::StrCat(absl::FormatDuration(at), " ", host == 0 ? "a" : "b", " ", Word(verb));
  if (length > absl::ZeroDuration()) absl::StrAppend(&text, " for ", absl::FormatDuration(length));
  return text;
}

absl::Duration Schedule::LastDisturbance() const {
  absl::Duration last = lives;
  for (const Action& action : actions) last = std::max(last, action.at + action.length);
  return last;
}

std::string Schedule::ToString() const {
  std::string text = absl::StrCat("seed ", seed, gentle ? ", gentle" : "", both_dial ? ", both dial" : "",
                                  pfs ? ", PFS" : "", traffic ? ", traffic" : "", ", pairs ", pairs, ", lost ", lost,
                                  ", doubled ", doubled, ", network ", absl::FormatDuration(network), ", jobs ",
                                  absl::FormatDuration(jobs), ", datapath ", absl::FormatDuration(datapath), "\n");
  for (const Lifetimes& l : lifetimes) {
    if (lives == absl::ZeroDuration()) break;
    absl::StrAppend(&text, "  lifetimes", reauth ? " (reauth)" : "", " for ", absl::FormatDuration(lives), ": IKE ",
                    absl::FormatDuration(l.ike), " less ", absl::FormatDuration(l.ike_margin), ", ESP ",
                    absl::FormatDuration(l.esp), " less ", absl::FormatDuration(l.esp_margin), "\n");
  }
  for (size_t i = 0; i < actions.size(); ++i) absl::StrAppend(&text, "  ", i, ": ", actions[i].ToString(), "\n");
  return text;
}

Schedule MakeSchedule(uint64_t seed) {
  Dice dice(seed);
  Schedule schedule;
  schedule.seed = seed;
  schedule.gentle = dice.OneIn(2);
  schedule.both_dial = !schedule.gentle && dice.OneIn(2);
  schedule.pfs = dice.OneIn(2);
  schedule.traffic = !dice.OneIn(4);
  schedule.pairs = dice.OneIn(3) ? 2 : 1;
  schedule.lost = dice.OneIn(3) ? 0 : dice.Share(schedule.gentle ? 0.05 : 0.3);
  schedule.doubled = dice.OneIn(2) ? 0 : dice.Share(0.3);
  schedule.install_fails = schedule.gentle || !dice.OneIn(8) ? 0 : 0.05;
  schedule.network = absl::Milliseconds(1) + dice.Milliseconds(dice.OneIn(4) ? 1500 : 100);
  schedule.jobs = dice.Milliseconds(dice.OneIn(3) ? 300 : 20);
  schedule.datapath = dice.Milliseconds(dice.OneIn(3) ? 300 : 20);

  absl::Duration at = absl::Seconds(2);
  const int moments = 1 + dice.Below(6);
  for (int i = 0; i < moments; ++i) {
    at += dice.Milliseconds(dice.OneIn(2) ? 500 : 8000);
    Action action{.at = at, .host = dice.Below(2)};
    action.verb = static_cast<Verb>(dice.Below(schedule.gentle ? kGentleVerbs : kVerbs));
    if (action.verb >= Verb::kDownAndUp) action.length = dice.Milliseconds(dice.OneIn(4) ? 60'000 : 4000);
    schedule.actions.push_back(action);
    if (dice.OneIn(2)) {  // the other side has the same thought, a moment later
      action.host = 1 - action.host;
      action.at += dice.Milliseconds(200);
      schedule.actions.push_back(action);
    }
  }
  AddLifetimes(dice, schedule);
  return schedule;
}

}  // namespace culvert::sim
