// SPDX-License-Identifier: Apache-2.0
#include "services/configd/store/store.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"

namespace culvert::configd {
namespace {

using config::v1::Configuration;

constexpr int64_t kSchemaVersion = 1;
constexpr size_t kFingerprintKeyBytes = 32;

// EXCLUSIVE: one writer, and no shared-memory file beside the log. FULL: the log is synced at each commit.
constexpr char kPragmas[] = R"(
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA secure_delete = ON;
  PRAGMA foreign_keys = ON;
  PRAGMA temp_store = MEMORY;
)";

constexpr char kSchema[] = R"(
  CREATE TABLE revision (
    revision INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice
    configuration BLOB NOT NULL,                 -- culvert.config.v1.Configuration as typed, secrets included
    digest BLOB NOT NULL,                        -- SHA-256 of it
    create_time INTEGER NOT NULL,                -- microseconds since 1970
    principal TEXT NOT NULL,
    comment TEXT NOT NULL,
    request_id TEXT UNIQUE,
    source_file_digest BLOB NOT NULL,
    tunnels INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    running INTEGER NOT NULL,
    previous INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    confirm_before INTEGER,                      -- microseconds since 1970
    source_file_digest BLOB NOT NULL,
    fingerprint_key BLOB NOT NULL
  ) STRICT;
  PRAGMA user_version = 1;
)";

std::string Sha256(absl::string_view bytes) {
  std::array<char, 32> digest;
  auto* out = reinterpret_cast<unsigned char*>(digest.data());
  if (EVP_Digest(bytes.data(), bytes.size(), out, nullptr, EVP_sha256(), nullptr) != 1) std::abort();
  return {digest.data(), digest.size()};
}

RevisionInfo InfoOf(const Statement& row) {
  return {.revision = row.Integer(0),
          .create_time = absl::FromUnixMicros(row.Integer(1)),
          .principal = row.Bytes(2),
          .comment = row.Bytes(3),
          .request_id = row.Bytes(4),
          .source_file_digest = row.Bytes(5),
          .tunnels = static_cast<int32_t>(row.Integer(6))};
}

constexpr absl::string_view kInfoColumns =
    "revision, create_time, principal, comment, request_id, source_file_digest, tunnels";

absl::Status MakeDirectory(const std::string& directory) {
  if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return absl::ErrnoToStatus(errno, directory);
  if (chmod(directory.c_str(), 0700) != 0) return absl::ErrnoToStatus(errno, directory);
  return absl::OkStatus();
}

absl::Status NoSuchRevision(int64_t revision) {
  return absl::NotFoundError(absl::StrCat("there is no revision ", revision));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> Store::Open(const std::string& directory, base::Rng* rng) {
  RETURN_IF_ERROR(MakeDirectory(directory));
  ASSIGN_OR_RETURN(Database database, Database::Open(absl::StrCat(directory, "/configuration.db")));
  std::unique_ptr<Store> store(new Store(std::move(database)));
  RETURN_IF_ERROR(store->Prepare(rng));
  return store;
}

absl::Status Store::Prepare(base::Rng* rng) {
  RETURN_IF_ERROR(database_.Execute(kPragmas));
  ASSIGN_OR_RETURN(Statement check, database_.Prepare("PRAGMA quick_check(1)"));
  ASSIGN_OR_RETURN(const bool answered, check.Step());
  if (!answered || check.Bytes(0) != "ok") return absl::DataLossError(absl::StrCat("store: ", check.Bytes(0)));

  ASSIGN_OR_RETURN(Statement version, database_.Prepare("PRAGMA user_version"));
  RETURN_IF_ERROR(version.Step().status());
  const int64_t found = version.Integer(0);
  if (found > kSchemaVersion) {
    return absl::DataLossError(
        absl::StrCat("store: written by a newer release (schema ", found, ", this one knows ", kSchemaVersion, ")"));
  }
  if (found == 0) RETURN_IF_ERROR(CreateSchema(rng));
  return ReadState();
}

absl::Status Store::CreateSchema(base::Rng* rng) {
  const base::Bytes key = rng->Take(kFingerprintKeyBytes);
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(&database_));
  RETURN_IF_ERROR(database_.Execute(kSchema));
  ASSIGN_OR_RETURN(Statement insert, database_.Prepare("INSERT INTO state VALUES (1, 0, 0, 1, NULL, x'', ?)"));
  RETURN_IF_ERROR(insert.BindBlob(base::AsText(key)).Run());
  return transaction.Commit();
}

absl::Status Store::ReadState() {
  ASSIGN_OR_RETURN(Statement row, database_.Prepare("SELECT running, previous, generation, confirm_before, "
                                                    "source_file_digest, fingerprint_key FROM state"));
  ASSIGN_OR_RETURN(const bool there, row.Step());
  if (!there) return absl::DataLossError("store: its state is missing");
  state_.running = row.Integer(0);
  state_.previous = row.Integer(1);
  state_.generation = static_cast<uint64_t>(row.Integer(2));
  if (!row.IsNull(3)) state_.confirm_before = absl::FromUnixMicros(row.Integer(3));
  state_.source_file_digest = row.Bytes(4);
  fingerprint_key_ = base::Secret::CopyOf(base::AsBytes(row.Bytes(5)));
  return absl::OkStatus();
}

