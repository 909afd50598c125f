// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/job.h"

#include "libs/base/status_macros.h"

namespace culvert::iked {
namespace {

JobResult Run(const DhGenerate& job, base::Rng& rng) {
  ASSIGN_OR_RETURN(std::unique_ptr<crypto::KeyExchange> ours, crypto::KeyExchange::Generate(*job.group, rng));
  return DhGenerated{std::move(ours)};
}

JobResult Run(const DhDerive& job, base::Rng&) {
  ASSIGN_OR_RETURN(base::Secret shared, job.ours->Derive(job.peer));
  return DhDerived{std::move(shared)};
}

JobResult Run(const DhRespond& job, base::Rng& rng) {
  ASSIGN_OR_RETURN(const std::unique_ptr<crypto::KeyExchange> ours, crypto::KeyExchange::Generate(*job.group, rng));
  ASSIGN_OR_RETURN(base::Secret shared, ours->Derive(job.peer));
  return DhResponded{base::ToBytes(ours->public_value()), std::move(shared)};
}

JobResult Run(const Prove& job, base::Rng&) {
  ASSIGN_OR_RETURN(Proven proven, RunProof(job));
  return proven;
}

JobResult Run(const EapStep& job, base::Rng& rng) {
  return EapStepped{job.session->Handle(job.message, {job.now, rng})};
}

}  // namespace

JobResult RunJob(const Job& job, base::Rng& rng) {
  return std::visit([&rng](const auto& j) { return Run(j, rng); }, job);
}

}  // namespace culvert::iked
