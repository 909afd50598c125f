// SPDX-License-Identifier: Apache-2.0
#include "libs/daemon/program.h"

#include <linux/capability.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/daemon/log.h"
#include "libs/daemon/sandbox.h"
#include "libs/daemon/unix_listener.h"

namespace culvert::daemon {
namespace {

const Process& MustFind(absl::string_view name) {
  const Process* process = FindProcess(name);
  if (process == nullptr) std::abort();
  return *process;
}

absl::StatusOr<base::UniqueFd> BindOwnSocket(const Program& program) {
  const std::string run = RunDirectory(program.state_dir());
  mkdir(program.state_dir().c_str(), 0755);  // where culvertd is the parent, both are there already
  mkdir(run.c_str(), 0755);
  SocketFile file{.path = program.SocketOf(program.process().name)};
  if (geteuid() == 0 && !program.no_drop()) file.group = SharedGroup(program.uid_base());
  return BindUnix(file);
}

Identity IdentityOf(const Process& process, uint32_t uid_base) {
  Identity identity{.uid = uid_base + process.uid_offset,
                    .gid = uid_base + process.uid_offset,
                    .groups = {SharedGroup(uid_base)},
                    .capabilities = {}};
  if (process.net_admin) identity.capabilities.push_back(CAP_NET_ADMIN);
  return identity;
}

}  // namespace

class Program::Parser : public CLI::App {
 public:
  using CLI::App::App;
};

Program::Program(absl::string_view process, absl::string_view duty) : process_(MustFind(process)) {
  parser_ = std::make_unique<Parser>(absl::StrCat(process, " - ", duty), std::string(process));
  parser_->get_formatter()->column_width(32);
  parser_->option_defaults()->always_capture_default();
  parser_->add_option("--state-dir", state_dir_, "Where everything lives: sockets in DIR/run, the store in DIR/config")
      ->type_name("DIR");
  parser_->add_option("--log-level", log_level_, "Least severity that is logged")
      ->check(CLI::IsMember({"error", "warning", "info", "debug"}));
  parser_->add_option("--log-format", log_format_, "Lines for people, or one JSON object a line")
      ->check(CLI::IsMember({"text", "json"}));
  parser_->add_option("--uid-base", uid_base_, "First of the user ids that the processes drop to")
      ->check(CLI::Range(1, 2'000'000'000));
  parser_->add_flag("--no-drop", no_drop_, "Keep the starting user's rights (development; every process is then one)");
  const BuildInfo build = GetBuildInfo();
  parser_->set_version_flag("--version", absl::StrCat(process, " ", build.version, " (", build.revision, ")"));
}

Program::~Program() = default;

void Program::Option(const std::string& name, std::string* target, const std::string& help) {
  parser_->add_option(name, *target, help);
}

void Program::Option(const std::string& name, int* target, const std::string& help) {
  parser_->add_option(name, *target, help);
}

void Program::Choice(const std::string& name, std::string* target, std::vector<std::string> values,
                     const std::string& help) {
  parser_->add_option(name, *target, help)->check(CLI::IsMember(std::move(values)));
}

void Program::Flag(const std::string& name, bool* target, const std::string& help) {
  parser_->add_flag(name, *target, help);
}

void Program::Epilogue(const std::string& text) {
  parser_->footer(text);
}

std::optional<int> Program::Start(int argc, char** argv) {
  try {  // CLI11 reports by exception; none leaves this function
    parser_->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = parser_->exit(error, std::cout, std::cerr);
    return code == 0 ? 0 : 2;
  }
  StartLog(process_.name, log_format_ == "json" ? LogFormat::kJson : LogFormat::kText, *ParseLogLevel(log_level_));
  stop_.emplace();

  auto fail = [](absl::string_view what, const absl::Status& status) {
    LogError(what, {{"error", status}});
    return 1;
  };
  absl::StatusOr<Descriptors> descriptors = Descriptors::FromEnvironment();
  if (!descriptors.ok()) return fail("cannot take over descriptors", descriptors.status());
  descriptors_ = *std::move(descriptors);
  if (process_.name == "culvertd") return std::nullopt;  // stays root, and makes DIR before it binds

  absl::StatusOr<base::UniqueFd> listener =
      descriptors_.Has("listen") ? descriptors_.Take("listen") : BindOwnSocket(*this);
  if (!listener.ok()) return fail("cannot make the socket", listener.status());
  listener_ = *std::move(listener);
  umask(0077);
  if (geteuid() == 0 && !no_drop_) {
    if (absl::Status status = BecomeUser(IdentityOf(process_, uid_base())); !status.ok()) {
      return fail("cannot give up root", status);
    }
  }
  if (absl::Status status = Harden(); !status.ok()) return fail("cannot harden the process", status);
  return std::nullopt;
}

}  // namespace culvert::daemon
