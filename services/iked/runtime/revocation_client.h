// SPDX-License-Identifier: Apache-2.0
// CRLs and OCSP answers through fetchd, kept while they are fresh. What comes is believed only as far as libs/pki
// verifies it.
#pragma once

#include <grpcpp/channel.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "culvert/fetch/v1/fetch.grpc.pb.h"
#include "libs/base/clock.h"
#include "libs/pki/revocation_cache.h"
#include "services/iked/runtime/call_group.h"
#include "services/iked/runtime/ports.h"

namespace culvert::iked {

class RevocationClient final : public RevocationPort {
 public:
  // How long a peer waits in IKE_AUTH for servers that it named itself. Below the retransmissions' patience.
  static constexpr absl::Duration kPatience = absl::Seconds(5);

  RevocationClient(EventLoop& loop, const base::Clock& clock, base::Rng& rng,
                   const std::shared_ptr<grpc::Channel>& fetchd);

  std::shared_ptr<const pki::RevocationEvidence> With(
      const std::shared_ptr<const pki::RevocationEvidence>& configured) override;
  bool Find(const std::vector<pki::RevocationSource>& sources, std::function<void()> done) override;

 private:
  // One who waits for several fetches; each ends by its deadline, so the wait does.
  struct Wait {
    size_t missing = 0;
    std::function<void()> done;
  };

  void Fetch(const pki::RevocationSource& source, const std::string& key);
  void Finish(const std::string& key);

  const base::Clock& clock_;
  base::Rng& rng_;
  std::unique_ptr<fetch::v1::FetchService::Stub> stub_;
  std::shared_ptr<const pki::RevocationEvidence> configured_;
  pki::RevocationCache cache_;
  absl::flat_hash_map<std::string, std::vector<std::shared_ptr<Wait>>> under_way_;  // by what is fetched
  CallGroup calls_;
};

}  // namespace culvert::iked
