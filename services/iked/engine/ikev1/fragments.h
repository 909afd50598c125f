// SPDX-License-Identifier: Apache-2.0
// Messages that both sides' vendor ids allow to be cut (libs/wire/ikev1/fragment.h). Fragments are in clear, and
// nothing but both cookies says whose they are: so what is kept of strangers is bounded by the budget that bounds
// IKEv2's.
#pragma once

#include <memory>
#include <optional>

#include "libs/wire/ikev1/fragment.h"
#include "services/iked/engine/core.h"

namespace culvert::iked::ikev1 {

// A message on its way in.
class Partial {
 public:
  explicit Partial(FragmentBudget* budget) : budget_(budget) {}
  ~Partial() { Settle(0); }
  Partial(const Partial&) = delete;
  Partial& operator=(const Partial&) = delete;

  // nullopt: it is not whole yet. `reason` is then set if the fragment was refused: a counter's label.
  std::optional<base::Bytes> Add(const wire::ikev1::FragmentPayload& fragment, absl::string_view& reason);

 private:
  // The budget is charged for that many octets.
  bool Settle(size_t octets);

  wire::ikev1::FragmentAssembly assembly_;
  FragmentBudget* budget_;  // null: the peer is authenticated
  size_t charged_ = 0;
};

// The message in as many datagrams as its size asks for.
Datagrams Cut(IkeSa& sa, base::Bytes message);

// A datagram that holds a fragment. The message, once it is whole.
std::optional<base::Bytes> Collect(Core& core, IkeSa& sa, const Datagram& datagram);

}  // namespace culvert::iked::ikev1
