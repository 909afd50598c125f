// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/worker_pool.h"

#include <gtest/gtest.h>

#include <future>
#include <string>

namespace culvert::iked {
namespace {

// Holds the pool's only worker until it is opened, so that what is submitted meanwhile waits in the queues.
class Gate {
 public:
  explicit Gate(WorkerPool& pool) {
    EXPECT_TRUE(pool.Submit(JobClass::kEstablished, [this] {
      entered_.set_value();
      open_.get_future().wait();
    }));
    entered_.get_future().wait();
  }
  void Open() { open_.set_value(); }

 private:
  std::promise<void> entered_;
  std::promise<void> open_;
};

TEST(WorkerPoolTest, EstablishedBeforeProvenBeforeNew) {
  WorkerPool pool(1);
  Gate gate(pool);
  std::string order;
  std::promise<void> done;
  ASSERT_TRUE(pool.Submit(JobClass::kNew, [&] {
    order += "n";
    done.set_value();
  }));
  ASSERT_TRUE(pool.Submit(JobClass::kProven, [&] { order += "p"; }));
  ASSERT_TRUE(pool.Submit(JobClass::kEstablished, [&] { order += "e"; }));
  ASSERT_TRUE(pool.Submit(JobClass::kProven, [&] { order += "q"; }));
  gate.Open();
  done.get_future().wait();
  EXPECT_EQ(order, "epqn");
}

TEST(WorkerPoolTest, FullQueueOfStrangersRefusesStrangersOnly) {
  WorkerPool pool(1, {.queued = {2, 2, 1}});
  Gate gate(pool);
  EXPECT_TRUE(pool.Submit(JobClass::kNew, [] {}));
  EXPECT_FALSE(pool.Submit(JobClass::kNew, [] {}));
  EXPECT_TRUE(pool.Submit(JobClass::kProven, [] {}));
  EXPECT_TRUE(pool.Submit(JobClass::kEstablished, [] {}));
  gate.Open();
}

TEST(WorkerPoolTest, WorkersRunSideBySide) {
  WorkerPool pool(2);
  std::promise<void> a, b;
  ASSERT_TRUE(pool.Submit(JobClass::kNew, [&] {
    a.set_value();
    b.get_future().wait();
  }));
  ASSERT_TRUE(pool.Submit(JobClass::kNew, [&] {
    a.get_future().wait();
    b.set_value();
  }));
}

}  // namespace
}  // namespace culvert::iked
