// SPDX-License-Identifier: Apache-2.0
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "services/configd/rules/subjects.h"

namespace culvert::configd {
namespace {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using X509Ptr = std::unique_ptr<X509, Freed<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

constexpr int kLeastRsaBits = 2048;

Bio BioOf(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Nothing but white space left: what follows a PEM block may be a second certificate that nobody looked at.
bool AtEnd(BIO* bio) {
  char c = 0;
  while (BIO_read(bio, &c, 1) == 1) {
    if (c != '\n' && c != '\r' && c != ' ' && c != '\t') return false;
  }
  return true;
}

// OpenSSL asks for the passphrase of an encrypted key on the terminal unless it gets an answer.
int NoPassphrase(char*, int, int, void*) {
  return 0;
}

X509Ptr ReadCertificate(BIO* bio) {
  return X509Ptr(PEM_read_bio_X509(bio, nullptr, NoPassphrase, nullptr));
}

X509Ptr CheckOne(const std::string& pem, const std::string& field, Problems* problems) {
  const Bio bio = BioOf(pem);
  X509Ptr certificate = ReadCertificate(bio.get());
  if (certificate == nullptr) {
    problems->Error(Code::BAD_CERTIFICATE, field, "this is not a PEM certificate", "-----BEGIN CERTIFICATE----- …");
  } else if (!AtEnd(bio.get())) {
    problems->Error(Code::BAD_CERTIFICATE, field, "something follows the certificate",
                    "put intermediate certificates into chain_pem");
  } else if (const EVP_PKEY* key = X509_get0_pubkey(certificate.get());
             key != nullptr && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) < kLeastRsaBits) {
    problems->Warning(Code::WEAK_KEY, field, absl::StrCat("an RSA key of ", EVP_PKEY_get_bits(key), " bits is weak"),
                      "use RSA of 3072 bits, or ECDSA");
  }
  return certificate;
}

void CheckKey(const std::string& pem, const X509* certificate, const std::string& field, Problems* problems) {
  const Bio bio = BioOf(pem);
  const KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
  if (key == nullptr || !AtEnd(bio.get())) {
    problems->Error(Code::BAD_PRIVATE_KEY, field, "this is not one unencrypted PEM private key",
                    "openssl pkey -in KEY -out PLAIN_KEY");
  } else if (certificate != nullptr && X509_check_private_key(certificate, key.get()) != 1) {
    problems->Error(Code::KEY_DOES_NOT_MATCH, field, "the key does not belong to the certificate",
                    "give the key that the certificate was made for");
  }
}

void CheckChain(const std::string& pem, const std::string& field, Problems* problems) {
  const Bio bio = BioOf(pem);
  int count = 0;
  while (ReadCertificate(bio.get()) != nullptr) ++count;
  if (count > 0 && AtEnd(bio.get())) return;
  problems->Error(Code::BAD_CERTIFICATE, field, "this is not a list of PEM certificates",
                  "intermediate certificates, nearest first");
}

}  // namespace

void CheckCertificates(const ConfigurationView& view, Problems* problems) {
  for (int i = 0; i < view.configuration.certificates_size(); ++i) {
    const auto& entry = view.configuration.certificates(i);
    const std::string path = ElementPath("certificates", entry.name(), static_cast<size_t>(i));
    if (!entry.has_certificate_pem()) {
      problems->Error(Code::REQUIRED, FieldPath(path, "certificate_pem"), "the certificate is missing",
                      "give certificate_pem or certificate_file");
      continue;
    }
    const X509Ptr certificate = CheckOne(entry.certificate_pem(), FieldPath(path, "certificate_pem"), problems);
    if (entry.has_private_key_pem()) {
      CheckKey(entry.private_key_pem(), certificate.get(), FieldPath(path, "private_key_pem"), problems);
    }
    if (entry.has_chain_pem()) CheckChain(entry.chain_pem(), FieldPath(path, "chain_pem"), problems);
  }
  ERR_clear_error();  // what OpenSSL noted on the way to our own answers

  for (const TunnelView& tunnel : view.tunnels) {
    const auto& authentication = tunnel.effective.authentication();
    if (!authentication.remote().has_x509() || authentication.remote().x509().ca_size() > 0) continue;
    problems->Error(Code::CA_MISSING, tunnel.Path("authentication"),
                    "no CA is named, so that no certificate of the peer could be trusted", "name one in x509.ca");
  }
}

}  // namespace culvert::configd
