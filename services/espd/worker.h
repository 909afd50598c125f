// SPDX-License-Identifier: Apache-2.0
// One thread for one TUN queue and its share of port 4500. Runs each packet to completion; sleeps in epoll alone.
#pragma once

#include <sys/epoll.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "libs/base/unique_fd.h"
#include "services/espd/decryptor.h"
#include "services/espd/encryptor.h"
#include "services/espd/latency_hold.h"
#include "services/espd/shared_state.h"
#include "services/espd/socket_port.h"

namespace culvert::espd {

struct WorkerOptions {
  int index = 0;
  int tun = -1;        // a queue, with TUN offloads enabled
  EspSockets sockets;  // to send by; it also receives by the UDP ones
  bool reads_raw = false;
  int stray = -1;  // datagram socket to iked, for IKE that came with ESP; -1: counted as malformed
  bool merge_udp = false;
};

class Worker {
 public:
  // The descriptors stay the caller's and must live as long as the worker.
  static absl::StatusOr<std::unique_ptr<Worker>> Create(SharedState& shared, LatencyHold& latency,
                                                        const WorkerOptions& options);

  // Until Stop().
  void Run();
  void Stop();  // from any thread

 private:
  class QueuePort final : public TunPort {
   public:
    QueuePort(int fd, DropCounters& drops) : fd_(fd), drops_(drops) {}
    void Write(const uint8_t* frame, size_t size) override;

   private:
    const int fd_;
    DropCounters& drops_;
  };
  class DatagramPort final : public StrayPort {
   public:
    DatagramPort(int fd, DropCounters& drops) : fd_(fd), drops_(drops) {}
    void Send(base::MutableByteView datagram, const base::Endpoint& local, const base::Endpoint& source) override;

   private:
    const int fd_;
    DropCounters& drops_;
  };

  Worker(SharedState& shared, LatencyHold& latency, const WorkerOptions& options);
  absl::Status Watch(int fd, uint64_t what);
  void PassOut();
  void PassIn(int fd, bool udp);
  bool ReceiveOne(int fd, bool udp);

  // Passes end after so many reads, so that the other direction gets its turn.
  static constexpr int kReadsOut = 64;
  static constexpr int kReadsIn = 32;
  static constexpr size_t kOctetsOut = 32 * 65536;
  static constexpr size_t kBuffer = 65536 + sizeof(VnetHeader) + Encryptor::kTailRoom;

  SharedState& shared_;
  LatencyHold& latency_;
  const WorkerOptions options_;
  std::atomic<bool> stop_ = false;
  base::UniqueFd epoll_;
  CryptoScratch scratch_;
  QueuePort tun_port_;
  SocketPort esp_port_;
  DatagramPort stray_port_;
  Encryptor encryptor_;
  Decryptor decryptor_;
  std::unique_ptr<uint8_t[]> buffer_;
  int64_t now_ms_ = 0;
};

}  // namespace culvert::espd
