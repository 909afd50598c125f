// SPDX-License-Identifier: Apache-2.0
#include "services/sad/guard/region.h"

#include <map>
#include <utility>

namespace culvert::sad {
namespace {

// The other half of the prefix one bit shorter.
base::Prefix Sibling(const base::Prefix& prefix) {
  base::Bytes bytes = base::ToBytes(prefix.Masked().address.bytes());
  const auto bit = static_cast<size_t>(prefix.length - 1);
  bytes[bit / 8] ^= static_cast<uint8_t>(0x80 >> (bit % 8));
  return {base::IpAddress::FromBytes(bytes), prefix.length};
}

std::vector<Region> Cut(const Region& from, const Region& hole) {
  std::vector<Region> rest;
  for (const base::Prefix& local : Subtract(from.local, hole.local)) rest.push_back({local, from.remote, from.tunnel});
  const base::Prefix& shared = from.local.length > hole.local.length ? from.local : hole.local;
  for (const base::Prefix& remote : Subtract(from.remote, hole.remote)) rest.push_back({shared, remote, from.tunnel});
  return rest;
}

// Found regions, by remote prefix: prefixes overlap only with the ones they lie in and the ones that lie in them.
class Index {
 public:
  void Insert(const Region& region) { regions_.emplace(region.remote, region); }

  std::vector<Region> Overlapping(const Region& region) const {
    std::vector<Region> found;
    auto take = [&](auto first, auto last) {
      for (; first != last; ++first) {
        if (first->second.Overlaps(region)) found.push_back(first->second);
      }
    };
    for (int length = 0; length <= region.remote.length; ++length) {
      const auto [first, last] = regions_.equal_range(base::Prefix{region.remote.address, length}.Masked());
      take(first, last);
    }
    for (auto it = regions_.lower_bound({region.remote.First(), region.remote.length + 1});
         it != regions_.end() && it->first.address <= region.remote.Last(); ++it) {
      if (it->first.length > region.remote.length && it->second.Overlaps(region)) found.push_back(it->second);
    }
    return found;
  }

  std::vector<Region> All() const {
    std::vector<Region> all;
    all.reserve(regions_.size());
    for (const auto& [remote, region] : regions_) all.push_back(region);
    return all;
  }

 private:
  std::multimap<base::Prefix, Region> regions_;
};

}  // namespace

std::vector<base::Prefix> Subtract(const base::Prefix& from, const base::Prefix& hole) {
  std::vector<base::Prefix> rest;
  for (int length = hole.length; length > from.length; --length) {
    rest.push_back(Sibling({hole.address, length}));
  }
  return rest;
}

std::vector<Region> Disjoint(const std::vector<Region>& regions) {
  Index index;
  for (const Region& region : regions) {
    std::vector<Region> pieces = {{region.local.Masked(), region.remote.Masked(), region.tunnel}};
    for (const Region& taken : index.Overlapping(pieces.front())) {
      std::vector<Region> smaller;
      for (const Region& piece : pieces) {
        if (!piece.Overlaps(taken)) {
          smaller.push_back(piece);
          continue;
        }
        for (Region& rest : Cut(piece, taken)) smaller.push_back(std::move(rest));
      }
      pieces = std::move(smaller);
    }
    for (const Region& piece : pieces) index.Insert(piece);
  }
  return index.All();
}

}  // namespace culvert::sad
