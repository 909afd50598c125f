// SPDX-License-Identifier: Apache-2.0
// libnftables behind RAII. For one thread at a time; bound to the network namespace of the thread that opens it.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct nft_ctx;

namespace culvert::sad {

class Nftables {
 public:
  static absl::StatusOr<Nftables> Open();

  // Applies a JSON transaction as a whole or not at all.
  absl::Status Commit(const std::string& transaction);
  // The table in nft's own language, without counts; NOT_FOUND where there is none. `nft -f` reads it.
  absl::StatusOr<std::string> TableText(const std::string& table);
  // Named counters of the table: packets. NOT_FOUND where there is no table.
  absl::StatusOr<std::map<std::string, uint64_t>> Counters(const std::string& table);
  // A chain of another table than `ours` changes source addresses on this host.
  absl::StatusOr<bool> HasForeignSourceNat(const std::string& ours);

 private:
  struct Free {
    void operator()(nft_ctx* context) const;
  };
  explicit Nftables(nft_ctx* context) : context_(context) {}
  absl::StatusOr<std::string> Run(const std::string& command, unsigned flags);

  std::unique_ptr<nft_ctx, Free> context_;
};

}  // namespace culvert::sad
