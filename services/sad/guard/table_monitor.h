// SPDX-License-Identifier: Apache-2.0
// Notices that somebody changed nftables in this network namespace: us or another tool. Guard::Mend() tells which.
#pragma once

#include <memory>

#include "absl/status/statusor.h"

struct nl_sock;

namespace culvert::sad {

class TableMonitor {
 public:
  static absl::StatusOr<TableMonitor> Open();

  int fd() const;  // readable when there may be changes; non-blocking
  bool Drain();    // whether there were any since the last call

 private:
  struct Free {
    void operator()(nl_sock* socket) const;
  };
  explicit TableMonitor(nl_sock* socket) : socket_(socket) {}

  std::unique_ptr<nl_sock, Free> socket_;
};

}  // namespace culvert::sad
