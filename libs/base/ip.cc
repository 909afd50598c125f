// SPDX-License-Identifier: Apache-2.0
#include "libs/base/ip.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace culvert::base {

IpAddress IpAddress::V4(uint32_t host_order) {
  IpAddress a;
  a.family_ = Family::kIPv4;
  const uint32_t network = htonl(host_order);
  std::memcpy(a.bytes_.data(), &network, 4);
  return a;
}

IpAddress IpAddress::V6(const std::array<uint8_t, 16>& bytes) {
  IpAddress a;
  a.family_ = Family::kIPv6;
  a.bytes_ = bytes;
  return a;
}

IpAddress IpAddress::FromBytes(ByteView bytes) {
  IpAddress a;
  if (bytes.size() != 4 && bytes.size() != 16) return a;
  a.family_ = bytes.size() == 4 ? Family::kIPv4 : Family::kIPv6;
  std::copy(bytes.begin(), bytes.end(), a.bytes_.begin());
  return a;
}

absl::StatusOr<IpAddress> IpAddress::Parse(absl::string_view text) {
  const std::string copy(text);
  IpAddress a;
  if (copy.size() != std::strlen(copy.c_str())) {  // inet_pton would stop at a NUL and accept what is before it
    return absl::InvalidArgumentError("an IP address holds no NUL");
  }
  if (inet_pton(AF_INET, copy.c_str(), a.bytes_.data()) == 1) {
    a.family_ = Family::kIPv4;
    return a;
  }
  if (inet_pton(AF_INET6, copy.c_str(), a.bytes_.data()) == 1) {
    a.family_ = Family::kIPv6;
    return a;
  }
  return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not an IP address"));
}

IpAddress IpAddress::FromSockaddr(const sockaddr* address) {
  return Endpoint::FromSockaddr(address).address;
}

uint32_t IpAddress::v4() const {
  uint32_t network = 0;
  if (is_v4()) std::memcpy(&network, bytes_.data(), 4);
  return ntohl(network);
}

bool IpAddress::IsUnspecified() const {
  return !is_none() && std::all_of(bytes_.begin(), bytes_.end(), [](uint8_t b) { return b == 0; });
}

bool IpAddress::IsLoopback() const {
  if (is_v4()) return bytes_[0] == 127;
  return is_v6() && bytes_[15] == 1 && std::all_of(bytes_.begin(), bytes_.end() - 1, [](uint8_t b) { return b == 0; });
}

bool IpAddress::IsMulticast() const {
  return is_v4() ? (bytes_[0] & 0xF0) == 0xE0 : is_v6() && bytes_[0] == 0xFF;
}

bool IpAddress::IsLinkLocal() const {
  return is_v4() ? bytes_[0] == 169 && bytes_[1] == 254 : is_v6() && bytes_[0] == 0xFE && (bytes_[1] & 0xC0) == 0x80;
}

bool IpAddress::IsV4Mapped() const {
  return is_v6() && std::all_of(bytes_.begin(), bytes_.begin() + 10, [](uint8_t b) { return b == 0; }) &&
         bytes_[10] == 0xFF && bytes_[11] == 0xFF;
}

std::string IpAddress::ToString() const {
  if (is_none()) return "none";
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(is_v4() ? AF_INET : AF_INET6, bytes_.data(), text, sizeof text);
  return text;
}

absl::StatusOr<Prefix> Prefix::Parse(absl::string_view text) {
  const size_t slash = text.find('/');
  auto address = IpAddress::Parse(text.substr(0, slash));
  if (!address.ok()) return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not a subnet"));
  if (slash == absl::string_view::npos) return Host(*address);
  const absl::string_view digits = text.substr(slash + 1);
  int length = -1;
  const bool plain =
      !digits.empty() && std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!plain || !absl::SimpleAtoi(digits, &length) || length > address->bits()) {
    return absl::InvalidArgumentError(absl::StrCat("\"", text, "\": the prefix length must be 0 to ", address->bits()));
  }
  return Prefix{*address, length};
}

Prefix Prefix::Masked() const {
  std::array<uint8_t, 16> masked{};
  const ByteView bytes = address.bytes();
  for (size_t i = 0; i < bytes.size(); ++i) {
    const int keep = std::clamp(length - static_cast<int>(i) * 8, 0, 8);
    masked[i] = static_cast<uint8_t>(bytes[i] & (0xFF00 >> keep));
  }
  return {IpAddress::FromBytes(ByteView(masked).first(bytes.size())), length};
}

bool Prefix::Contains(const IpAddress& other) const {
  return family() == other.family() && Prefix{other, length}.Masked().address == Masked().address;
}

bool Prefix::Contains(const Prefix& other) const {
  return length <= other.length && Contains(other.address);
}

IpAddress Prefix::Last() const {
  std::array<uint8_t, 16> last{};
  const Prefix masked = Masked();
  const ByteView bytes = masked.address.bytes();
  for (size_t i = 0; i < bytes.size(); ++i) {
    const int keep = std::clamp(length - static_cast<int>(i) * 8, 0, 8);
    last[i] = static_cast<uint8_t>(bytes[i] | (0xFF >> keep));
  }
  return IpAddress::FromBytes(ByteView(last).first(bytes.size()));
}

std::string Prefix::ToString() const {
  return absl::StrCat(address.ToString(), "/", length);
}

Endpoint Endpoint::FromSockaddr(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(address);
    return {IpAddress::V4(ntohl(in->sin_addr.s_addr)), ntohs(in->sin_port)};
  }
  if (address->sa_family == AF_INET6) {
    const auto* in6 = reinterpret_cast<const sockaddr_in6*>(address);
    return {IpAddress::FromBytes(ByteView(in6->sin6_addr.s6_addr, 16)), ntohs(in6->sin6_port)};
  }
  return {};
}

socklen_t Endpoint::ToSockaddr(sockaddr_storage* storage) const {
  std::memset(storage, 0, sizeof *storage);
  if (address.is_v4()) {
    auto* in = reinterpret_cast<sockaddr_in*>(storage);
    in->sin_family = AF_INET;
    in->sin_port = htons(port);
    in->sin_addr.s_addr = htonl(address.v4());
    return sizeof *in;
  }
  if (address.is_v6()) {
    auto* in6 = reinterpret_cast<sockaddr_in6*>(storage);
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(port);
    std::copy(address.bytes().begin(), address.bytes().end(), in6->sin6_addr.s6_addr);
    return sizeof *in6;
  }
  return 0;
}

std::string Endpoint::ToString() const {
  return address.is_v6() ? absl::StrCat("[", address.ToString(), "]:", port)
                         : absl::StrCat(address.ToString(), ":", port);
}

}  // namespace culvert::base
