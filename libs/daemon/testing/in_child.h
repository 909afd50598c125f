// SPDX-License-Identifier: Apache-2.0
// Runs a body in a forked child, for what a process does to itself for good: descriptors, users, filters.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace culvert::daemon {

// The wait status of a child that ran `body` and exited with 0; a REQUIRE_CHILD that failed inside it exits with 1.
template <typename Body>
int InChild(Body body) {
  const pid_t child = fork();
  if (child == 0) {
    body();
    _exit(0);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}

}  // namespace culvert::daemon

#define REQUIRE_CHILD(condition)                                                     \
  do {                                                                               \
    if (!(condition)) {                                                              \
      std::fprintf(stderr, "%s:%d: in child: %s\n", __FILE__, __LINE__, #condition); \
      _exit(1);                                                                      \
    }                                                                                \
  } while (false)
