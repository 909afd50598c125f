// SPDX-License-Identifier: Apache-2.0
// What the engine's host needs from its surroundings, so that a load generator and a test can stand in for them.
// Everything here runs on the loop's thread.
#pragma once

#include <functional>
#include <memory>
#include <variant>
#include <vector>

#include "libs/pki/revocation.h"
#include "services/iked/engine/effects.h"
#include "services/iked/engine/input.h"

namespace culvert::iked {

// Takes what happened to the engine. May be called while an input is being handled: it waits its turn.
using InputSink = std::function<void(Input)>;

using SaOperation =
    std::variant<LeaseSpis, InstallChildSa, RetireChildSa, UpdatePath, ReconcileChildSas, SetVirtualIps>;

// The SA database. Answers come through an InputSink: SaResult, SpisLeased, ChildSaUsage, and what the datapath
// notices.
class SaPort {
 public:
  virtual ~SaPort() = default;
  virtual void Submit(SaOperation operation) = 0;
  virtual void Query(QueryUsage query) = 0;
};

// Names and routes. Answers come as PathResolved.
class PathPort {
 public:
  virtual ~PathPort() = default;
  virtual void Resolve(ResolvePath request) = 0;
};

// What is known about revocations, and who finds out more.
class RevocationPort {
 public:
  virtual ~RevocationPort() = default;
  // What the configuration brings (null: nothing) and what was found.
  virtual std::shared_ptr<const pki::RevocationEvidence> With(
      const std::shared_ptr<const pki::RevocationEvidence>& configured) = 0;
  // Asks, and calls `done` a few seconds later at most, with answers or without. False: none is worth asking now, and
  // `done` is never called.
  virtual bool Find(const std::vector<pki::RevocationSource>& sources, std::function<void()> done) = 0;
};

// Where events and the outcome of commands go.
class EventPort {
 public:
  virtual ~EventPort() = default;
  virtual void OnEvent(std::shared_ptr<const Event> event) = 0;
  virtual void OnProgress(const Progress& progress) = 0;
  virtual void OnCommandDone(const CommandDone& done) = 0;
};

}  // namespace culvert::iked
