// SPDX-License-Identifier: Apache-2.0
// What can be wrong between two gateways, a row each, in the words of the configuration: gateway a calls gateway b.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::diagnosis {

using iked::testing::MockWire;

// When all of it happens.
inline const absl::Time kToday = absl::FromCivil(absl::CivilDay(2026, 6, 1), absl::UTCTimeZone());

// One line of the configuration that is not as it should be. `field` is of the gateway's tunnel ("local.subnets") or,
// with one of the lists in front, of the whole ("secrets[0].psk", "gateway.half_open_limit"); `value` is YAML, and
// empty for a field that is left out.
struct Edit {
  std::string field;
  std::string value;
};

// What one side has to say.
struct Said {
  std::string code;   // "PSK_MISMATCH"; empty: nothing at all
  std::string field;  // "secrets[psk-a].psk"
  bool knows = true;  // false: this side cannot know, and says where to look first
  std::string words;  // a part of the summary; empty: any
};
inline Said Knows(std::string code, std::string field, std::string words = "") {
  return {std::move(code), std::move(field), true, std::move(words)};
}
inline Said Guesses(std::string code, std::string field) {
  return {std::move(code), std::move(field), false, ""};
}
inline Said Nothing() {
  return {"", "", false, ""};
}

struct Misconfiguration {
  std::string what;  // "the ESP ciphers differ"
  std::vector<Edit> a;
  std::vector<Edit> b;
  Said initiator;  // gateway a
  Said responder;  // gateway b
  // What else goes wrong, for those that no configuration shows. Both are configured when it is called, and nothing
  // has been sent; null: the wire carries everything.
  void (*happens)(MockWire& wire) = nullptr;
};

struct Theme {
  std::string title;
  std::span<const Misconfiguration> rows;
};

std::span<const Misconfiguration> AlgorithmRows();
std::span<const Misconfiguration> IdentityRows();     // and secrets
std::span<const Misconfiguration> CertificateRows();  // and EAP
std::span<const Misconfiguration> ChildSaRows();
std::span<const Misconfiguration> SubnetRows();
std::span<const Misconfiguration> AddressRows();  // and whether a tunnel answers at all
std::span<const Misconfiguration> NetworkRows();  // and what happens to a tunnel that was up
std::span<const Misconfiguration> Ikev1Rows();

inline std::vector<Theme> Themes() {
  return {{"Algorithms", AlgorithmRows()},
          {"Identities and secrets", IdentityRows()},
          {"Certificates and EAP", CertificateRows()},
          {"Subnets", SubnetRows()},
          {"Transport mode, virtual addresses and rekeys", ChildSaRows()},
          {"Addresses, and tunnels that do not answer", AddressRows()},
          {"The network, and tunnels that were up", NetworkRows()},
          {"IKEv1", Ikev1Rows()}};
}

}  // namespace culvert::diagnosis
