// SPDX-License-Identifier: Apache-2.0
// Asynchronous name resolution over c-ares: one thread, many queries, and a slow server delays nobody but those who
// asked it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/ip.h"

namespace culvert::fetchd {

struct Query {
  std::string name;
  bool want_ipv4 = true;
  bool want_ipv6 = true;
  std::vector<base::Endpoint> servers;  // empty: the host's own (/etc/resolv.conf, /etc/hosts)
};

struct Answer {
  std::vector<base::IpAddress> addresses;  // in the order of RFC 6724
  int ttl_seconds = 0;                     // the least of the records'
};

struct ResolverLimits {
  int in_flight = 1000;                         // more: RESOURCE_EXHAUSTED at once
  int server_lists = 16;                        // distinct `servers` in use at a time, each a set of sockets
  absl::Duration first_try = absl::Seconds(2);  // doubles with each of `tries`
  int tries = 3;
  absl::Duration overall = absl::Seconds(20);  // then DEADLINE_EXCEEDED
};

class Resolver {
 public:
  // Runs once, on the resolver's thread; must not block. INVALID_ARGUMENT: no host name; NOT_FOUND: the name has no
  // address of the wanted families; UNAVAILABLE: no server answered, or they refused; DEADLINE_EXCEEDED;
  // RESOURCE_EXHAUSTED.
  using Done = std::function<void(absl::StatusOr<Answer>)>;

  static absl::StatusOr<std::unique_ptr<Resolver>> Create(const ResolverLimits& limits);
  virtual ~Resolver() = default;  // stops

  // From any thread. An address literal answers itself.
  virtual void Resolve(Query query, Done done) = 0;
  // Ends what is in flight, and answers whatever is asked from now on, with CANCELLED.
  virtual void Stop() = 0;
};

}  // namespace culvert::fetchd
