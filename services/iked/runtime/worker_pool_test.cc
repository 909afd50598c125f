// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/worker_pool.h"

#include <gtest/gtest.h>

#include <latch>
#include <string>

namespace culvert::iked {
namespace {

// Holds the pool's only worker until it is opened, so that what is submitted meanwhile waits in the queues. Declared
// before the pool: the worker may still be leaving it when the test ends.
class Gate {
 public:
  void Hold(WorkerPool& pool) {
    ASSERT_TRUE(pool.Submit(JobClass::kEstablished, [this] {
      entered_.count_down();
      open_.wait();
    }));
    entered_.wait();
  }
  void Open() { open_.count_down(); }

 private:
  std::latch entered_{1};
  std::latch open_{1};
};

TEST(WorkerPoolTest, EstablishedBeforeProvenBeforeNew) {
  std::string order;
  std::latch done(1);
  Gate gate;
  WorkerPool pool(1);
  gate.Hold(pool);
  ASSERT_TRUE(pool.Submit(JobClass::kNew, [&] {
    order += "n";
    done.count_down();
  }));
  ASSERT_TRUE(pool.Submit(JobClass::kProven, [&] { order += "p"; }));
  ASSERT_TRUE(pool.Submit(JobClass::kEstablished, [&] { order += "e"; }));
  ASSERT_TRUE(pool.Submit(JobClass::kProven, [&] { order += "q"; }));
  gate.Open();
  done.wait();
  EXPECT_EQ(order, "epqn");
}

TEST(WorkerPoolTest, FullQueueOfStrangersRefusesStrangersOnly) {
  Gate gate;
  WorkerPool pool(1, {.queued = {2, 2, 1}});
  gate.Hold(pool);
  EXPECT_TRUE(pool.Submit(JobClass::kNew, [] {}));
  EXPECT_FALSE(pool.Submit(JobClass::kNew, [] {}));
  EXPECT_TRUE(pool.Submit(JobClass::kProven, [] {}));
  EXPECT_TRUE(pool.Submit(JobClass::kEstablished, [] {}));
  gate.Open();
}

TEST(WorkerPoolTest, WorkersRunSideBySide) {
  std::latch first(1), second(1), both(2);
  WorkerPool pool(2);
  ASSERT_TRUE(pool.Submit(JobClass::kNew, [&] {
    first.count_down();
    second.wait();
    both.count_down();
  }));
  ASSERT_TRUE(pool.Submit(JobClass::kNew, [&] {
    first.wait();
    second.count_down();
    both.count_down();
  }));
  both.wait();
}

}  // namespace
}  // namespace culvert::iked
