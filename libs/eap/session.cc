// SPDX-License-Identifier: Apache-2.0
#include "libs/eap/session.h"

#include "absl/strings/str_cat.h"

namespace culvert::eap {
namespace {

Step Malformed(absl::string_view what) {
  return {.state = State::kFailed, .failure = Failure::kMalformed, .why = std::string(what)};
}

// What a Nak asks for instead (RFC 3748 5.3.1): a list of types, 0 for none at all.
std::string WantedBy(const Packet& nak) {
  if (nak.data.empty() || nak.data.front() == 0) return "nothing that it could name";
  return ToString(static_cast<Type>(nak.data.front()));
}

}  // namespace

Step Peer::Handle(base::ByteView message, Context context) {
  const absl::StatusOr<Packet> packet = Decode(message);
  if (!packet.ok()) return Malformed(packet.status().message());
  if (TooLong()) return Malformed("EAP: too many rounds");
  switch (packet->code) {
    case Code::kRequest:
      return Request(*packet, context);
    case Code::kSuccess:
      // Before the method has proven the server, anybody could say so (RFC 3748 4.2).
      if (!method_done_) return Malformed("EAP: Success before the method was done");
      return {.state = State::kSucceeded};
    case Code::kFailure:
      if (!doomed_.empty()) return {.state = State::kFailed, .failure = Failure::kRefused, .why = doomed_};
      if (!refused_.empty()) return {.state = State::kFailed, .failure = Failure::kMethod, .why = refused_};
      return {.state = State::kFailed, .failure = Failure::kRefused, .why = "the server says Failure"};
    case Code::kResponse:
      break;
  }
  return Malformed("EAP: a Response to the peer");
}

Step Peer::Request(const Packet& request, Context context) {
  const auto respond = [&](Type type, base::Bytes data) {
    return Step{.reply = Encode({Code::kResponse, request.identifier, type, std::move(data)})};
  };
  if (request.type == Type::kIdentity) return respond(Type::kIdentity, base::ToBytes(base::AsBytes(identity_)));
  if (request.type == Type::kNotification) return respond(Type::kNotification, {});
  if (request.type != method_->type()) {
    refused_ = absl::StrCat("the server wants ", ToString(request.type));
    return respond(Type::kNak, {static_cast<uint8_t>(method_->type())});
  }
  MethodStep step = method_->Handle(request.data, context);
  if (step.state == State::kFailed && !step.send) {
    return {.state = State::kFailed, .failure = Failure::kRefused, .why = std::move(step.why)};
  }
  method_done_ = step.state == State::kSucceeded;
  if (step.state == State::kFailed) doomed_ = std::move(step.why);
  return respond(method_->type(), std::move(step.data));
}

base::Bytes Server::Begin(Context context) {
  context.rng.Fill({&identifier_, 1});
  return Encode({Code::kRequest, identifier_, Type::kIdentity, {}});
}

Step Server::Handle(base::ByteView message, Context context) {
  const absl::StatusOr<Packet> packet = Decode(message);
  if (!packet.ok()) return Malformed(packet.status().message());
  if (TooLong()) return Malformed("EAP: too many rounds");
  if (packet->code != Code::kResponse || packet->identifier != identifier_) return Malformed("EAP: not our answer");
  if (packet->type == Type::kNak && asked_ != Type::kIdentity) {
    return End(Failure::kMethod, absl::StrCat("the peer wants ", WantedBy(*packet)));
  }
  if (packet->type != asked_) return Malformed("EAP: another type than asked for");
  if (asked_ == Type::kIdentity) {
    identity_ = std::string(base::AsText(packet->data));
    asked_ = method_->type();
    return Next(method_->Begin(identity_, context));
  }
  return Next(method_->Handle(packet->data, context));
}

Step Server::Next(MethodStep step) {
  if (step.state == State::kFailed) return End(Failure::kRefused, std::move(step.why));
  if (step.state == State::kSucceeded) {
    return {.state = State::kSucceeded, .reply = Encode({.code = Code::kSuccess, .identifier = identifier_})};
  }
  ++identifier_;
  return {.reply = Encode({Code::kRequest, identifier_, method_->type(), std::move(step.data)}),
          .failure = step.why.empty() ? Failure::kNone : Failure::kRefused,
          .why = std::move(step.why)};
}

Step Server::End(Failure failure, std::string why) {
  return {.state = State::kFailed,
          .reply = Encode({.code = Code::kFailure, .identifier = identifier_}),
          .failure = failure,
          .why = std::move(why)};
}

}  // namespace culvert::eap
