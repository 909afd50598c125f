// SPDX-License-Identifier: Apache-2.0
// What a key exchange costs in each group: a fresh pair, and the shared secret from the peer's value. For modp2048 also
// what OpenSSL's EVP_PKEY would take, whose check of the peer's value raises it to q (see libs/crypto/dh_modp.cc).
#include <benchmark/benchmark.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <cstdlib>

#include "libs/base/host.h"
#include "libs/crypto/dh.h"

namespace culvert {
namespace {

void Generate(benchmark::State& state, const ipsec::Algorithm* group) {
  base::SystemRng rng;
  for (auto _ : state) benchmark::DoNotOptimize(crypto::KeyExchange::Generate(*group, rng));
}

void Derive(benchmark::State& state, const ipsec::Algorithm* group) {
  base::SystemRng rng;
  const auto ours = *crypto::KeyExchange::Generate(*group, rng);
  const auto theirs = *crypto::KeyExchange::Generate(*group, rng);
  for (auto _ : state) benchmark::DoNotOptimize(ours->Derive(theirs->public_value()));
}

EVP_PKEY* EvpModp2048() {
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "DH", nullptr);
  char group[] = "modp_2048";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0), OSSL_PARAM_END};
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_keygen_init(context) != 1 || EVP_PKEY_CTX_set_params(context, params) != 1 ||
      EVP_PKEY_generate(context, &key) != 1) {
    std::abort();
  }
  EVP_PKEY_CTX_free(context);
  return key;
}

void DeriveByEvp(benchmark::State& state) {
  EVP_PKEY* ours = EvpModp2048();
  EVP_PKEY* theirs = EvpModp2048();
  uint8_t secret[256];
  for (auto _ : state) {
    EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_pkey(nullptr, ours, nullptr);
    size_t size = sizeof(secret);
    if (EVP_PKEY_derive_init(context) != 1 || EVP_PKEY_derive_set_peer(context, theirs) != 1 ||
        EVP_PKEY_derive(context, secret, &size) != 1) {
      std::abort();
    }
    EVP_PKEY_CTX_free(context);
  }
  EVP_PKEY_free(ours);
  EVP_PKEY_free(theirs);
}
BENCHMARK(DeriveByEvp)->Name("modp2048/derive_by_evp")->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace culvert

int main(int argc, char** argv) {
  using culvert::ipsec::Algorithm;
  for (const Algorithm& a : culvert::ipsec::Algorithms()) {
    if (a.kind != culvert::ipsec::TransformKind::kDh || a.id == 0) continue;
    const std::string name(a.keyword);
    benchmark::RegisterBenchmark((name + "/generate").c_str(), culvert::Generate, &a)->Unit(benchmark::kMicrosecond);
    benchmark::RegisterBenchmark((name + "/derive").c_str(), culvert::Derive, &a)->Unit(benchmark::kMicrosecond);
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
