// SPDX-License-Identifier: Apache-2.0
#include "services/culvertd/state_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/daemon/process_names.h"

namespace culvert::culvertd {
namespace {

absl::Status Failed(absl::string_view what, const std::string& path) {
  return absl::ErrnoToStatus(errno, absl::StrCat(what, " ", path));
}

// Owner and mode are set on a descriptor of the directory itself: what stands at `path` cannot be swapped for a link
// meanwhile.
absl::Status MakeDirectory(const std::string& path, mode_t mode, const uid_t* owner) {
  if (mkdir(path.c_str(), mode) < 0 && errno != EEXIST) return Failed("cannot make", path);
  base::UniqueFd directory(open(path.c_str(), O_DIRECTORY | O_NOFOLLOW | O_RDONLY | O_CLOEXEC));
  if (!directory.valid()) return Failed("cannot use", path);
  if (owner != nullptr && fchown(directory.get(), *owner, *owner) < 0) return Failed("cannot give away", path);
  if (fchmod(directory.get(), mode) < 0) return Failed("cannot set the mode of", path);
  return absl::OkStatus();
}

}  // namespace

absl::Status PrepareStateDirectory(const StateDirectoryOptions& options) {
  const struct {
    const char* name;
    mode_t mode;
    const char* owner;  // a process; null: ours
  } kLayout[] = {{"", 0755, nullptr}, {"/run", 0755, nullptr}, {"/config", 0700, "configd"}, {"/guard", 0755, "sad"}};
  for (const auto& row : kLayout) {
    const bool give_away = options.give_away && row.owner != nullptr;
    const uid_t owner = give_away ? options.uid_base + daemon::FindProcess(row.owner)->uid_offset : 0;
    RETURN_IF_ERROR(MakeDirectory(absl::StrCat(options.path, row.name), row.mode, give_away ? &owner : nullptr));
  }
  return absl::OkStatus();
}

absl::StatusOr<base::UniqueFd> LockStateDirectory(const std::string& path) {
  const std::string file = absl::StrCat(daemon::RunDirectory(path), "/culvertd.lock");
  base::UniqueFd lock(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!lock.valid()) return Failed("cannot open", file);
  if (flock(lock.get(), LOCK_EX | LOCK_NB) < 0) {
    char pid[32] = "";
    const ssize_t size = pread(lock.get(), pid, sizeof(pid) - 1, 0);
    return absl::AlreadyExistsError(
        absl::StrCat("another culvertd (pid ", absl::StripAsciiWhitespace(absl::string_view(pid, size < 0 ? 0 : size)),
                     ") runs on ", path));
  }
  const std::string mine = absl::StrCat(getpid(), "\n");
  if (ftruncate(lock.get(), 0) < 0 || pwrite(lock.get(), mine.data(), mine.size(), 0) < 0)
    return Failed("cannot write", file);
  return lock;
}

}  // namespace culvert::culvertd
