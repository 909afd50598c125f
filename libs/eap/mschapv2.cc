// SPDX-License-Identifier: Apache-2.0
#include "libs/eap/mschapv2.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace culvert::eap {
namespace {

using base::Bytes;
using base::ByteView;

enum class OpCode : uint8_t { kChallenge = 1, kResponse = 2, kSuccess = 3, kFailure = 4 };

// Of an account: which of the two it was is nobody's business.
constexpr absl::string_view kWrongPassword = "the user is unknown or the password is wrong";

constexpr size_t kHead = 4;  // operation, identifier, length of the whole
// Peer challenge, eight zeros, NT response, flags.
constexpr size_t kResponseValue = kChallengeSize + 8 + kNtResponseSize + 1;

Bytes Frame(OpCode op, uint8_t id, std::initializer_list<ByteView> parts) {
  Bytes data = {static_cast<uint8_t>(op), id, 0, 0};
  for (const ByteView part : parts) data.insert(data.end(), part.begin(), part.end());
  data[2] = static_cast<uint8_t>(data.size() >> 8);
  data[3] = static_cast<uint8_t>(data.size());
  return data;
}

// Operation and length agree with what came; what follows the head.
std::optional<ByteView> Body(ByteView data, OpCode op) {
  if (data.size() < kHead || data[0] != static_cast<uint8_t>(op)) return std::nullopt;
  if (static_cast<size_t>(data[2] << 8 | data[3]) != data.size()) return std::nullopt;
  return data.subspan(kHead);
}

// A value of exactly `size` octets behind its length, and the name that follows it.
struct Valued {
  ByteView value;
  ByteView name;
};
std::optional<Valued> SplitValue(std::optional<ByteView> body, size_t size) {
  if (!body || body->size() < 1 + size || body->front() != size) return std::nullopt;
  return Valued{body->subspan(1, size), body->subspan(1 + size)};
}

MethodStep Broken(absl::string_view what) {
  return {.state = State::kFailed, .send = false, .why = absl::StrCat("EAP-MSCHAPv2: ", what)};
}

}  // namespace

MschapV2Peer::MschapV2Peer(std::string user, ByteView password)
    : user_(std::move(user)), password_hash_(NtPasswordHash(password)) {}

MethodStep MschapV2Peer::Handle(ByteView data, Context context) {
  if (data.empty()) return Broken("an empty request");
  switch (static_cast<OpCode>(data.front())) {
    case OpCode::kChallenge:
      return Respond(data, context);
    case OpCode::kSuccess:
      if (const auto body = Body(data, OpCode::kSuccess)) return Verify(*body);
      return Broken("a broken Success");
    case OpCode::kFailure: {
      const auto body = Body(data, OpCode::kFailure);
      if (!body) return Broken("a broken Failure");
      // "E=691 R=0 C=… V=3 M=…"; its words are the server's, its number alone is told. There is no second try.
      const absl::string_view text = base::AsText(*body);
      const absl::string_view error = text.substr(0, std::min<size_t>(text.find(' '), 8));
      const bool known = error == "E=691";
      return {.state = State::kFailed,
              .data = {static_cast<uint8_t>(OpCode::kFailure)},
              .why = known ? "the server refuses the password (E=691)" : "the server refuses the user"};
    }
    default:
      return Broken("an unknown operation");
  }
}

MethodStep MschapV2Peer::Respond(ByteView data, Context context) {
  const auto challenge = SplitValue(Body(data, OpCode::kChallenge), kChallengeSize);
  if (!challenge) return Broken("a broken Challenge");
  std::copy(challenge->value.begin(), challenge->value.end(), server_challenge_.begin());
  context.rng.Fill(peer_challenge_);
  response_ = GenerateNtResponse(password_hash_, server_challenge_, peer_challenge_, user_);
  const std::array<uint8_t, 1> size = {kResponseValue};
  const std::array<uint8_t, 8> reserved{};
  const std::array<uint8_t, 1> flags{};
  return {.data = Frame(OpCode::kResponse, data[1],
                        {size, peer_challenge_, reserved, *response_, flags, base::AsBytes(user_)})};
}

// "S=" and 40 digits, then perhaps a message: the server proves that it knows the password, too.
MethodStep MschapV2Peer::Verify(ByteView message) {
  if (!response_) return Broken("Success before a Response");
  const std::string expected =
      AuthenticatorResponse(password_hash_, *response_, server_challenge_, peer_challenge_, user_);
  if (message.size() < expected.size() ||
      !base::EqualConstantTime(message.first(expected.size()), base::AsBytes(expected))) {
    return Broken("the server does not know the password");
  }
  return {.state = State::kSucceeded, .data = {static_cast<uint8_t>(OpCode::kSuccess)}};
}

base::Secret MschapV2Peer::TakeMsk() {
  return MschapMsk(password_hash_, *response_);
}

MethodStep MschapV2Server::Begin(const std::string& identity, Context context) {
  identity_ = identity;
  context.rng.Fill(challenge_);
  context.rng.Fill({&id_, 1});
  const std::array<uint8_t, 1> size = {kChallengeSize};
  return {.data = Frame(OpCode::kChallenge, id_, {size, challenge_, base::AsBytes(name_)})};
}

MethodStep MschapV2Server::Handle(ByteView data, Context context) {
  switch (awaits_) {
    case Awaits::kResponse:
      return Judge(data, context);
    case Awaits::kSuccess:  // the operation alone
      if (data.size() != 1 || data.front() != static_cast<uint8_t>(OpCode::kSuccess)) break;
      return {.state = State::kSucceeded};
    case Awaits::kFailure:
      return {.state = State::kFailed, .why = std::string(kWrongPassword)};
  }
  msk_ = {};
  return Broken("not the answer that was asked for");
}

MethodStep MschapV2Server::Judge(ByteView data, Context context) {
  const auto response = SplitValue(Body(data, OpCode::kResponse), kResponseValue);
  if (!response || data[1] != id_) return Broken("a broken Response");
  MschapChallenge peer;
  NtResponse given;
  std::copy_n(response->value.begin(), peer.size(), peer.begin());
  std::copy_n(response->value.begin() + kChallengeSize + 8, given.size(), given.begin());
  const std::string user(base::AsText(response->name));
  const auto account = std::find_if(accounts_->begin(), accounts_->end(),
                                    [&](const Account& a) { return a.name == user && user == identity_; });
  // An unknown user is measured against a password that nobody has, so that it takes as long as a wrong one.
  base::Secret nobodys(16);
  context.rng.Fill(nobodys.mutable_view());
  const bool known = account != accounts_->end();
  const base::Secret hash = NtPasswordHash(known ? account->password.view() : nobodys.view());
  const NtResponse expected = GenerateNtResponse(hash, challenge_, peer, user);
  if (!base::EqualConstantTime(expected, given) || !known) {
    awaits_ = Awaits::kFailure;
    const std::string text = absl::StrCat("E=691 R=0 C=", base::ToHex(challenge_), " V=3 M=refused");
    return {.data = Frame(OpCode::kFailure, id_, {base::AsBytes(text)}), .why = std::string(kWrongPassword)};
  }
  awaits_ = Awaits::kSuccess;
  msk_ = MschapMsk(hash, given);
  const std::string text = AuthenticatorResponse(hash, given, challenge_, peer, user) + " M=welcome";
  return {.data = Frame(OpCode::kSuccess, id_, {base::AsBytes(text)})};
}

base::Secret MschapV2Server::TakeMsk() {
  return std::move(msk_);
}

}  // namespace culvert::eap
