// SPDX-License-Identifier: Apache-2.0
// Revisions of the configuration, on disk. One file, one writer, one transaction for each change: after a power cut
// there is the old revision or the new one, never neither. Configured secrets rest here and nowhere else: the file is
// 0600 in a directory 0700, and deleted pages are overwritten.
//
// A write that fails (disk full, read-only) is RESOURCE_EXHAUSTED and changes nothing, here or on disk.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "culvert/config/v1/config.pb.h"
#include "libs/base/bytes.h"
#include "libs/base/clock.h"
#include "libs/base/secret.h"
#include "services/configd/store/sqlite.h"

namespace culvert::configd {

// How a revision came about.
struct RevisionInfo {
  int64_t revision = 0;  // given by Commit
  absl::Time create_time;
  std::string principal, comment;
  std::string request_id;          // "" where the caller gave none
  std::string source_file_digest;  // of culvertd's --config; "" for all others
  int32_t tunnels = 0;
};

// What runs. A revision that waits for its confirmation runs already; `previous` comes back if nobody confirms it.
struct RunningState {
  int64_t running = 0;  // 0: nothing was ever applied, the configuration is empty
  int64_t previous = 0;
  uint64_t generation = 1;                   // one more with each change of what runs; never goes back
  std::optional<absl::Time> confirm_before;  // set while `running` waits for its confirmation
  std::string source_file_digest;            // the last one applied
};

class Store {
 public:
  static constexpr int kKeptRevisions = 100;

  // `directory` is made where it does not exist. DATA_LOSS: the file is corrupt or of a newer release; UNAVAILABLE:
  // another process has it open.
  static absl::StatusOr<std::unique_ptr<Store>> Open(const std::string& directory, base::Rng* rng);

  const RunningState& state() const { return state_; }
  // Keys the fingerprints of secrets, so that equal fingerprints in two stores say nothing.
  const base::Secret& fingerprint_key() const { return fingerprint_key_; }
  // With which iked makes the tokens of quick crash detection (RFC 6290): the same after every restart, and unknown to
  // any peer.
  base::Secret crash_key() const;

  // Makes `configuration` the running revision; without `confirm_before` for good. The oldest revisions beyond
  // kKeptRevisions go.
  absl::StatusOr<int64_t> Commit(const config::v1::Configuration& configuration, const RevisionInfo& info,
                                 std::optional<absl::Time> confirm_before);
  absl::Status Confirm();  // the running revision stays
  absl::Status Revert();   // the previous revision runs again

  // NOT_FOUND, or DATA_LOSS where the stored bytes are not what was written. Revision 0 is the empty configuration.
  absl::StatusOr<config::v1::Configuration> Load(int64_t revision);
  absl::StatusOr<RevisionInfo> Describe(int64_t revision);
  // The revision that this request made, if it did.
  absl::StatusOr<std::optional<int64_t>> FindRequest(const std::string& request_id);
  // Newest first, those below `before`; 0: from the newest.
  absl::StatusOr<std::vector<RevisionInfo>> List(int64_t before, int limit);

 private:
  explicit Store(Database database) : database_(std::move(database)) {}
  absl::Status Prepare(base::Rng* rng);
  absl::Status CreateSchema(base::Rng* rng);
  absl::Status ReadState();
  absl::Status WriteState(const RunningState& state);
  absl::Status Change(const RunningState& state);

  Database database_;
  RunningState state_;
  base::Secret fingerprint_key_;
};

}  // namespace culvert::configd
