// SPDX-License-Identifier: Apache-2.0
// Proposals: what one side offers or accepts, the suite that two sides settle on, and, when they settle on nothing,
// the difference between them in words.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/ipsec/algorithm.h"

namespace culvert::ipsec {

enum class Protocol : uint8_t { kIke = 1, kEsp = 3 };  // RFC 7296 3.3.1

// A transform that a peer offered and our table does not have.
struct UnknownTransform {
  uint8_t type = 0;
  uint16_t id = 0;
  uint16_t key_bits = 0;
  bool operator==(const UnknownTransform&) const = default;
};

// Acceptable algorithms of each kind, most wanted first. No INTEG, DH or ESN means the same as offering NONE alone.
// Pointers are into Algorithms(), so equal algorithms are equal pointers. Choosing compares as the wire does, and what
// is chosen is ours: a peer's sha256 meets our sha256_96, and the suite has that.
struct Proposal {
  Protocol protocol = Protocol::kIke;
  std::vector<const Algorithm*> encr = {};
  std::vector<const Algorithm*> prf = {};
  std::vector<const Algorithm*> integ = {};
  std::vector<const Algorithm*> dh = {};
  std::vector<const Algorithm*> esn = {};
  std::vector<UnknownTransform> unknown = {};  // filled from the wire alone

  std::vector<const Algorithm*>& of(TransformKind kind);
  const std::vector<const Algorithm*>& of(TransformKind kind) const;

  // Without DH: the first CHILD_SA, made by IKE_AUTH, has no key exchange of its own (RFC 7296 1.2).
  Proposal WithoutKeyExchange() const;

  std::string ToString() const;  // the keyword string; ParseProposal reads it back
  bool operator==(const Proposal&) const = default;
};

// One algorithm of each kind. INTEG is null with an AEAD; PRF is null in ESP; DH is null when there is no key exchange.
struct Suite {
  Protocol protocol = Protocol::kIke;
  const Algorithm* encr = nullptr;
  const Algorithm* prf = nullptr;
  const Algorithm* integ = nullptr;
  const Algorithm* dh = nullptr;
  bool esn = false;

  std::string ToString() const;
  bool operator==(const Suite&) const = default;
};

// Reads "aes256gcm16-prfsha384-x25519" or "aes128-aes256-sha256-modp2048": words of one kind may be several and come in
// any order. An IKE proposal without PRF takes the one of each integrity algorithm; AEAD and other ciphers are not
// mixed. InvalidArgument names the word that is wrong, and the nearest right one.
absl::StatusOr<Proposal> ParseProposal(Protocol protocol, absl::string_view text);

struct Choice {
  Suite suite;
  size_t ours = 0;    // index of the proposal of ours that matched
  size_t theirs = 0;  // and of theirs, so that the answer can carry its number (RFC 7296 3.3.1)
};

// The first suite in our order that some proposal of theirs allows; nullopt when there is none.
std::optional<Choice> Choose(std::span<const Proposal> ours, std::span<const Proposal> theirs);

// An initiator's check of the answer: at most one algorithm a kind, all of them offered together in one of ours.
std::optional<Suite> Verify(std::span<const Proposal> ours, const Proposal& answer);

// Why two sides have nothing in common, a line a kind, for the pair of proposals that comes nearest:
// "ENCR: ours aes256gcm16, theirs aes128, 3des". Empty when Choose would have succeeded.
std::vector<std::string> Difference(std::span<const Proposal> ours, std::span<const Proposal> theirs);

}  // namespace culvert::ipsec
