// SPDX-License-Identifier: Apache-2.0
#include "libs/eap/packet.h"

#include "absl/strings/str_cat.h"

namespace culvert::eap {
namespace {

constexpr size_t kHeader = 4;  // code, identifier, length

bool CarriesType(Code code) {
  return code == Code::kRequest || code == Code::kResponse;
}

}  // namespace

std::string ToString(Type type) {
  switch (type) {
    case Type::kIdentity:
      return "EAP-Identity";
    case Type::kNotification:
      return "EAP-Notification";
    case Type::kNak:
      return "EAP-Nak";
    case Type::kTls:
      return "EAP-TLS";
    case Type::kMschapV2:
      return "EAP-MSCHAPv2";
    default:
      return absl::StrCat("EAP type ", static_cast<int>(type));
  }
}

absl::StatusOr<Packet> Decode(base::ByteView octets) {
  if (octets.size() < kHeader || octets.size() > kMaxPacket) return absl::InvalidArgumentError("EAP: size");
  if (static_cast<size_t>(octets[2] << 8 | octets[3]) != octets.size()) {
    return absl::InvalidArgumentError("EAP: length");
  }
  Packet packet{.code = static_cast<Code>(octets[0]), .identifier = octets[1]};
  if (packet.code < Code::kRequest || packet.code > Code::kFailure) return absl::InvalidArgumentError("EAP: code");
  if (CarriesType(packet.code) != (octets.size() > kHeader)) return absl::InvalidArgumentError("EAP: type");
  if (!CarriesType(packet.code)) return packet;
  packet.type = static_cast<Type>(octets[kHeader]);
  packet.data = base::ToBytes(octets.subspan(kHeader + 1));
  return packet;
}

base::Bytes Encode(const Packet& packet) {
  const size_t size = CarriesType(packet.code) ? kHeader + 1 + packet.data.size() : kHeader;
  base::Bytes octets = {static_cast<uint8_t>(packet.code), packet.identifier, static_cast<uint8_t>(size >> 8),
                        static_cast<uint8_t>(size)};
  if (!CarriesType(packet.code)) return octets;
  octets.push_back(static_cast<uint8_t>(packet.type));
  octets.insert(octets.end(), packet.data.begin(), packet.data.end());
  return octets;
}

}  // namespace culvert::eap
