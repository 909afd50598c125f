// SPDX-License-Identifier: Apache-2.0
// Tables of numbers and their names, for both versions of IKE.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace culvert::wire {

template <typename T>
struct Named {
  T value;
  absl::string_view name;
};

// A number without a name comes out as "41999".
template <typename T, size_t kSize>
std::string NameIn(const Named<T> (&table)[kSize], T value) {
  for (const Named<T>& row : table) {
    if (row.value == value) return std::string(row.name);
  }
  return absl::StrCat(static_cast<unsigned>(value));
}

}  // namespace culvert::wire
