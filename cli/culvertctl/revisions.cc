// SPDX-License-Identifier: Apache-2.0
#include "cli/culvertctl/revisions.h"

#include "absl/strings/str_cat.h"
#include "cli/culvertctl/problems.h"
#include "cli/culvertctl/table.h"
#include "cli/culvertctl/text.h"
#include "culvert/config/v1/config_service.grpc.pb.h"

namespace culvert::ctl {
namespace {

using config::v1::ConfigService;

// All pages as one answer, newest first.
absl::StatusOr<config::v1::ListRevisionsResponse> AllRevisions(const Client& client) {
  config::v1::ListRevisionsResponse all;
  config::v1::ListRevisionsRequest request;
  do {
    auto page = client.Call(&ConfigService::Stub::ListRevisions, request);
    if (!page.ok()) return page.status();
    request.set_page_token(page->next_page_token());
    page->clear_next_page_token();
    all.MergeFrom(*page);
  } while (!request.page_token().empty());
  return all;
}

std::string RevisionsText(const config::v1::ListRevisionsResponse& response) {
  Table table({">REVISION", "APPLIED", "BY", ">TUNNELS", "STATE", "COMMENT"});
  for (const config::v1::Revision& revision : response.revisions()) {
    table.Row({absl::StrCat(revision.revision()), TimeText(TimeOf(revision.create_time())), revision.principal(),
               absl::StrCat(revision.tunnels()),
               revision.pending() ? "awaits confirmation" : (revision.running() ? "running" : ""), revision.comment()});
  }
  return table.ToString();
}

}  // namespace

ExitCode Confirm(Session session, int64_t revision) {
  config::v1::ConfirmRequest request;
  request.set_revision(revision);
  return Show(session.printer, "confirm", session.client.Call(&ConfigService::Stub::Confirm, request),
              [](const auto& response) { return absl::StrCat("Revision ", response.revision(), " is permanent.\n"); });
}

ExitCode Cancel(Session session, int64_t revision) {
  config::v1::CancelRequest request;
  request.set_revision(revision);
  return Show(session.printer, "cancel", session.client.Call(&ConfigService::Stub::Cancel, request),
              [](const auto& response) { return absl::StrCat("Revision ", response.revision(), " runs again.\n"); });
}

ExitCode Rollback(Session session, int64_t revision) {
  config::v1::RollbackRequest request;
  request.set_revision(revision);
  return Show(session.printer, "rollback", session.client.Call(&ConfigService::Stub::Rollback, request),
              [](const auto& response) {
                return absl::StrCat("Revision ", response.revision(), " runs.\n", PlanText(response.plan()));
              });
}

ExitCode ListRevisions(Session session) {
  return Show(session.printer, "revision list", AllRevisions(session.client), RevisionsText);
}

ExitCode Diff(Session session, int64_t from, int64_t to) {
  config::v1::DiffRequest request;
  request.set_from_revision(from);
  request.set_to_revision(to);
  return Show(session.printer, "diff", session.client.Call(&ConfigService::Stub::Diff, request),
              [](const auto& response) { return PlanText(response.plan()); });
}

}  // namespace culvert::ctl
