// SPDX-License-Identifier: Apache-2.0
// A SadService that accepts everything, remembers what it was told, and can break its stream on demand.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "culvert/sad/v1/sad.grpc.pb.h"

namespace culvert::iked::testing {

class FakeSad final : public sad::v1::SadService::Service {
 public:
  grpc::Status Attach(grpc::ServerContext* context,
                      grpc::ServerReaderWriter<sad::v1::AttachResponse, sad::v1::AttachRequest>* stream) override;
  grpc::Status GetCapabilities(grpc::ServerContext*, const sad::v1::GetCapabilitiesRequest*,
                               sad::v1::GetCapabilitiesResponse* response) override;
  grpc::Status ListChildSas(grpc::ServerContext*, const sad::v1::ListChildSasRequest* request,
                            sad::v1::ListChildSasResponse* response) override;

  void set_addresses(std::vector<std::string> addresses) { addresses_ = std::move(addresses); }

  // What happens with operations: answered, or read and left without an answer (the process dies before it says so).
  void StopAnswering();
  // Ends the stream that is up; the next one is answered again.
  void BreakStream();
  void Raise(const datapath::v1::DatapathEvent& event);

  // Every operation that arrived, over all streams, as words: "lease 64", "install 7", "retire 7", "reconcile 7,8".
  std::vector<std::string> Story() const;
  std::map<uint64_t, datapath::v1::ChildSa> installed() const;
  int streams() const;

  // False: `condition`, which may look at more than this fake, did not come true in time.
  template <typename Condition>
  bool WaitUntil(Condition condition, absl::Duration timeout = absl::Seconds(20)) const {
    const absl::Time deadline = absl::Now() + timeout;
    while (!condition()) {
      if (absl::Now() > deadline) return false;
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, std::chrono::milliseconds(20));
    }
    return true;
  }

 private:
  using Stream = grpc::ServerReaderWriter<sad::v1::AttachResponse, sad::v1::AttachRequest>;
  sad::v1::SaResult Apply(const sad::v1::SaOperation& operation);

  std::vector<std::string> addresses_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  Stream* stream_ = nullptr;
  grpc::ServerContext* context_ = nullptr;
  bool answering_ = true;
  int streams_ = 0;
  uint32_t next_spi_ = 0x1000;
  std::vector<std::string> story_;
  std::map<uint64_t, datapath::v1::ChildSa> installed_;
};

}  // namespace culvert::iked::testing
