// SPDX-License-Identifier: Apache-2.0
// EAP-MSCHAPv2 (draft-kamath-pppext-eap-mschapv2-02, RFC 2759): a password, proven by both sides without sending it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libs/eap/method.h"
#include "libs/eap/mschapv2_hashes.h"

namespace culvert::eap {

struct Account {
  std::string name;
  base::Secret password;
};

class MschapV2Peer final : public Method {
 public:
  MschapV2Peer(std::string user, base::ByteView password);
  Type type() const override { return Type::kMschapV2; }
  MethodStep Begin(const std::string&, Context) override { return {}; }
  MethodStep Handle(base::ByteView data, Context context) override;
  base::Secret TakeMsk() override;

 private:
  MethodStep Respond(base::ByteView data, Context context);
  MethodStep Verify(base::ByteView message);

  std::string user_;
  base::Secret password_hash_;
  MschapChallenge server_challenge_{}, peer_challenge_{};
  std::optional<NtResponse> response_;
};

class MschapV2Server final : public Method {
 public:
  // `name` is what the server calls itself; `accounts` outlives every session.
  MschapV2Server(std::string name, std::shared_ptr<const std::vector<Account>> accounts)
      : name_(std::move(name)), accounts_(std::move(accounts)) {}
  Type type() const override { return Type::kMschapV2; }
  MethodStep Begin(const std::string& identity, Context context) override;
  MethodStep Handle(base::ByteView data, Context context) override;
  base::Secret TakeMsk() override;

 private:
  enum class Awaits : uint8_t { kResponse, kSuccess, kFailure };
  MethodStep Judge(base::ByteView data, Context context);

  std::string name_;
  std::shared_ptr<const std::vector<Account>> accounts_;
  std::string identity_;  // what the peer answered to Identity: the name it must answer the challenge with
  Awaits awaits_ = Awaits::kResponse;
  MschapChallenge challenge_{};
  uint8_t id_ = 0;
  base::Secret msk_;
};

}  // namespace culvert::eap
