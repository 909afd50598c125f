// SPDX-License-Identifier: Apache-2.0
// A YAML document as a plain tree with line numbers, within limits.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/configd/form/problem.h"

namespace culvert::configd {

struct Node {
  struct Entry;
  enum class Kind { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  int line = 0;                  // 1-based
  bool plain = false;            // a scalar without quotes
  std::string text{};            // of a scalar
  std::vector<Node> items{};     // of a list
  std::vector<Entry> entries{};  // of a map, in the order of the text, duplicates included

  bool is_map() const { return kind == Kind::kMap; }
  bool is_list() const { return kind == Kind::kList; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_null() const { return kind == Kind::kNull; }
};

struct Node::Entry {
  std::string key;
  int line = 0;
  Node value;
};

// The one document of `text`, YAML or JSON. nullopt after a SYNTAX problem: not YAML, nothing in it, several documents,
// aliases, tags, keys that are not words, or more than kMaxTextBytes, kMaxTextDepth or kMaxTextNodes.
std::optional<Node> ParseDocument(absl::string_view text, Problems* problems);

}  // namespace culvert::configd
