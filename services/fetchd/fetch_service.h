// SPDX-License-Identifier: Apache-2.0
// culvert.fetch.v1.FetchService over a Resolver and a Downloader.
#pragma once

#include "culvert/fetch/v1/fetch.grpc.pb.h"
#include "services/fetchd/downloader.h"
#include "services/fetchd/resolver.h"

namespace culvert::fetchd {

class FetchService final : public fetch::v1::FetchService::CallbackService {
 public:
  FetchService(Resolver* resolver, Downloader* downloader) : resolver_(resolver), downloader_(downloader) {}

  grpc::ServerUnaryReactor* Resolve(grpc::CallbackServerContext* context, const fetch::v1::ResolveRequest* request,
                                    fetch::v1::ResolveResponse* response) override;
  grpc::ServerUnaryReactor* Fetch(grpc::CallbackServerContext* context, const fetch::v1::FetchRequest* request,
                                  fetch::v1::FetchResponse* response) override;

 private:
  Resolver* resolver_;
  Downloader* downloader_;
};

}  // namespace culvert::fetchd
