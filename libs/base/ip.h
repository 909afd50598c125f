// SPDX-License-Identifier: Apache-2.0
// IPv4 and IPv6 addresses, prefixes and UDP endpoints as plain values.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <compare>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/bytes.h"

namespace culvert::base {

enum class Family : uint8_t { kNone = 0, kIPv4 = 4, kIPv6 = 6 };

// An address of either family; the default is "none". Network byte order in `bytes`, IPv4 in the first four.
class IpAddress {
 public:
  IpAddress() = default;
  static IpAddress V4(uint32_t host_order);
  static IpAddress V6(const std::array<uint8_t, 16>& bytes);
  static IpAddress AnyOf(Family family) {
    IpAddress a;
    a.family_ = family;
    return a;
  }
  // 4 or 16 octets in network order; anything else is "none".
  static IpAddress FromBytes(ByteView bytes);
  // Numeric text alone, no zone, no port; InvalidArgument otherwise.
  static absl::StatusOr<IpAddress> Parse(absl::string_view text);
  static IpAddress FromSockaddr(const sockaddr* address);

  Family family() const { return family_; }
  bool is_v4() const { return family_ == Family::kIPv4; }
  bool is_v6() const { return family_ == Family::kIPv6; }
  bool is_none() const { return family_ == Family::kNone; }
  size_t size() const { return is_v4() ? 4 : is_v6() ? 16 : 0; }
  int bits() const { return static_cast<int>(size()) * 8; }
  ByteView bytes() const { return ByteView(bytes_).first(size()); }
  uint32_t v4() const;  // host order; 0 unless IPv4

  bool IsUnspecified() const;
  bool IsLoopback() const;
  bool IsMulticast() const;
  bool IsLinkLocal() const;
  bool IsV4Mapped() const;

  std::string ToString() const;  // RFC 5952; "none" for none
  auto operator<=>(const IpAddress&) const = default;

  template <typename H>
  friend H AbslHashValue(H h, const IpAddress& a) {
    return H::combine(std::move(h), a.family_, a.bytes_);
  }

 private:
  Family family_ = Family::kNone;
  std::array<uint8_t, 16> bytes_{};
};

// An address and a length; host bits are kept as given until Masked().
struct Prefix {
  IpAddress address;
  int length = 0;

  // "10.1.0.0/24", or an address alone for a host prefix. InvalidArgument otherwise.
  static absl::StatusOr<Prefix> Parse(absl::string_view text);
  static Prefix Host(const IpAddress& address) { return {address, address.bits()}; }
  static Prefix AnyOf(Family family) { return {IpAddress::AnyOf(family), 0}; }

  Family family() const { return address.family(); }
  Prefix Masked() const;
  bool HasHostBits() const { return Masked().address != address; }
  bool Contains(const IpAddress& other) const;
  bool Contains(const Prefix& other) const;
  bool Overlaps(const Prefix& other) const { return Contains(other) || other.Contains(*this); }
  IpAddress First() const { return Masked().address; }
  IpAddress Last() const;
  std::string ToString() const;
  auto operator<=>(const Prefix&) const = default;
};

struct Endpoint {
  IpAddress address;
  uint16_t port = 0;

  static Endpoint FromSockaddr(const sockaddr* address);
  // Fills `storage`, returns the length to pass to the kernel; 0 for "none".
  socklen_t ToSockaddr(sockaddr_storage* storage) const;
  std::string ToString() const;  // "192.0.2.1:500", "[2001:db8::1]:500"
  auto operator<=>(const Endpoint&) const = default;

  template <typename H>
  friend H AbslHashValue(H h, const Endpoint& e) {
    return H::combine(std::move(h), e.address, e.port);
  }
};

}  // namespace culvert::base
