// SPDX-License-Identifier: Apache-2.0
// The thread that takes an unconfirmed revision back.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "services/configd/service/transactions.h"

namespace culvert::configd {

class RevertTimer {
 public:
  explicit RevertTimer(Transactions* transactions);  // borrowed
  ~RevertTimer();

  void Rearm();  // after each call that may have changed when to revert

 private:
  void Run();

  Transactions& transactions_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool rearmed_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace culvert::configd
