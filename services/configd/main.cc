// SPDX-License-Identifier: Apache-2.0
// configd: the configuration's only keeper. Wiring only.
#include "absl/strings/str_cat.h"
#include "libs/base/clock.h"
#include "libs/daemon/log.h"
#include "libs/daemon/program.h"
#include "libs/daemon/sandbox.h"
#include "libs/daemon/serve.h"
#include "services/configd/service/config_service.h"
#include "services/configd/service/snapshot_service.h"

namespace culvert::configd {
namespace {

constexpr int kExitDamagedStore = 65;  // EX_DATAERR of sysexits(3): a restart does not help

constexpr char kEpilogue[] =
    "FILES\n"
    "  DIR/config/configuration.db   every revision of the configuration, secrets included (SQLite, 0600)\n"
    "EXIT CODES\n"
    "  0 stopped   1 the environment does not allow it   2 usage   65 the store is damaged or of a newer release";

int ExitFor(const absl::Status& status, const std::string& directory) {
  if (!absl::IsDataLoss(status)) {
    daemon::LogError("cannot open the store", {{"directory", directory}, {"error", status}});
    return 1;
  }
  daemon::LogError(
      "the store cannot be trusted; nothing was changed in it",
      {{"directory", directory},
       {"error", status},
       {"advice", "restore the directory from a backup, or move it away and apply the configuration again"}});
  return kExitDamagedStore;
}

int Main(int argc, char** argv) {
  daemon::Program program("configd", "keeps the configuration and tells it to the other processes");
  program.Epilogue(kEpilogue);
  if (const auto code = program.Start(argc, argv)) return *code;
  const std::string directory = absl::StrCat(program.state_dir(), "/config");

  const base::SystemClock clock;
  base::SystemRng rng;
  auto store = Store::Open(directory, &rng);
  if (!store.ok()) return ExitFor(store.status(), directory);
  SnapshotBoard board((*store)->crash_key());
  Transactions transactions(store->get(), &board, &clock, ReadHostFacts);
  if (const absl::Status status = transactions.Start(); !status.ok()) return ExitFor(status, directory);
  RevertTimer timer(&transactions);
  ConfigService config_service(&transactions, &timer);
  SnapshotService snapshot_service(&board);
  return daemon::RunService(program, {&config_service, &snapshot_service});
}

}  // namespace
}  // namespace culvert::configd

int main(int argc, char** argv) {
  return culvert::configd::Main(argc, argv);
}
