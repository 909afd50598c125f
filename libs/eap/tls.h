// SPDX-License-Identifier: Apache-2.0
// EAP-TLS (RFC 5216; with TLS 1.3 RFC 9190): both sides prove themselves by certificates, in a TLS handshake whose
// records travel in fragments. The other side's certificate is judged as one of IKE is (libs/pki/validation.h); whether
// it is the right one's, the caller decides.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "libs/eap/method.h"
#include "libs/pki/private_key.h"
#include "libs/pki/validation.h"

namespace culvert::eap {

inline constexpr size_t kTlsFragment = 1024;         // octets of TLS in one message of ours
inline constexpr size_t kMaxTlsMessage = 64 * 1024;  // in one of the other side's, over all its fragments

struct TlsCredentials {
  pki::CertificatePtr certificate;
  std::vector<pki::CertificatePtr> chain;
  std::shared_ptr<const pki::PrivateKey> key;
  std::vector<pki::CertificatePtr> anchors;  // that the other side's chain must end in
  pki::RevocationMode revocation = pki::RevocationMode::kIfAvailable;
  std::shared_ptr<const pki::RevocationEvidence> evidence;
};

class Tls final : public Method {
 public:
  enum class Role : uint8_t { kPeer, kServer };
  Tls(Role role, TlsCredentials credentials);
  ~Tls() override;

  Type type() const override { return Type::kTls; }
  MethodStep Begin(const std::string& identity, Context context) override;  // the server's Start
  MethodStep Handle(base::ByteView data, Context context) override;
  base::Secret TakeMsk() override;
  pki::CertificatePtr peer_certificate() const override { return peer_certificate_; }

 private:
  friend int JudgeChain(X509_STORE_CTX* store, void* tls);

  bool SetUp();
  MethodStep Advance();
  MethodStep NextFragment();
  MethodStep Fail(absl::string_view why);
  bool Judge(X509_STORE_CTX* store);
  bool ExportMsk();

  const Role role_;
  TlsCredentials credentials_;
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
  absl::Time now_;

  base::Bytes incoming_;          // fragments so far
  std::optional<size_t> wanted_;  // length of the message that they make
  base::Bytes outgoing_;
  size_t sent_ = 0;  // of outgoing_
  bool started_ = false;
  bool done_ = false;       // the handshake
  bool confirmed_ = false;  // TLS 1.3: the server's protected success indication went by
  std::string why_;         // the certificate's fault
  std::string doomed_;      // a server's failure, once its alert is out
  pki::CertificatePtr peer_certificate_;
  base::Secret msk_;
};

}  // namespace culvert::eap