base::Secret Store::crash_key() const {
  constexpr absl::string_view kPurpose = "RFC 6290 QCD_TOKEN";
  const base::ByteView key = fingerprint_key_.view(), purpose = base::AsBytes(kPurpose);
  base::Secret derived(EVP_MD_size(EVP_sha256()));
  const unsigned char* made = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), purpose.data(),
                                   purpose.size(), derived.mutable_view().data(), nullptr);
  if (made == nullptr) std::abort();
  return derived;
}

absl::Status Store::WriteState(const RunningState& state) {
  ASSIGN_OR_RETURN(Statement update, database_.Prepare("UPDATE state SET running = ?, previous = ?, generation = ?, "
                                                       "source_file_digest = ?, confirm_before = ?"));
  update.Bind(state.running).Bind(state.previous).Bind(static_cast<int64_t>(state.generation));
  update.BindBlob(state.source_file_digest);
  state.confirm_before ? update.Bind(absl::ToUnixMicros(*state.confirm_before)) : update.BindNull();
  return update.Run();
}

absl::StatusOr<int64_t> Store::Commit(const Configuration& configuration, const RevisionInfo& info,
                                      std::optional<absl::Time> confirm_before) {
  const std::string bytes = configuration.SerializeAsString();
  const std::string digest = Sha256(bytes);
  RunningState next = state_;
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(&database_));
  ASSIGN_OR_RETURN(Statement insert,
                   database_.Prepare("INSERT INTO revision (configuration, digest, create_time, principal, comment, "
                                     "source_file_digest, tunnels, request_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"));
  insert.BindBlob(bytes).BindBlob(digest).Bind(absl::ToUnixMicros(info.create_time)).BindText(info.principal);
  insert.BindText(info.comment).BindBlob(info.source_file_digest).Bind(configuration.tunnels_size());
  info.request_id.empty() ? insert.BindNull() : insert.BindText(info.request_id);
  RETURN_IF_ERROR(insert.Run());

  next.previous = state_.running;
  next.running = database_.last_insert_id();
  next.generation = state_.generation + 1;
  next.confirm_before = confirm_before;
  if (!info.source_file_digest.empty()) next.source_file_digest = info.source_file_digest;
  RETURN_IF_ERROR(WriteState(next));

  ASSIGN_OR_RETURN(Statement prune,
                   database_.Prepare("DELETE FROM revision WHERE revision NOT IN (SELECT revision FROM "
                                     "revision ORDER BY revision DESC LIMIT ?) AND revision NOT IN (?, ?)"));
  RETURN_IF_ERROR(prune.Bind(kKeptRevisions).Bind(next.running).Bind(next.previous).Run());
  RETURN_IF_ERROR(transaction.Commit());
  state_ = next;
  return next.running;
}

absl::Status Store::Confirm() {
  RunningState next = state_;
  next.confirm_before.reset();
  return Change(next);
}

absl::Status Store::Revert() {
  RunningState next = state_;
  next.running = state_.previous;
  next.previous = state_.running;
  next.generation = state_.generation + 1;
  next.confirm_before.reset();
  return Change(next);
}

absl::Status Store::Change(const RunningState& state) {
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(&database_));
  RETURN_IF_ERROR(WriteState(state));
  RETURN_IF_ERROR(transaction.Commit());
  state_ = state;
  return absl::OkStatus();
}

absl::StatusOr<Configuration> Store::Load(int64_t revision) {
  Configuration configuration;
  if (revision == 0) return configuration;
  ASSIGN_OR_RETURN(Statement row, database_.Prepare("SELECT configuration, digest FROM revision WHERE revision = ?"));
  ASSIGN_OR_RETURN(const bool there, row.Bind(revision).Step());
  if (!there) return NoSuchRevision(revision);
  const std::string bytes = row.Bytes(0);
  if (Sha256(bytes) != row.Bytes(1) || !configuration.ParseFromString(bytes)) {
    return absl::DataLossError(absl::StrCat("store: revision ", revision, " is damaged"));
  }
  return configuration;
}

absl::StatusOr<RevisionInfo> Store::Describe(int64_t revision) {
  ASSIGN_OR_RETURN(Statement row,
                   database_.Prepare(absl::StrCat("SELECT ", kInfoColumns, " FROM revision WHERE revision = ?")));
  ASSIGN_OR_RETURN(const bool there, row.Bind(revision).Step());
  if (!there) return NoSuchRevision(revision);
  return InfoOf(row);
}

absl::StatusOr<std::optional<int64_t>> Store::FindRequest(const std::string& request_id) {
  ASSIGN_OR_RETURN(Statement row, database_.Prepare("SELECT revision FROM revision WHERE request_id = ?"));
  ASSIGN_OR_RETURN(const bool there, row.BindText(request_id).Step());
  return there ? std::optional(row.Integer(0)) : std::nullopt;
}

absl::StatusOr<std::vector<RevisionInfo>> Store::List(int64_t before, int limit) {
  const std::string below = before > 0 ? "WHERE revision < ?" : "WHERE ? = 0";
  ASSIGN_OR_RETURN(Statement row, database_.Prepare(absl::StrCat("SELECT ", kInfoColumns, " FROM revision ", below,
                                                                 " ORDER BY revision DESC LIMIT ?")));
  row.Bind(before).Bind(limit);
  std::vector<RevisionInfo> revisions;
  for (;;) {
    ASSIGN_OR_RETURN(const bool there, row.Step());
    if (!there) return revisions;
    revisions.push_back(InfoOf(row));
  }
}

}  // namespace culvert::configd
