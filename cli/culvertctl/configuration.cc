// SPDX-License-Identifier: Apache-2.0
#include "cli/culvertctl/configuration.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "cli/culvertctl/problems.h"
#include "cli/culvertctl/text.h"
#include "culvert/config/v1/config_service.grpc.pb.h"
#include "libs/base/status_macros.h"
#include "libs/daemon/status.h"
#include "services/configd/rules/rules.h"
#include "services/configd/text/configuration_text.h"

namespace culvert::ctl {
namespace {

using config::v1::ConfigService;
using config::v1::Problem;
using config::v1::ProblemCode;
using config::v1::Severity;

struct Source {
  std::string name;  // as problems show it
  configd::ReadResult read;
};

absl::StatusOr<Source> ReadSource(const std::string& file) {
  std::ostringstream text;
  configd::ReadOptions options;
  if (file == "-") {
    text << std::cin.rdbuf();
    options.base_directory = ".";
    return Source{"<stdin>", configd::ReadConfiguration(text.str(), options)};
  }
  std::ifstream stream(file, std::ios::binary);
  // A directory opens and then fails to be read.
  if (!stream || !(text << stream.rdbuf())) return absl::UnknownError(absl::StrCat(file, " cannot be read"));
  const auto parent = std::filesystem::path(file).parent_path();
  options.base_directory = parent.empty() ? "." : parent.string();
  return Source{file, configd::ReadConfiguration(text.str(), options)};
}

ExitCode ShowProblems(Printer& printer, const Source& source, std::vector<Problem> problems) {
  configd::FillLines(source.read, &problems);
  const bool invalid = configd::HasErrors(problems);
  if (printer.json()) {
    config::v1::ValidateResponse response;
    response.mutable_problems()->Assign(problems.begin(), problems.end());
    printer.Json(response);
  } else {
    printer.Text(absl::StrCat(ProblemsText(source.name, problems), source.name,
                              invalid ? ": invalid: " : ": valid: ", ProblemsSummary(problems), "\n"));
  }
  return invalid ? kInvalid : kDone;
}

// The daemon's findings as problems, so that they get lines and the look of `validate`.
std::vector<Problem> ProblemsOf(const absl::Status& status) {
  std::vector<Problem> problems;
  for (const auto& violation : daemon::FieldViolationsOf(status)) {
    Problem& problem = problems.emplace_back();
    problem.set_severity(Severity::ERROR);
    problem.set_field(violation.field);
    problem.set_message(violation.description);
    ProblemCode::Value code;
    if (ProblemCode::Value_Parse(violation.reason, &code)) problem.set_code(code);
  }
  return problems;
}

}  // namespace

ExitCode Validate(Printer& printer, const std::string& file) {
  auto source = ReadSource(file);
  if (!source.ok()) return printer.Fail("validate", source.status());
  std::vector<Problem> problems = source->read.problems;
  // Rules about a text that could not be read whole would speak of things that are not so.
  if (!configd::HasErrors(problems)) {
    const auto findings = configd::ValidateConfiguration(source->read.configuration, nullptr);
    problems.insert(problems.end(), findings.begin(), findings.end());
  }
  return ShowProblems(printer, *source, std::move(problems));
}

ExitCode Apply(Session session, const ApplyOptions& options) {
  Printer& printer = session.printer;
  auto source = ReadSource(options.file);
  if (!source.ok()) return printer.Fail("apply", source.status());
  if (configd::HasErrors(source->read.problems)) return ShowProblems(printer, *source, source->read.problems);

  config::v1::ApplyRequest request;
  *request.mutable_candidate() = std::move(source->read.configuration);
  request.set_validate_only(options.dry_run);
  request.set_comment(options.comment);
  if (options.confirm_within > absl::ZeroDuration()) {
    request.mutable_confirm_within()->set_seconds(absl::ToInt64Seconds(options.confirm_within));
  }
  auto response = session.client.Call(&ConfigService::Stub::Apply, request);
  if (!response.ok()) {
    const auto problems = ProblemsOf(response.status());
    if (problems.empty() || printer.json()) return printer.Fail("apply", response.status());
    ShowProblems(printer, *source, problems);
    return ExitCodeOf(response.status().code());
  }
  if (printer.json()) {
    printer.Json(*response);
    return kDone;
  }

  std::vector<Problem> problems(response->problems().begin(), response->problems().end());
  configd::FillLines(source->read, &problems);
  printer.Note(ProblemsText(source->name, problems));
  if (options.dry_run) {
    printer.Text(absl::StrCat("Nothing was changed. Applying it would do this:\n", PlanText(response->plan())));
  } else if (response->unchanged()) {
    printer.Text(absl::StrCat("Revision ", response->revision(), " runs this configuration already.\n"));
  } else {
    printer.Text(absl::StrCat("Revision ", response->revision(), " runs.\n", PlanText(response->plan())));
  }
  if (response->has_confirm_before()) {
    printer.Text(absl::StrCat("It is rolled back at ", TimeText(TimeOf(response->confirm_before())),
                              " unless you run: culvertctl confirm\n"));
  }
  return kDone;
}

ExitCode Export(Session session, const ExportOptions& options) {
  config::v1::GetConfigurationRequest request;
  request.set_revision(options.revision);
  request.set_effective(options.effective);
  const auto response = session.client.Call(&ConfigService::Stub::GetConfiguration, request);
  if (!response.ok()) return session.printer.Fail("export", response.status());
  session.printer.Text(session.printer.json() ? configd::WriteJson(response->configuration())
                                              : configd::WriteYaml(response->configuration()));
  return kDone;
}

}  // namespace culvert::ctl
