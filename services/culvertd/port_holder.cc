// SPDX-License-Identifier: Apache-2.0
#include "services/culvertd/port_holder.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <system_error>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace culvert::culvertd {
namespace {

// Inodes of the sockets bound to `port`, as /proc/net/udp{,6} shows them: "sl local_address rem_address … inode …".
std::set<std::string> InodesOf(uint16_t port) {
  constexpr size_t kLocal = 1, kInode = 9;
  const std::string wanted = absl::StrCat(":", absl::Hex(port, absl::kZeroPad4));
  std::set<std::string> inodes;
  for (const char* table : {"/proc/net/udp", "/proc/net/udp6"}) {
    std::ifstream file(table);
    for (std::string line; std::getline(file, line);) {
      const std::vector<std::string> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
      if (words.size() <= kInode) continue;
      std::string local = absl::AsciiStrToLower(words[kLocal]);
      if (local.ends_with(wanted)) inodes.insert(words[kInode]);
    }
  }
  return inodes;
}

bool HasSocket(const std::filesystem::path& process, const std::set<std::string>& inodes) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(process / "fd", error)) {
    const std::string target = std::filesystem::read_symlink(entry, error).string();  // "socket:[12345]"
    if (!target.starts_with("socket:[")) continue;
    if (inodes.contains(target.substr(8, target.size() - 9))) return true;
  }
  return false;
}

}  // namespace

std::string UdpPortHolder(uint16_t port) {
  const std::set<std::string> inodes = InodesOf(port);
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string pid = entry.path().filename().string();
    if (!std::all_of(pid.begin(), pid.end(), absl::ascii_isdigit) || !HasSocket(entry.path(), inodes)) continue;
    std::string name;
    std::getline(std::ifstream(entry.path() / "comm"), name);
    return absl::StrCat(name, " (pid ", pid, ")");
  }
  return "another process";
}

}  // namespace culvert::culvertd
