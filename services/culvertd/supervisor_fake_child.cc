// SPDX-License-Identifier: Apache-2.0
// The program that the supervisor's test supervises. It appends a line to FILE at each turn of its life:
//   fake_child FILE NAME exit CODE | serve | stubborn
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

namespace {

// One write(2) with O_APPEND, so that lines of several children do not mix.
void Append(const char* file, const std::string& line) {
  const int fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (write(fd, (line + "\n").data(), line.size() + 1) < 0) abort();
  close(fd);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string name = argv[2], mode = argv[3];
  const char* names = getenv("LISTEN_FDNAMES");
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigprocmask(SIG_BLOCK, &stop, nullptr);
  Append(argv[1], name + " started with " + (names == nullptr ? "" : names));
  if (mode == "exit") return atoi(argv[4]);
  if (names != nullptr && strstr(names, "listen") != nullptr) {
    listen(2 + atoi(getenv("LISTEN_FDS")), 1);  // "listen" comes last
  }
  int signal_number = 0;
  do {
    sigwait(&stop, &signal_number);
    Append(argv[1], name + " told to stop");
  } while (mode == "stubborn");
  return 0;
}
