// SPDX-License-Identifier: Apache-2.0
#include "cli/culvertctl/verbs.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "cli/culvertctl/diagnosis.h"
#include "cli/culvertctl/text.h"
#include "culvert/ike/v1/ike.grpc.pb.h"

namespace culvert::ctl {
namespace {

using ike::v1::IkeService;

ike::v1::Part::Value ToProto(Part part) {
  switch (part) {
    case Part::kAll:
      return ike::v1::Part::UNSPECIFIED;
    case Part::kIke:
      return ike::v1::Part::IKE;
    case Part::kChild:
      return ike::v1::Part::CHILD;
  }
  return ike::v1::Part::UNSPECIFIED;
}

// "1 IKE SA and 2 CHILD_SAs".
template <typename Response>
std::string SasText(const Response& response) {
  return absl::StrCat(CountText(response.ike_sas(), "IKE SA"), " and ", CountText(response.child_sas(), "CHILD_SA"));
}

}  // namespace

ExitCode Up(Session session, const std::string& tunnel, absl::Duration wait) {
  const std::string what = absl::StrCat("up ", tunnel);
  ike::v1::InitiateRequest request;
  request.set_tunnel(tunnel);
  if (wait > absl::ZeroDuration()) {
    request.mutable_wait()->set_seconds(absl::ToInt64Seconds(wait));
    request.mutable_wait()->set_nanos(static_cast<int32_t>((wait % absl::Seconds(1)) / absl::Nanoseconds(1)));
  }

  IkeService::Stub stub(session.client.channel());
  grpc::ClientContext context;
  daemon::SetDeadline(&context, wait + session.client.timeout());
  const absl::Time start = absl::Now();
  const auto reader = stub.Initiate(&context, request);
  ike::v1::InitiateProgress progress;
  bool done = false;
  while (reader->Read(&progress)) {
    done = progress.done();
    if (session.printer.json()) {
      session.printer.JsonLine(progress);
    } else if (!progress.message().empty()) {
      session.printer.Text(
          absl::StrFormat("%7.3fs  %s\n", absl::ToDoubleSeconds(absl::Now() - start), progress.message()));
    }
  }
  const grpc::Status status = reader->Finish();
  if (!status.ok()) return session.printer.Fail(what, daemon::FromGrpc(status));
  if (done && (progress.established() || wait == absl::ZeroDuration())) return kDone;
  if (done && progress.has_diagnosis()) {
    if (!session.printer.json()) session.printer.Text(DiagnosisText(progress.diagnosis()));
    return kFailed;
  }
  return session.printer.Fail(
      what, absl::DeadlineExceededError(absl::StrCat("not up within ", absl::FormatDuration(wait),
                                                     "; it is tried further, see 'culvertctl status'")));
}

ExitCode Down(Session session, const std::string& tunnel, Part part) {
  ike::v1::TerminateRequest request;
  request.set_tunnel(tunnel);
  request.set_part(ToProto(part));
  return Show(session.printer, absl::StrCat("down ", tunnel),
              session.client.Call(&IkeService::Stub::Terminate, request),
              [](const auto& response) { return absl::StrCat("closing ", SasText(response), "\n"); });
}

ExitCode Rekey(Session session, const std::string& tunnel, Part part) {
  ike::v1::RekeyRequest request;
  request.set_tunnel(tunnel);
  request.set_part(ToProto(part));
  return Show(session.printer, absl::StrCat("rekey ", tunnel), session.client.Call(&IkeService::Stub::Rekey, request),
              [](const auto& response) { return absl::StrCat("rekeying ", SasText(response), "\n"); });
}

}  // namespace culvert::ctl
