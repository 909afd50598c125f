// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "libs/base/clock.h"
#include "libs/daemon/channel.h"
#include "libs/daemon/log.h"
#include "libs/daemon/program.h"
#include "libs/daemon/serve.h"
#include "services/sad/database/database.h"
#include "services/sad/datapath/choose.h"
#include "services/sad/enforcer.h"
#include "services/sad/service/sad_service.h"
#include "services/sad/service/snapshot_client.h"

using namespace culvert;  // NOLINT(google-build-using-namespace): main only wires

int main(int argc, char** argv) {
  std::string word = "auto";
  daemon::Program program("sad",
                          "keeps the SA and policy database, drives one datapath, and guards the host against leaks");
  program.Choice("--datapath", &word, sad::kDatapathWords, "what carries ESP");
  program.Epilogue("Files: DIR/guard/guard.nft, the leak guard as `nft -f` reads it.");
  if (auto code = program.Start(argc, argv)) return *code;

  base::SystemClock clock;
  base::SystemRng rng;
  auto chosen = sad::ChooseDatapath(word, program.SocketOf("espd"), clock);
  if (!chosen.ok()) {
    daemon::LogError("no datapath", {{"error", chosen.status()}});
    return 2;
  }
  daemon::LogInfo("datapath", {{"chosen", chosen->reason}});

  std::unique_ptr<sad::HostDuties> duties;
  if (chosen->looks_after_host) {
    auto opened = sad::HostDuties::Open(absl::StrCat(program.state_dir(), "/guard/guard.nft"));
    if (!opened.ok()) {
      daemon::LogError("the host cannot be looked after", {{"error", opened.status()}});
      return 1;
    }
    duties = *std::move(opened);
  }

  sad::Database database(*chosen->datapath, clock, rng);
  sad::Enforcer enforcer(database, std::move(duties));
  database.Start();
  sad::SadService service(database, enforcer, chosen->reason);
  std::thread caretaker([&] { enforcer.Run(program.stop().fd()); });
  int code = 0;
  {
    sad::SnapshotClient snapshots(daemon::UnixChannel(program.SocketOf("configd")),
                                  [&](auto generation) { return enforcer.Apply(std::move(generation)); });
    code = daemon::RunService(program, {&service});
  }
  caretaker.join();
  chosen->datapath->Stop();
  if (absl::Status cleared = enforcer.Clear(); !cleared.ok()) {
    daemon::LogWarning("the host was not left clean", {{"error", cleared}});
  }
  return code;
}
