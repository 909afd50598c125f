// SPDX-License-Identifier: Apache-2.0
// sim: runs schedules by the million. The first that violates an invariant is shrunk, told, and ends the run.
#include <atomic>
#include <chrono>
#include <iostream>
#include <mutex>
#include <thread>
#include <vector>

#include "CLI/CLI.hpp"
#include "tests/sim/shrink.h"
#include "tests/sim/world.h"

namespace {

using culvert::sim::MakeSchedule;
using culvert::sim::Schedule;
using culvert::sim::World;

void Tell(const Schedule& failing, const std::string& violation) {
  std::cout << "\n" << violation << "\n" << failing.ToString();
  const Schedule less = Shrink(failing);
  std::cout << "\nwith less: " << World(less).Run().value_or("") << "\n"
            << less.ToString() << "\nreplay: build/sim/sim --seed " << failing.seed << " --schedules 1\n";
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Runs the IKE engine against itself through random schedules of rekeys, deletes, crashes, losses and lifetimes.");
  uint64_t seed = 1;
  uint64_t schedules = 1'000'000;
  unsigned jobs = std::max(1u, std::thread::hardware_concurrency());
  app.add_option("--seed", seed, "The first schedule's seed");
  app.add_option("--schedules", schedules, "How many");
  app.add_option("--jobs", jobs, "Threads");
  bool trace = false;
  app.add_flag("--trace", trace, "Tell what happens in the first schedule, and run no other");
  CLI11_PARSE(app, argc, argv);
  if (trace) {
    std::cout << MakeSchedule(seed).ToString();
    std::cout << World(MakeSchedule(seed), &std::cout).Run().value_or("every invariant holds") << "\n";
    return 0;
  }

  std::atomic<uint64_t> next = seed;
  std::atomic<uint64_t> ran = 0;
  std::atomic<bool> failed = false;
  std::mutex telling;
  const auto start = std::chrono::steady_clock::now();
  const auto work = [&] {
    for (uint64_t mine = next++; mine < seed + schedules && !failed; mine = next++) {
      const Schedule schedule = MakeSchedule(mine);
      const auto violation = World(schedule).Run();
      ++ran;
      if (!violation) continue;
      const std::lock_guard lock(telling);
      if (!failed.exchange(true)) Tell(schedule, *violation);
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < jobs; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::cout << ran << " schedules in " << static_cast<uint64_t>(seconds) << " s, "
            << static_cast<uint64_t>(static_cast<double>(ran) / seconds)
            << " a second: " << (failed ? "an invariant is violated" : "every invariant holds") << "\n";
  return failed ? 1 : 0;
}
