// SPDX-License-Identifier: Apache-2.0
// Where a tunnel's peer may be found: names through fetchd, the local address by route. Address literals need nobody.
#pragma once

#include <grpcpp/channel.h>

#include <memory>
#include <string>
#include <vector>

#include "culvert/fetch/v1/fetch.grpc.pb.h"
#include "services/iked/runtime/call_group.h"
#include "services/iked/runtime/ports.h"
#include "services/iked/runtime/route_probe.h"

namespace culvert::iked {

class Resolver final : public PathPort {
 public:
  Resolver(EventLoop& loop, const std::shared_ptr<grpc::Channel>& fetchd, RouteProbe probe, InputSink sink);

  void Resolve(ResolvePath request) override;

  // Name servers of the configuration; none: the host's own.
  void set_resolvers(std::vector<std::string> resolvers) { resolvers_ = std::move(resolvers); }

 private:
  struct Lookup;

  void AskFetchd(const std::shared_ptr<Lookup>& lookup, size_t index);
  void Finish(Lookup& lookup);

  std::unique_ptr<fetch::v1::FetchService::Stub> stub_;
  RouteProbe probe_;
  InputSink sink_;
  std::vector<std::string> resolvers_;
  CallGroup calls_;
};

}  // namespace culvert::iked
