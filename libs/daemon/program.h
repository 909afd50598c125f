// SPDX-License-Identifier: Apache-2.0
// What every main does first: options, log, signals, descriptors, and giving up rights. A service's main is
//   daemon::Program program("fetchd", "resolves names for the other processes");
//   if (auto code = program.Start(argc, argv)) return *code;
//   fetchd::FetchService service(…);
//   return daemon::RunService(program, {&service});
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "libs/base/unique_fd.h"
#include "libs/daemon/descriptors.h"
#include "libs/daemon/process_names.h"
#include "libs/daemon/signals.h"

namespace culvert::daemon {

// culvert's version, git revision and compiler, for --version and GetBuildInfo.
struct BuildInfo {
  absl::string_view version, revision, compiler;
};
BuildInfo GetBuildInfo();

class Program {
 public:
  // `process` is in kProcesses; `duty` completes "iked …" in --help.
  Program(absl::string_view process, absl::string_view duty);
  ~Program();

  // Options beyond the shared ones (--state-dir, --uid-base, --no-drop, --log-level, --log-format, --version). Before
  // Start; the target keeps its value where the option is absent.
  void Option(const std::string& name, std::string* target, const std::string& help);
  void Option(const std::string& name, int* target, const std::string& help);
  void Choice(const std::string& name, std::string* target, std::vector<std::string> values, const std::string& help);
  void Flag(const std::string& name, bool* target, const std::string& help);
  void Epilogue(const std::string& text);  // shown after the options: examples, files, exit codes

  // Parses, starts the log, blocks signals, takes descriptors, binds the process's socket where none was handed over,
  // then drops to the process's own user if it was started as root. culvertd keeps its rights and binds its own later.
  // Returns an exit code where the process must end now: 0 after --help, 2 for usage, 1 for the environment.
  std::optional<int> Start(int argc, char** argv);

  const Process& process() const { return process_; }
  const std::string& state_dir() const { return state_dir_; }
  uint32_t uid_base() const { return static_cast<uint32_t>(uid_base_); }
  bool no_drop() const { return no_drop_; }
  const std::string& log_level() const { return log_level_; }
  const std::string& log_format() const { return log_format_; }
  std::string SocketOf(absl::string_view process) const { return SocketPath(state_dir_, process); }

  Descriptors& descriptors() { return descriptors_; }
  const StopSignal& stop() const { return *stop_; }
  base::UniqueFd TakeListener() { return std::move(listener_); }

 private:
  class Parser;  // CLI11, kept out of everybody's headers

  const Process& process_;
  std::unique_ptr<Parser> parser_;
  std::string state_dir_ = kDefaultStateDir;
  std::string log_level_ = "info";
  std::string log_format_ = "text";
  int uid_base_ = kDefaultUidBase;
  bool no_drop_ = false;
  Descriptors descriptors_;
  std::optional<StopSignal> stop_;
  base::UniqueFd listener_;
};

}  // namespace culvert::daemon
