// SPDX-License-Identifier: Apache-2.0
// SQLite behind RAII and absl::Status: a database, and statements that are bound, stepped and read in order.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct sqlite3;
struct sqlite3_stmt;

namespace culvert::configd {

// RESOURCE_EXHAUSTED: disk full, read-only or failing; DATA_LOSS: not a database, or corrupt; UNAVAILABLE: another
// process has it; INTERNAL: anything else, which is a mistake of ours.
absl::Status SqliteStatus(int code, sqlite3* database, absl::string_view what);

class Statement {
 public:
  Statement(sqlite3_stmt* statement, sqlite3* database) : statement_(statement), database_(database) {}

  // Parameters in the order of their question marks. Bound bytes must live until the statement is done.
  Statement& Bind(int64_t value);
  Statement& BindText(absl::string_view value);
  Statement& BindBlob(absl::string_view value);
  Statement& BindNull();

  absl::StatusOr<bool> Step();  // true: a row is there
  absl::Status Run();           // to the end, rows dropped

  int64_t Integer(int column) const;
  bool IsNull(int column) const;
  std::string Bytes(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  sqlite3* database_;
  int bound_ = 0;
};

class Database {
 public:
  // Creates the file, 0600, where there is none.
  static absl::StatusOr<Database> Open(const std::string& path);

  absl::Status Execute(const char* sql);  // any number of statements, without parameters
  absl::StatusOr<Statement> Prepare(absl::string_view sql);
  int64_t last_insert_id() const;

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  std::unique_ptr<sqlite3, Close> database_;
};

// Rolled back at its end unless Commit succeeded.
class Transaction {
 public:
  static absl::StatusOr<Transaction> Begin(Database* database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  ~Transaction();
  absl::Status Commit();

 private:
  explicit Transaction(Database* database) : database_(database) {}
  Database* database_;
};

}  // namespace culvert::configd
