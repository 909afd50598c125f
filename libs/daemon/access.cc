// SPDX-License-Identifier: Apache-2.0
#include "libs/daemon/access.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "culvert/service/v1/service.pb.h"

namespace culvert::daemon {
namespace {

using service::v1::Access;
using service::v1::Role;

// Services that are not ours and so cannot carry the option.
constexpr absl::string_view kForEveryKnownCaller[] = {"/grpc.health.v1.Health/", "/grpc.reflection."};

bool Known(const Caller& caller) {
  return caller.role != CallerRole::kNone || !caller.process.empty();
}

// Nobody reaches SERVICE or UNSPECIFIED by role.
std::optional<CallerRole> NeededRole(const Access& access) {
  switch (access.role()) {
    case Role::VIEWER:
      return CallerRole::kViewer;
    case Role::OPERATOR:
      return CallerRole::kOperator;
    case Role::ADMIN:
      return CallerRole::kAdmin;
    default:
      return std::nullopt;
  }
}

absl::Status Denied(const Caller& caller, absl::string_view path, absl::string_view needed) {
  return absl::PermissionDeniedError(
      absl::StrCat(path, " needs ", needed, "; ", caller.principal, " has role ", RoleName(caller.role)));
}

std::string Describe(const Access& access) {
  std::string callers = absl::StrJoin(access.callers(), " or ");
  const auto role = NeededRole(access);
  if (!role) return callers.empty() ? "an access option, which it lacks" : absl::StrCat("to be called by ", callers);
  return callers.empty() ? absl::StrCat("role ", RoleName(*role))
                         : absl::StrCat("role ", RoleName(*role), " or ", callers);
}

const google::protobuf::MethodDescriptor* FindMethod(absl::string_view path) {
  if (!absl::ConsumePrefix(&path, "/")) return nullptr;
  return google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(absl::StrReplaceAll(path, {{"/", "."}}));
}

}  // namespace

absl::Status CheckAccess(const Caller& caller, absl::string_view path, bool proxied) {
  for (absl::string_view prefix : kForEveryKnownCaller) {
    if (absl::StartsWith(path, prefix)) {
      return Known(caller) ? absl::OkStatus() : Denied(caller, path, "role VIEWER");
    }
  }
  const google::protobuf::MethodDescriptor* method = FindMethod(path);
  if (method == nullptr) {
    if (proxied && Known(caller)) return absl::OkStatus();
    return Denied(caller, path, proxied ? "role VIEWER" : "to be a method of this process, which it is not");
  }
  const Access& access = method->options().GetExtension(service::v1::access);
  const auto role = NeededRole(access);
  if (role && caller.role >= *role) return absl::OkStatus();
  const bool named = std::any_of(access.callers().begin(), access.callers().end(),
                                 [&](const std::string& name) { return caller.CountsAs(name); });
  return named ? absl::OkStatus() : Denied(caller, path, Describe(access));
}

}  // namespace culvert::daemon
