// SPDX-License-Identifier: Apache-2.0
#include "libs/daemon/gate.h"

#include <grpcpp/server_context.h>

#include <string>

#include "libs/daemon/access.h"
#include "libs/daemon/serve.h"
#include "libs/daemon/status.h"

namespace culvert::daemon {
namespace {

// Names of the connection's properties in its AuthContext.
constexpr char kPrincipal[] = "culvert.principal";
constexpr char kRole[] = "culvert.role";
constexpr char kProcess[] = "culvert.process";

template <typename Metadata>
std::string ValueOf(const Metadata& metadata, const char* key) {
  auto it = metadata.find(key);
  return it == metadata.end() ? std::string() : std::string(it->second.data(), it->second.size());
}

std::string PropertyOf(const grpc::AuthContext& context, const char* name) {
  const std::vector<grpc::string_ref> values = context.FindPropertyValues(name);
  return values.empty() ? std::string() : std::string(values[0].data(), values[0].size());
}

// The caller that apid speaks for, or the one at the other end of the connection.
template <typename Metadata>
Caller Resolve(const Caller& connected, const Metadata& metadata) {
  if (!connected.CountsAs("apid") || metadata.find(kRoleKey) == metadata.end()) return connected;
  return {.principal = ValueOf(metadata, kPrincipalKey), .role = ParseRole(ValueOf(metadata, kRoleKey)), .process = ""};
}

}  // namespace

grpc::Status Gate::Process(const InputMetadata& metadata, grpc::AuthContext* context, OutputMetadata* consumed,
                           OutputMetadata* /*response*/) {
  Introduce(context);
  if (!caller_.CountsAs("apid")) {
    for (const char* key : {kPrincipalKey, kRoleKey}) {
      if (metadata.find(key) != metadata.end()) consumed->emplace(key, ValueOf(metadata, key));
    }
  }
  return ToGrpc(CheckAccess(Resolve(caller_, metadata), ValueOf(metadata, ":path"), proxied_));
}

void Gate::Introduce(grpc::AuthContext* context) {
  std::lock_guard lock(mutex_);
  if (!context->FindPropertyValues(kRole).empty()) return;  // not the connection's first call
  context->AddProperty(kPrincipal, caller_.principal);
  context->AddProperty(kRole, std::string(RoleName(caller_.role)));
  context->AddProperty(kProcess, caller_.process);
}

Caller CallerOf(const grpc::ServerContextBase& context) {
  const auto connection = context.auth_context();
  const Caller connected{.principal = PropertyOf(*connection, kPrincipal),
                         .role = ParseRole(PropertyOf(*connection, kRole)),
                         .process = PropertyOf(*connection, kProcess)};
  return Resolve(connected, context.client_metadata());
}

}  // namespace culvert::daemon
