// SPDX-License-Identifier: Apache-2.0
// The configuration as text: YAML or JSON in, canonical YAML or JSON out. JSON is read by the same reader, as the YAML
// that it is. One walker over the descriptors serves every message, so a new field of the contract needs no code here.
//
// Accepted: snake_case keys; enum words bare; 64-bit integers as numbers or strings; durations as 30s, 10m, 8h, 7d;
// KEY_file for KEY wherever KEY holds key material (psk_file, password_file) and NAME_file for NAME_pem.
// Refused, each with its field and line: unknown and duplicate keys, other types, keys without a value, fields that
// only the appliance fills in, YAML aliases, and more than the limits below.
#pragma once

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "culvert/config/v1/config.pb.h"
#include "services/configd/form/problem.h"

namespace culvert::configd {

using Configuration = config::v1::Configuration;

inline constexpr size_t kMaxTextBytes = 64 << 20;
inline constexpr int kMaxTextDepth = 24;
inline constexpr size_t kMaxTextNodes = 4'000'000;
inline constexpr size_t kMaxValueFileBytes = 256 << 10;

struct ReadOptions {
  // Directory against which relative *_file values are opened, as the calling user. Empty: *_file keys are refused.
  std::string base_directory;
};

struct ReadResult {
  Configuration configuration;    // whatever could be read; apply it only where !HasErrors(problems)
  std::vector<Problem> problems;  // in the order of the text, with lines
  // Line of each tunnel, secret, … and of each field in it, by path, so that later findings get a line as well.
  absl::flat_hash_map<std::string, int> lines;
};

ReadResult ReadConfiguration(absl::string_view text, const ReadOptions& options);

// Gives each problem without a line the line of its field, or of the nearest field around it.
void FillLines(const ReadResult& read, std::vector<Problem>* problems);

// Canonical: fields in the order of the contract, durations in seconds. Neither has secrets or fields that only the
// appliance fills in, so what they write can be read again.
std::string WriteYaml(const Configuration& configuration);
std::string WriteJson(const Configuration& configuration);

}  // namespace culvert::configd
