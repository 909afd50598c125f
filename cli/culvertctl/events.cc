// SPDX-License-Identifier: Apache-2.0
#include "cli/culvertctl/events.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/culvertctl/diagnosis.h"
#include "cli/culvertctl/text.h"
#include "culvert/ike/v1/ike.grpc.pb.h"

namespace culvert::ctl {
namespace {

using ike::v1::Event;
using ike::v1::EventType;
using ike::v1::IkeService;

std::string EventText(const Event& event) {
  std::string message = event.message();
  if (message.empty() && event.has_tunnel_state()) {
    message = ike::v1::TunnelState::Value_Name(event.tunnel_state().state());
  }
  std::string out = absl::StrFormat("%s  %-19s %-16s %s\n", TimeText(TimeOf(event.time())),
                                    EventType::Value_Name(event.type()), event.tunnel(), message);
  if (event.has_diagnosis()) absl::StrAppend(&out, DiagnosisText(event.diagnosis()));
  return out;
}

}  // namespace

ExitCode Events(Session session, const EventsOptions& options) {
  ike::v1::WatchEventsRequest request;
  request.set_tunnel(options.tunnel);
  request.set_resume_token(options.resume_token);
  IkeService::Stub stub(session.client.channel());
  grpc::ClientContext context;  // no deadline: it is watched for as long as somebody looks
  const auto reader = stub.WatchEvents(&context, request);
  Event event;
  while (reader->Read(&event)) {
    if (session.printer.json()) {
      session.printer.JsonLine(event);
    } else if (event.type() != EventType::HEARTBEAT && event.type() != EventType::SNAPSHOT_END) {
      session.printer.Text(EventText(event));
    }
  }
  const grpc::Status status = reader->Finish();
  return status.ok() ? kDone : session.printer.Fail("events", daemon::FromGrpc(status));
}

}  // namespace culvert::ctl
