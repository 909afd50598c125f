// SPDX-License-Identifier: Apache-2.0
// What is known about revocations: configured CRLs, which stay, and fetched answers, which go when they are old or too
// many. For one thread; its evidence may go to others.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/pki/revocation.h"

namespace culvert::pki {

inline constexpr size_t kMaxCachedCrls = 64;
inline constexpr size_t kMaxCachedOcspAnswers = 1024;
inline constexpr absl::Duration kFetchAgainAfterFailure = absl::Minutes(1);

class RevocationCache {
 public:
  void SetConfigured(std::vector<std::shared_ptr<const Crl>> crls);

  // What came from a source. InvalidArgument: not an answer to it, not signed by who may, or already old; such a one
  // never displaces another. `nonce` is that of the OCSP request. A failed fetch is told by `FetchFailed`.
  absl::Status Add(const RevocationSource& source, base::ByteView der, base::ByteView nonce, absl::Time now);
  void FetchFailed(const RevocationSource& source, absl::Time now);

  // False for a little while after a failure: an unreachable server must not delay every handshake.
  bool WorthFetching(const RevocationSource& source, absl::Time now) const;

  std::shared_ptr<const RevocationEvidence> evidence() const { return evidence_; }

 private:
  absl::Status AddCrl(const RevocationSource& source, base::ByteView der, absl::Time now);
  absl::Status AddOcsp(const RevocationSource& source, base::ByteView der, base::ByteView nonce, absl::Time now);
  void Rebuild();

  std::vector<std::shared_ptr<const Crl>> configured_;
  struct FetchedCrl {
    std::shared_ptr<const Crl> crl;
    uint64_t added = 0;
  };
  struct FetchedAnswer {
    std::shared_ptr<const OcspAnswer> answer;
    uint64_t added = 0;
  };
  absl::flat_hash_map<std::string, FetchedCrl> crls_;  // by URL
  absl::flat_hash_map<Fingerprint, FetchedAnswer> answers_;
  absl::flat_hash_map<std::string, absl::Time> failed_;  // by URL
  uint64_t added_ = 0;
  std::shared_ptr<const RevocationEvidence> evidence_ = std::make_shared<RevocationEvidence>();
};

}  // namespace culvert::pki
