// SPDX-License-Identifier: Apache-2.0
// Stands for any of culvert's processes in culvertd's test: the name under which it is installed decides which one it
// is. It serves what every process serves, and nothing else.
#include <filesystem>

#include "libs/daemon/program.h"
#include "libs/daemon/serve.h"

int main(int argc, char** argv) {
  const std::string name = std::filesystem::path(argv[0]).filename().string();
  culvert::daemon::Program program(name, "stands for the real one in a test");
  std::string ignored;
  if (name == "sad") program.Option("--datapath", &ignored, "as the real one");
  if (name == "metricsd") program.Option("--metrics-address", &ignored, "as the real one");
  if (auto code = program.Start(argc, argv)) return *code;
  return culvert::daemon::RunService(program, {});
}
