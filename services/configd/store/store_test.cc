// SPDX-License-Identifier: Apache-2.0
#include "services/configd/store/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace culvert::configd {
namespace {

using config::v1::Configuration;
using ::testing::HasSubstr;

class StoreTest : public testing::Test {
 protected:
  StoreTest() : root_(absl::StrCat(testing::TempDir(), "/store-", getpid(), "-", counter_++)) {}
  ~StoreTest() override { std::filesystem::remove_all(root_); }

  absl::StatusOr<std::unique_ptr<Store>> Open() { return Store::Open(root_, &rng_); }
  std::string File() const { return absl::StrCat(root_, "/configuration.db"); }

  static Configuration Named(absl::string_view name) {
    Configuration configuration;
    configuration.add_tunnels()->set_name(std::string(name));
    return configuration;
  }
  static RevisionInfo By(absl::string_view principal) {
    RevisionInfo info;
    info.principal = std::string(principal);
    info.create_time = absl::FromUnixSeconds(1'700'000'000);
    return info;
  }

  static inline int counter_ = 0;
  const std::string root_;
  base::SystemRng rng_;
};

mode_t ModeOf(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
  return info.st_mode & 0777;
}

TEST_F(StoreTest, StartsEmptyAndPrivate) {
  umask(0);
  auto store = Open().value();
  EXPECT_EQ(store->state().running, 0);
  EXPECT_EQ(store->state().generation, 1u);
  EXPECT_EQ(store->Load(0).value().tunnels_size(), 0);
  ASSERT_TRUE(store->Commit(Named("a"), By("root"), std::nullopt).ok());
  EXPECT_EQ(ModeOf(root_), 0700u);
  EXPECT_EQ(ModeOf(File()), 0600u);
  EXPECT_EQ(ModeOf(absl::StrCat(File(), "-wal")), 0600u);
}

TEST_F(StoreTest, KeepsRevisionsAcrossRestarts) {
  base::Bytes key, crash_key;
  {
    auto store = Open().value();
    key = base::ToBytes(store->fingerprint_key().view());
    crash_key = base::ToBytes(store->crash_key().view());
    RevisionInfo info = By("uid:1000");
    info.comment = "first";
    info.request_id = "r-1";
    info.source_file_digest = "digest";
    EXPECT_EQ(store->Commit(Named("a"), info, std::nullopt).value(), 1);
    EXPECT_EQ(store->Commit(Named("b"), By("root"), std::nullopt).value(), 2);
  }
  auto store = Open().value();
  EXPECT_EQ(store->state().running, 2);
  EXPECT_EQ(store->state().previous, 1);
  EXPECT_EQ(store->state().generation, 3u);
  EXPECT_EQ(store->state().source_file_digest, "digest") << "the last file, though the last revision came otherwise";
  EXPECT_EQ(store->Load(1).value().tunnels(0).name(), "a");
  EXPECT_EQ(store->FindRequest("r-1").value(), 1);
  EXPECT_EQ(store->FindRequest("r-2").value(), std::nullopt);
  EXPECT_EQ(store->Describe(1).value().principal, "uid:1000");
  EXPECT_EQ(store->Load(3).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(base::ToBytes(store->fingerprint_key().view()), key);
  EXPECT_EQ(base::ToBytes(store->crash_key().view()), crash_key);
  EXPECT_NE(crash_key, key);
  EXPECT_EQ(key.size(), 32u);
}

TEST_F(StoreTest, AnUnconfirmedRevisionSurvivesARestartAndCanGo) {
  const absl::Time deadline = absl::FromUnixSeconds(1'800'000'000);
  {
    auto store = Open().value();
    ASSERT_TRUE(store->Commit(Named("a"), By("root"), std::nullopt).ok());
    ASSERT_TRUE(store->Commit(Named("b"), By("root"), deadline).ok());
  }
  auto store = Open().value();
  EXPECT_EQ(store->state().running, 2);
  EXPECT_EQ(store->state().confirm_before, deadline);
  ASSERT_TRUE(store->Revert().ok());
  EXPECT_EQ(store->state().running, 1);
  EXPECT_EQ(store->state().generation, 4u) << "what runs changed, so the generation is a new one";
  EXPECT_EQ(store->state().confirm_before, std::nullopt);
  EXPECT_EQ(store->Commit(Named("c"), By("root"), std::nullopt).value(), 3) << "numbers are not used twice";
}

TEST_F(StoreTest, ListsNewestFirstInPages) {
  auto store = Open().value();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(store->Commit(Named("a"), By("root"), std::nullopt).ok());
  const auto numbers = [](const std::vector<RevisionInfo>& revisions) {
    std::vector<int64_t> list;
    for (const RevisionInfo& r : revisions) list.push_back(r.revision);
    return list;
  };
  EXPECT_EQ(numbers(store->List(0, 2).value()), (std::vector<int64_t>{5, 4}));
  EXPECT_EQ(numbers(store->List(4, 9).value()), (std::vector<int64_t>{3, 2, 1}));
}

TEST_F(StoreTest, ForgetsTheOldestButNeverWhatRuns) {
  auto store = Open().value();
  for (int i = 0; i < Store::kKeptRevisions + 5; ++i) {
    ASSERT_TRUE(store->Commit(Named("a"), By("root"), std::nullopt).ok());
  }
  EXPECT_EQ(store->List(0, 1000).value().size(), static_cast<size_t>(Store::kKeptRevisions));
  EXPECT_TRUE(store->Load(store->state().running).ok());
  EXPECT_FALSE(store->Load(5).ok());
}

TEST_F(StoreTest, OneProcessOnly) {
  auto store = Open().value();
  EXPECT_EQ(Open().status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(StoreTest, RefusesWhatIsNotAStore) {
  std::filesystem::create_directory(root_);
  std::ofstream(File()) << std::string(8192, 'x');
  EXPECT_EQ(Open().status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(StoreTest, NoticesDamage) {
  {
    auto store = Open().value();
    ASSERT_TRUE(store->Commit(Named(std::string(50'000, 'a')), By("root"), std::nullopt).ok());
  }
  std::fstream file(File(), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(File())) - 2000);
  file << "damage";
  file.close();
  auto store = Open();
  const absl::Status status = store.ok() ? (*store)->Load(1).status() : store.status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
}

TEST_F(StoreTest, RefusesANewerSchema) {
  { auto store = Open().value(); }
  auto database = Database::Open(File());
  ASSERT_TRUE(database->Execute("PRAGMA user_version = 2").ok());
  database = absl::UnknownError("closed");
  const absl::Status status = Open().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("newer release"));
}

// A limit on the size of files stands in for a full disk.
TEST_F(StoreTest, AFullDiskRefusesAndChangesNothing) {
  auto store = Open().value();
  ASSERT_TRUE(store->Commit(Named("a"), By("root"), std::nullopt).ok());
  signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit full = {100'000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &full);
  const auto refused = store->Commit(Named(std::string(500'000, 'b')), By("root"), std::nullopt);
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted) << refused.status();
  EXPECT_EQ(store->state().running, 1);
  EXPECT_EQ(store->Commit(Named("c"), By("root"), std::nullopt).value(), 2) << "and it works again";
}

// A child commits revision after revision until it is killed, at any moment. Each time the store opens again, what runs
// is whole, and it is the last one acknowledged or the one after it.
TEST_F(StoreTest, SurvivesKillsWhileCommitting) {
  int64_t acknowledged = 0;
  for (int round = 0; round < 20; ++round) {
    int channel[2];
    ASSERT_EQ(pipe(channel), 0);
    const pid_t child = fork();
    if (child == 0) {
      close(channel[0]);
      auto store = Open().value();
      for (;;) {
        const std::string name = absl::StrCat("n", store->state().running + 1);
        const int64_t revision = store->Commit(Named(name), By("root"), std::nullopt).value();
        if (write(channel[1], &revision, sizeof revision) != sizeof revision) _exit(1);
      }
    }
    close(channel[1]);
    const int64_t stop_after = acknowledged + 1 + round % 7;
    int64_t revision = 0;
    while (revision < stop_after && read(channel[0], &revision, sizeof revision) == sizeof revision) {
    }
    kill(child, SIGKILL);
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
    while (read(channel[0], &revision, sizeof revision) == sizeof revision) {
    }
    close(channel[0]);
    acknowledged = revision;

    auto store = Open().value();
    const int64_t running = store->state().running;
    EXPECT_THAT(running, testing::AnyOf(acknowledged, acknowledged + 1));
    EXPECT_EQ(store->Load(running).value().tunnels(0).name(), absl::StrCat("n", running));
    acknowledged = running;
  }
}

}  // namespace
}  // namespace culvert::configd
