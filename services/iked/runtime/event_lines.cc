// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/event_lines.h"

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "culvert/ike/v1/ike.pb.h"
#include "libs/daemon/log.h"

namespace culvert::iked {
namespace {

absl::string_view PhraseOf(EventType type) {
  switch (type) {
    case EventType::kTunnelState:
      return "tunnel state";
    case EventType::kIkeSaEstablished:
      return "IKE SA established";
    case EventType::kIkeSaRekeyed:
      return "IKE SA rekeyed";
    case EventType::kIkeSaDeleted:
      return "IKE SA deleted";
    case EventType::kChildSaInstalled:
      return "CHILD SA installed";
    case EventType::kChildSaRekeyed:
      return "CHILD SA rekeyed";
    case EventType::kChildSaDeleted:
      return "CHILD SA deleted";
    case EventType::kDiagnosis:
      return "diagnosis";
    case EventType::kNarrowed:
      return "traffic selectors narrowed";
    case EventType::kConfiguration:
      return "configuration";
    case EventType::kNatMappingChanged:
      return "NAT mapping changed";
    case EventType::kPathChanged:
      return "path changed";
    case EventType::kVirtualIpAssigned:
      return "virtual address assigned";
    case EventType::kVirtualIpReleased:
      return "virtual address released";
    case EventType::kUnderAttack:
      return "under attack";
  }
  return "event";
}

const std::string& WordOf(TunnelState state) {
  return ike::v1::TunnelState::Value_Name(static_cast<ike::v1::TunnelState::Value>(state));
}

const std::string& WordOf(TunnelReason reason) {
  return ike::v1::TunnelReason::Value_Name(static_cast<ike::v1::TunnelReason::Value>(reason));
}

void WriteDiagnosis(const Diagnosis& diagnosis, uint64_t suppressed) {
  daemon::LogWarning("negotiation problem", {{"tunnel", diagnosis.tunnel},
                                             {"code", Name(diagnosis.code)},
                                             {"phase", Name(diagnosis.phase)},
                                             {"peer", diagnosis.peer},
                                             {"summary", diagnosis.summary},
                                             {"field", diagnosis.field},
                                             {"expected", diagnosis.expected},
                                             {"received", diagnosis.received},
                                             {"fix", absl::StrJoin(diagnosis.fixes, "; ")},
                                             {"suppressed", suppressed}});
}

}  // namespace

void EventLines::Write(const Event& event, absl::Duration monotonic_now) {
  uint64_t suppressed = 0;
  if (event.tunnel.empty() && event.type != EventType::kConfiguration) {
    const auto admitted = strangers_.Admit(monotonic_now);
    if (!admitted) return;
    suppressed = *admitted;
  }
  if (event.diagnosis && event.type == EventType::kDiagnosis) {
    WriteDiagnosis(*event.diagnosis, suppressed);
    return;
  }
  if (!daemon::LogEnabled(daemon::LogLevel::kInfo)) return;
  if (event.child_sa) {
    daemon::LogInfo(PhraseOf(event.type), {{"tunnel", event.tunnel},
                                           {"detail", event.message},
                                           {"spi_in", absl::StrFormat("%08x", event.child_sa->spi_in)},
                                           {"spi_out", absl::StrFormat("%08x", event.child_sa->spi_out)}});
  } else if (event.ike_sa) {
    daemon::LogInfo(PhraseOf(event.type), {{"tunnel", event.tunnel},
                                           {"detail", event.message},
                                           {"peer", event.ike_sa->remote.ToString()},
                                           {"remote_id", event.ike_sa->remote_id},
                                           {"suite", event.ike_sa->suite}});
  } else if (event.tunnel_state) {
    daemon::LogInfo(PhraseOf(event.type), {{"tunnel", event.tunnel},
                                           {"state", WordOf(event.tunnel_state->state)},
                                           {"reason", WordOf(event.tunnel_state->reason)},
                                           {"detail", event.message}});
  } else {
    daemon::LogInfo(PhraseOf(event.type), {{"tunnel", event.tunnel}, {"detail", event.message}});
  }
}

}  // namespace culvert::iked
