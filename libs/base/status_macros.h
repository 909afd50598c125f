// SPDX-License-Identifier: Apache-2.0
// Early return for absl::Status and absl::StatusOr, the error type between modules. No exception crosses a call.
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define CULVERT_CONCAT_INNER(a, b) a##b
#define CULVERT_CONCAT(a, b) CULVERT_CONCAT_INNER(a, b)

// RETURN_IF_ERROR(f());
#define RETURN_IF_ERROR(expr)                                         \
  do {                                                                \
    if (absl::Status _status = (expr); !_status.ok()) return _status; \
  } while (false)

// ASSIGN_OR_RETURN(auto x, f());
#define ASSIGN_OR_RETURN(lhs, expr) ASSIGN_OR_RETURN_INNER(CULVERT_CONCAT(_statusor, __LINE__), lhs, expr)
#define ASSIGN_OR_RETURN_INNER(tmp, lhs, expr)   \
  auto tmp = (expr);                             \
  if (!tmp.ok()) return std::move(tmp).status(); \
  lhs = *std::move(tmp)
