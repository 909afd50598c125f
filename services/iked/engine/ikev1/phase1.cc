// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/ikev1/phase1.h"

#include <utility>

#include "services/iked/engine/handlers.h"
#include "services/iked/engine/ikev1/hooks.h"
#include "services/iked/engine/ikev1/transitions.h"

namespace culvert::iked::ikev1 {

Circumstance Here(const Core& core, const IkeSa& sa) {
  const Phase phase = sa.ikev1->mode == Mode::kMain ? Phase::kMainMode : Phase::kAggressiveMode;
  return At(core, sa, phase, sa.initiator ? Side::kInitiator : Side::kResponder);
}

void AskPhase1(Core& core, IkeSa& sa, Priority priority, Job job) {
  sa.ikev1->phase1->job = core.Ask(sa, priority, std::move(job));
}

void OnJobDone(Core& core, IkeSa& sa, JobDone& done) {
  State& state = *sa.ikev1;
  if (state.phase1 == nullptr) return OnQuickModeJobDone(core, sa, done);
  if (state.phase1->job != done.id.serial) return;
  state.phase1->job = 0;
  const Transition* row = FindComputed(state.step);
  if (row == nullptr) return;  // refused meanwhile
  Occasion occasion{.result = &done.result};
  Dispatch(core, sa, *row, occasion);
}

void PhaseOneDone(Core& core, IkeSa& sa) {
  State& state = *sa.ikev1;
  state.phase1.reset();
  state.keys.skeyid = {};
  core.SetState(sa, IkeState::kEstablished);
  Established(core, sa);
}

}  // namespace culvert::iked::ikev1
