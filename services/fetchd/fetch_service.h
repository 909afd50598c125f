// SPDX-License-Identifier: Apache-2.0
// culvert.fetch.v1.FetchService over a Resolver.
#pragma once

#include "culvert/fetch/v1/fetch.grpc.pb.h"
#include "services/fetchd/resolver.h"

namespace culvert::fetchd {

class FetchService final : public fetch::v1::FetchService::CallbackService {
 public:
  explicit FetchService(Resolver* resolver) : resolver_(resolver) {}

  grpc::ServerUnaryReactor* Resolve(grpc::CallbackServerContext* context, const fetch::v1::ResolveRequest* request,
                                    fetch::v1::ResolveResponse* response) override;

 private:
  Resolver* resolver_;
};

}  // namespace culvert::fetchd
