// SPDX-License-Identifier: Apache-2.0
#include "libs/daemon/log.h"
#include "libs/daemon/program.h"
#include "libs/daemon/serve.h"
#include "services/fetchd/downloader.h"
#include "services/fetchd/fetch_service.h"
#include "services/fetchd/resolver.h"

int main(int argc, char** argv) {
  using namespace culvert;
  daemon::Program program(
      "fetchd", "resolves names and fetches CRLs and OCSP answers for the others; has no keys and no configuration");
  if (auto code = program.Start(argc, argv)) return *code;
  auto resolver = fetchd::Resolver::Create({});
  if (!resolver.ok()) {
    daemon::LogError("cannot start the resolver", {{"error", resolver.status()}});
    return 1;
  }
  auto downloader = fetchd::Downloader::Create({});
  if (!downloader.ok()) {
    daemon::LogError("cannot start the downloader", {{"error", downloader.status()}});
    return 1;
  }
  fetchd::FetchService service(resolver->get(), downloader->get());
  // A server's shutdown waits for its calls, and a call for its query.
  return daemon::RunService(program, {&service}, [&] {
    (*resolver)->Stop();
    (*downloader)->Stop();
  });
}
