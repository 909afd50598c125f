// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/reassembly.h"

#include <utility>

namespace culvert::iked {

using wire::ikev2::EncodedPayloads;
using wire::ikev2::Fragment;
using wire::ikev2::FragmentFields;

Reassembly::Reassembly(uint32_t message_id, uint8_t exchange_type, FragmentBudget* budget)
    : message_id_(message_id), exchange_type_(exchange_type), budget_(budget) {}

Reassembly::~Reassembly() {
  Forget();
}

void Reassembly::Forget() {
  if (budget_ != nullptr) budget_->Give(size_);
  pieces_.clear();
  present_ = size_ = 0;
}

std::optional<absl::string_view> Reassembly::Refuses(const FragmentFields& fields) const {
  if (fields.total < pieces_.size()) return "fragment_total";
  if (fields.total > pieces_.size()) return std::nullopt;
  if (pieces_[fields.number - 1u]) return "fragment_repeated";
  return std::nullopt;
}

std::optional<absl::string_view> Reassembly::Add(Fragment fragment) {
  if (fragment.header.exchange_type != exchange_type_) return "fragment_exchange";
  if (fragment.total > pieces_.size()) Forget();
  const size_t octets = fragment.text.size();
  if (size_ + octets > kMaxReassembled || (budget_ != nullptr && !budget_->Take(octets))) return "fragment_too_large";
  pieces_.resize(fragment.total);
  if (fragment.number == 1) first_inner_ = fragment.first_inner;
  pieces_[fragment.number - 1u] = std::move(fragment.text);
  ++present_;
  size_ += octets;
  return std::nullopt;
}

EncodedPayloads Reassembly::Take() {
  EncodedPayloads whole{first_inner_, {}};
  whole.chain.reserve(size_);
  for (const std::optional<base::Bytes>& piece : pieces_) {
    whole.chain.insert(whole.chain.end(), piece->begin(), piece->end());
  }
  Forget();
  return whole;
}

}  // namespace culvert::iked
