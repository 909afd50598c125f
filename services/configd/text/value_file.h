// SPDX-License-Identifier: Apache-2.0
// Values that a configuration keeps in files of their own: *_file keys, read by the process that reads the text.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace google::protobuf {
class FieldDescriptor;
}

namespace culvert::configd {

// "psk_file" for a field `psk` of key material, "certificate_file" for `certificate_pem`, "" for all other fields.
std::string FileKeyOf(const google::protobuf::FieldDescriptor& field);

// The whole of a regular file, at most kMaxValueFileBytes of UTF-8 without NUL; `path` relative to `base_directory`.
// InvalidArgument or the errno's status says what is wrong, with the path.
absl::StatusOr<std::string> ReadValueFile(const std::string& base_directory, const std::string& path);

}  // namespace culvert::configd
