// SPDX-License-Identifier: Apache-2.0
// What the CHILD_SAs have carried, which sad knows and people want to see beside the rest.
#pragma once

#include <grpcpp/channel.h>

#include <memory>
#include <string>
#include <vector>

#include "culvert/ike/v1/ike.pb.h"
#include "culvert/sad/v1/sad.grpc.pb.h"
#include "libs/base/clock.h"

namespace culvert::iked {

class Traffic {
 public:
  Traffic(const std::shared_ptr<grpc::Channel>& sad, const base::Clock& clock);

  // Fills bytes, packets and last use of the children of `sas`, all of `tunnel` ("": any). Where sad does not answer
  // within a second they stay as they are: a listing without traffic is better than none.
  void Join(const std::string& tunnel, const std::vector<ike::v1::IkeSa*>& sas) const;

 private:
  std::unique_ptr<sad::v1::SadService::Stub> sad_;
  const base::Clock& clock_;
};

}  // namespace culvert::iked
