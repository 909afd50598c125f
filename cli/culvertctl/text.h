// SPDX-License-Identifier: Apache-2.0
// Values as people read them.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace culvert::ctl {

std::string BytesText(uint64_t bytes);          // "0 B", "999 B", "1.2 kB", "34 MB": powers of 1000
std::string DurationText(absl::Duration time);  // its two largest units: "12s", "3m05s", "2h10m", "4d03h"
absl::Time TimeOf(const google::protobuf::Timestamp& time);
std::string TimeText(absl::Time time);                          // "2026-11-23 10:41:03", local time
std::string CountText(uint64_t count, absl::string_view noun);  // "1 tunnel", "2 tunnels"

}  // namespace culvert::ctl
