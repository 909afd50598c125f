// SPDX-License-Identifier: Apache-2.0
#include "services/sad/guard/nftables.h"

#include <nftables/libnftables.h>

#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "libs/base/status_macros.h"

namespace culvert::sad {
namespace {

using Json = nlohmann::json;

// libnftables says which of these it is in words alone.
absl::Status ToStatus(absl::string_view error) {
  error = absl::StripSuffix(error, "\n");
  if (absl::StrContains(error, "No such file or directory")) return absl::NotFoundError(error);
  if (absl::StrContains(error, "Operation not permitted")) return absl::PermissionDeniedError(error);
  return absl::InternalError(absl::StrCat("nftables: ", error));
}

// Each object of one kind ("chain", "counter") in a listing.
template <typename F>
absl::Status ForEach(const std::string& listing, const char* kind, F f) {
  const Json parsed = Json::parse(listing, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object() || !parsed.contains("nftables")) return absl::InternalError("nftables: unreadable listing");
  for (const Json& item : parsed["nftables"]) {
    if (auto it = item.find(kind); it != item.end() && it->is_object()) f(*it);
  }
  return absl::OkStatus();
}

}  // namespace

void Nftables::Free::operator()(nft_ctx* context) const {
  nft_ctx_free(context);
}

absl::StatusOr<Nftables> Nftables::Open() {
  Nftables nftables(nft_ctx_new(NFT_CTX_DEFAULT));
  nft_ctx* context = nftables.context_.get();
  if (context == nullptr || nft_ctx_buffer_output(context) != 0 || nft_ctx_buffer_error(context) != 0) {
    return absl::InternalError("nftables: no context");
  }
  return nftables;
}

absl::StatusOr<std::string> Nftables::Run(const std::string& command, unsigned flags) {
  nft_ctx_output_set_flags(context_.get(), flags | NFT_CTX_OUTPUT_NUMERIC_PROTO);
  const int result = nft_run_cmd_from_buffer(context_.get(), command.c_str());
  std::string output = nft_ctx_get_output_buffer(context_.get());
  const std::string error = nft_ctx_get_error_buffer(context_.get());
  if (result != 0) return ToStatus(error);
  return output;
}

absl::Status Nftables::Commit(const std::string& transaction) {
  return Run(transaction, NFT_CTX_OUTPUT_JSON).status();
}

absl::StatusOr<std::string> Nftables::TableText(const std::string& table) {
  return Run(absl::StrCat("list table inet ", table), NFT_CTX_OUTPUT_STATELESS);
}

absl::StatusOr<std::map<std::string, uint64_t>> Nftables::Counters(const std::string& table) {
  ASSIGN_OR_RETURN(const std::string listing,
                   Run(absl::StrCat("list counters table inet ", table), NFT_CTX_OUTPUT_JSON));
  std::map<std::string, uint64_t> counters;
  RETURN_IF_ERROR(ForEach(listing, "counter", [&](const Json& counter) {
    counters[counter.value("name", "")] = counter.value("packets", uint64_t{0});
  }));
  return counters;
}

absl::StatusOr<bool> Nftables::HasForeignSourceNat(const std::string& ours) {
  ASSIGN_OR_RETURN(const std::string listing, Run("list chains", NFT_CTX_OUTPUT_JSON));
  bool found = false;
  RETURN_IF_ERROR(ForEach(listing, "chain", [&](const Json& chain) {
    found |= chain.value("type", "") == "nat" && chain.value("hook", "") == "postrouting" &&
             chain.value("table", "") != ours;
  }));
  return found;
}

}  // namespace culvert::sad
