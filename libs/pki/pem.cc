// SPDX-License-Identifier: Apache-2.0
#include "libs/pki/pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/pki/openssl.h"

namespace culvert::pki {
namespace {

using Bio = std::unique_ptr<BIO, crypto::Freer<BIO_free_all>>;
using Pkcs8 = std::unique_ptr<PKCS8_PRIV_KEY_INFO, crypto::Freer<PKCS8_PRIV_KEY_INFO_free>>;

constexpr size_t kMaxBlocks = 64;

struct Block {
  std::string label;   // "CERTIFICATE"
  std::string header;  // "Proc-Type: 4,ENCRYPTED" and the like
  base::Secret octets;
};

absl::Status Wrong(absl::string_view what) {
  ERR_clear_error();
  return absl::InvalidArgumentError(what);
}

bool OnlyBlanksLeft(BIO* bio) {
  const char* rest = nullptr;
  const long size = BIO_get_mem_data(bio, &rest);
  return std::all_of(rest, rest + size, [](char c) { return absl::ascii_isspace(static_cast<unsigned char>(c)); });
}

absl::StatusOr<std::vector<Block>> BlocksOf(absl::string_view pem) {
  const Bio bio(MustHave(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))));
  std::vector<Block> blocks;
  while (!OnlyBlanksLeft(bio.get())) {
    if (blocks.size() == kMaxBlocks) return Wrong(absl::StrCat("more than ", kMaxBlocks, " PEM blocks"));
    char *label = nullptr, *header = nullptr;
    unsigned char* data = nullptr;
    long size = 0;
    if (PEM_read_bio(bio.get(), &label, &header, &data, &size) != 1) {
      return Wrong(blocks.empty() ? "this is not PEM" : "something that is not PEM follows");
    }
    blocks.push_back({label, header, base::Secret::CopyOf({data, static_cast<size_t>(size)})});
    OPENSSL_free(label);
    OPENSSL_free(header);
    OPENSSL_clear_free(data, static_cast<size_t>(size));
  }
  if (blocks.empty()) return Wrong("this is not PEM");
  return blocks;
}

absl::StatusOr<std::vector<base::Bytes>> OctetsOf(absl::string_view pem, absl::string_view label) {
  ASSIGN_OR_RETURN(const std::vector<Block> blocks, BlocksOf(pem));
  std::vector<base::Bytes> all;
  for (const Block& block : blocks) {
    if (block.label != label)
      return Wrong(absl::StrCat("a block of type \"", block.label, "\" instead of \"", label, "\""));
    all.push_back(base::ToBytes(block.octets.view()));
  }
  return all;
}

// The traditional forms of RSA and EC keys, as PKCS#8.
absl::StatusOr<base::Secret> AsPkcs8(int type, base::ByteView der) {
  const unsigned char* at = der.data();
  const Pkey key(d2i_PrivateKey(type, nullptr, &at, static_cast<long>(der.size())));
  if (key == nullptr || at != der.data() + der.size()) return Wrong("a private key that cannot be read");
  const Pkcs8 pkcs8(MustHave(EVP_PKEY2PKCS8(key.get())));
  base::Bytes octets = DerOf(pkcs8.get(), i2d_PKCS8_PRIV_KEY_INFO);
  base::Secret secret = base::Secret::CopyOf(octets);
  base::SecureWipe(octets);
  return secret;
}

}  // namespace

absl::StatusOr<std::vector<base::Bytes>> CertificatesFromPem(absl::string_view pem) {
  return OctetsOf(pem, "CERTIFICATE");
}

absl::StatusOr<std::vector<base::Bytes>> CrlsFromPem(absl::string_view pem) {
  return OctetsOf(pem, "X509 CRL");
}

absl::StatusOr<base::Secret> PrivateKeyFromPem(absl::string_view pem) {
  ASSIGN_OR_RETURN(std::vector<Block> blocks, BlocksOf(pem));
  if (blocks.front().label == "EC PARAMETERS") blocks.erase(blocks.begin());  // the key names its curve again
  if (blocks.size() != 1) return Wrong("not exactly one private key");
  Block& block = blocks.front();
  if (block.label == "ENCRYPTED PRIVATE KEY" || absl::StrContains(block.header, "ENCRYPTED")) {
    return absl::FailedPreconditionError("the private key is encrypted");
  }
  if (block.label == "PRIVATE KEY") return std::move(block.octets);
  if (block.label == "RSA PRIVATE KEY") return AsPkcs8(EVP_PKEY_RSA, block.octets.view());
  if (block.label == "EC PRIVATE KEY") return AsPkcs8(EVP_PKEY_EC, block.octets.view());
  return Wrong(absl::StrCat("a block of type \"", block.label, "\" instead of a private key"));
}

}  // namespace culvert::pki
