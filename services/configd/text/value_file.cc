// SPDX-License-Identifier: Apache-2.0
#include "services/configd/text/value_file.h"

#include <fcntl.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/stubs/common.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "culvert/service/v1/service.pb.h"
#include "libs/base/unique_fd.h"
#include "services/configd/text/configuration_text.h"

namespace culvert::configd {
namespace {

// What a proto3 string may hold.
bool IsText(const std::string& bytes) {
  return bytes.find('\0') == std::string::npos && google::protobuf::internal::IsStructurallyValidUTF8(bytes);
}

}  // namespace

std::string FileKeyOf(const google::protobuf::FieldDescriptor& field) {
  if (field.type() != google::protobuf::FieldDescriptor::TYPE_STRING || field.is_repeated()) return "";
  absl::string_view stem = field.name();
  if (absl::ConsumeSuffix(&stem, "_pem")) return absl::StrCat(stem, "_file");
  return field.options().GetExtension(service::v1::secret) ? absl::StrCat(stem, "_file") : "";
}

absl::StatusOr<std::string> ReadValueFile(const std::string& base_directory, const std::string& path) {
  const std::string full = absl::StartsWith(path, "/") ? path : absl::StrCat(base_directory, "/", path);
  const base::UniqueFd fd(open(full.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // a FIFO must not hold us up
  if (!fd.valid()) return absl::ErrnoToStatus(errno, full);
  struct stat info {};
  if (fstat(fd.get(), &info) != 0) return absl::ErrnoToStatus(errno, full);
  if (!S_ISREG(info.st_mode)) return absl::InvalidArgumentError(absl::StrCat(full, ": not a regular file"));

  std::string bytes(kMaxValueFileBytes + 1, '\0');
  size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t got = read(fd.get(), bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return absl::ErrnoToStatus(errno, full);
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  if (size > kMaxValueFileBytes) {
    return absl::InvalidArgumentError(absl::StrCat(full, ": longer than ", kMaxValueFileBytes, " octets"));
  }
  bytes.resize(size);
  if (!IsText(bytes)) return absl::InvalidArgumentError(absl::StrCat(full, ": not text"));
  return bytes;
}

}  // namespace culvert::configd
