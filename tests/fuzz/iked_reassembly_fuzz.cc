// SPDX-License-Identifier: Apache-2.0
// Fragments in whatever order and with whatever totals: what comes out is what went in, and no octet beyond the bounds
// is ever kept. Each fragment is number, total, length, text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>

#include "libs/wire/reader.h"
#include "services/iked/engine/reassembly.h"

namespace {

using culvert::iked::FragmentBudget;
using culvert::iked::kMaxReassembled;
using culvert::iked::Reassembly;
using culvert::wire::Reader;
using culvert::wire::ikev2::Fragment;

constexpr size_t kBudget = 1000;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FragmentBudget budget(kBudget);
  {
    Reassembly partial(1, 35, &budget);
    std::map<uint16_t, culvert::base::Bytes> model;  // of the highest total so far
    uint16_t total_of_model = 0;
    Reader reader(culvert::base::ByteView(data, size));
    while (!partial.complete()) {
      const auto number = reader.U8();
      const auto total = reader.U8();
      const auto length = reader.U8();
      if (!number || !total || !length) return 0;
      const auto text = reader.Take(std::min<size_t>(*length, reader.remaining()));
      if (*number == 0 || *number > *total) continue;  // the decoder lets none of them in
      if (partial.Refuses({*number, *total})) continue;
      Fragment fragment;
      fragment.header.exchange_type = 35;
      fragment.number = *number;
      fragment.total = *total;
      fragment.text = culvert::base::ToBytes(*text);
      if (*total > total_of_model) model.clear();
      total_of_model = std::max<uint16_t>(total_of_model, *total);
      if (partial.Add(std::move(fragment))) continue;
      model[*number] = culvert::base::ToBytes(*text);
      if (partial.size() > kMaxReassembled || budget.used() > kBudget || budget.used() != partial.size()) abort();
    }
    culvert::base::Bytes expected;
    for (const auto& [number, text] : model) expected.insert(expected.end(), text.begin(), text.end());
    if (model.size() != total_of_model || partial.Take().chain != expected) abort();
  }
  if (budget.used() != 0) abort();
  return 0;
}
