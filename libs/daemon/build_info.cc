// SPDX-License-Identifier: Apache-2.0
// Alone in its file: the build's revision changes with every commit.
#include "libs/daemon/program.h"

namespace culvert::daemon {

BuildInfo GetBuildInfo() {
#ifdef __clang__
  static constexpr char kCompiler[] = "clang " __clang_version__;
#else
  static constexpr char kCompiler[] = "gcc " __VERSION__;
#endif
  return {CULVERT_VERSION, CULVERT_REVISION, kCompiler};
}

}  // namespace culvert::daemon
