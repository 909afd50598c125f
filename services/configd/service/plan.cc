// SPDX-License-Identifier: Apache-2.0
#include "services/configd/service/plan.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/message_differencer.h>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "services/configd/form/problem.h"
#include "services/configd/profile/profile.h"
#include "services/configd/projection/projected_tunnel.h"

namespace culvert::configd {
namespace {

using config::v1::Configuration;
using config::v1::Plan;
using config::v1::Tunnel;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;

// Of one field of two messages of a type: itself, or the fields below it.
bool FieldsAreEqual(const Message& a, const Message& b, const FieldDescriptor& field) {
  MessageDifferencer differencer;
  return differencer.CompareWithFields(a, b, {&field}, {&field});
}

void Differences(const Message& a, const Message& b, const std::string& path, Plan::TunnelChange* change) {
  const auto* reflection = a.GetReflection();
  for (int i = 0; i < a.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *a.GetDescriptor()->field(i);
    if (FieldsAreEqual(a, b, field)) continue;
    const std::string own = FieldPath(path, field.name());
    const bool part = field.message_type() != nullptr && !field.is_repeated() &&
                      field.message_type()->file() == a.GetDescriptor()->file();  // a Duration is a value
    if (part && reflection->HasField(a, &field) && reflection->HasField(b, &field)) {
      Differences(reflection->GetMessage(a, &field), reflection->GetMessage(b, &field), own, change);
    } else {
      change->add_fields(own);
    }
  }
}

// What iked runs for this tunnel: SAs go where this changes. Where each pair of subnets has a CHILD SA of its own,
// those of the other pairs stay.
std::string SaDigest(Tunnel effective, const Configuration& configuration) {
  if (effective.child_sa_layout() == config::v1::ChildSaLayout::PER_PAIR) {
    effective.mutable_local()->clear_subnets();
    effective.mutable_remote()->clear_subnets();
  }
  Problems told_already;
  return IkeTunnelOf(effective, ParseTunnel(effective, "", &told_already), configuration).digest();
}

void PlanTunnel(const Tunnel* from, const Configuration& old, const Tunnel& to, const Configuration& candidate,
                Plan::TunnelChange* change) {
  change->set_tunnel(to.name());
  if (from == nullptr) return change->set_kind(Plan::Kind::ADDED);
  change->set_kind(Plan::Kind::UNTOUCHED);
  // As typed: most tunnels of most changes. A map may serialize otherwise; then the differences below are none.
  if (from->SerializeAsString() == to.SerializeAsString()) return;
  const Tunnel before = EffectiveTunnel(*from);
  const Tunnel after = EffectiveTunnel(to);
  Differences(before, after, "", change);
  if (change->fields().empty()) return;
  change->set_kind(before.enabled() == after.enabled() ? Plan::Kind::CHANGED
                   : after.enabled()                   ? Plan::Kind::ENABLED
                                                       : Plan::Kind::DISABLED);
  change->set_sas_are_replaced(before.enabled() && SaDigest(before, old) != SaDigest(after, candidate));
}

}  // namespace

Plan PlanChange(const Configuration& from, const Configuration& to) {
  absl::flat_hash_map<absl::string_view, const Tunnel*> before;
  for (const Tunnel& tunnel : from.tunnels()) before[tunnel.name()] = &tunnel;
  Plan plan;
  absl::flat_hash_set<absl::string_view> kept;
  for (const Tunnel& tunnel : to.tunnels()) {
    const auto found = before.find(tunnel.name());
    PlanTunnel(found == before.end() ? nullptr : found->second, from, tunnel, to, plan.add_changes());
    kept.insert(tunnel.name());
  }
  for (const Tunnel& tunnel : from.tunnels()) {
    if (kept.contains(tunnel.name())) continue;
    Plan::TunnelChange& change = *plan.add_changes();
    change.set_tunnel(tunnel.name());
    change.set_kind(Plan::Kind::REMOVED);
    change.set_sas_are_replaced(tunnel.enabled());
  }
  return plan;
}

}  // namespace culvert::configd
