// SPDX-License-Identifier: Apache-2.0
#include "libs/eap/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace culvert::eap {
namespace {

using base::Bytes;
using base::ByteView;

// RFC 5216 3.1.
constexpr uint8_t kLengthIncluded = 0x80;
constexpr uint8_t kMoreFragments = 0x40;
constexpr uint8_t kStart = 0x20;

// What OpenSSL has to say; the queue is empty afterwards.
std::string Reason() {
  const unsigned long error = ERR_peek_error();  // NOLINT: OpenSSL's type
  const char* text = ERR_reason_error_string(error);
  ERR_clear_error();
  return text == nullptr ? "no reason given" : text;
}

}  // namespace

int JudgeChain(X509_STORE_CTX* store, void* tls) {
  return static_cast<Tls*>(tls)->Judge(store) ? 1 : 0;
}

Tls::Tls(Role role, TlsCredentials credentials) : role_(role), credentials_(std::move(credentials)) {}

Tls::~Tls() {
  SSL_free(ssl_);
  SSL_CTX_free(context_);
}

bool Tls::SetUp() {
  if (credentials_.certificate == nullptr || credentials_.key == nullptr) return false;
  context_ = SSL_CTX_new(role_ == Role::kServer ? TLS_server_method() : TLS_client_method());
  if (context_ == nullptr) return false;
  SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION);
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
  // Servers of EAP-TLS know no RFC 5746, and no session of ours is ever negotiated anew.
  SSL_CTX_set_options(context_, SSL_OP_LEGACY_SERVER_CONNECT);
  SSL_CTX_set_options(context_, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_num_tickets(context_, 0);
  SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context_, JudgeChain, this);
  bool ok = SSL_CTX_use_certificate(context_, credentials_.certificate->get()) == 1 &&
            SSL_CTX_use_PrivateKey(context_, credentials_.key->get()) == 1;
  for (const pki::CertificatePtr& issuer : credentials_.chain) {
    ok = ok && SSL_CTX_add1_chain_cert(context_, issuer->get()) == 1;
  }
  ssl_ = ok ? SSL_new(context_) : nullptr;
  if (ssl_ == nullptr) return false;
  BIO* const in = BIO_new(BIO_s_mem());
  BIO* const out = BIO_new(BIO_s_mem());
  BIO_set_mem_eof_return(in, -1);
  SSL_set_bio(ssl_, in, out);
  role_ == Role::kServer ? SSL_set_accept_state(ssl_) : SSL_set_connect_state(ssl_);
  return true;
}

MethodStep Tls::Begin(const std::string&, Context) {
  if (!SetUp()) return Fail(absl::StrCat("our own certificate cannot be used: ", Reason()));
  started_ = true;
  return {.data = {kStart}};
}

MethodStep Tls::Fail(absl::string_view why) {
  return {.state = State::kFailed, .send = false, .why = absl::StrCat("EAP-TLS: ", why)};
}

MethodStep Tls::Handle(ByteView data, Context context) {
  now_ = context.now;
  if (!doomed_.empty()) return Fail(doomed_);
  if (data.empty()) return Fail("a message without flags");
  const uint8_t flags = data.front();
  data = data.subspan(1);
  if (role_ == Role::kPeer && !started_) {
    if ((flags & kStart) == 0) return Fail("no Start");
    if (!SetUp()) return Fail(absl::StrCat("our own certificate cannot be used: ", Reason()));
    started_ = true;
    return Advance();
  }
  if ((flags & kLengthIncluded) != 0) {
    if (data.size() < 4) return Fail("a length cut off");
    const size_t length = static_cast<size_t>(data[0]) << 24 | data[1] << 16 | data[2] << 8 | data[3];
    if (length > kMaxTlsMessage) return Fail("a message too long");
    if (!wanted_) wanted_ = length;
    data = data.subspan(4);
  }
  // An empty message acknowledges a fragment of ours (RFC 5216 2.1.5).
  if (data.empty() && incoming_.empty() && sent_ < outgoing_.size()) return NextFragment();
  if (sent_ < outgoing_.size()) return Fail("data where an acknowledgement was due");
  if (incoming_.size() + data.size() > wanted_.value_or(kMaxTlsMessage)) return Fail("more than was announced");
  incoming_.insert(incoming_.end(), data.begin(), data.end());
  if ((flags & kMoreFragments) != 0) {
    if (data.empty()) return Fail("a fragment of nothing");
    return {.data = {0}};
  }
  wanted_.reset();
  return Advance();
}

// Feeds what came to TLS, and sends what TLS has to say.
MethodStep Tls::Advance() {
  if (!incoming_.empty()) BIO_write(SSL_get_rbio(ssl_), incoming_.data(), static_cast<int>(incoming_.size()));
  const bool heard = !incoming_.empty();
  incoming_.clear();
  std::string failed;
  if (!done_) {
    const int result = SSL_do_handshake(ssl_);
    if (result == 1) {
      done_ = true;
    } else if (SSL_get_error(ssl_, result) != SSL_ERROR_WANT_READ) {
      failed = why_.empty() ? Reason() : why_;
      ERR_clear_error();
    }
  }
  const bool tls13 = SSL_version(ssl_) >= TLS1_3_VERSION;
  if (done_ && msk_.empty() && !ExportMsk()) failed = "no key could be exported";
  if (done_ && tls13 && failed.empty() && !confirmed_) {
    // RFC 9190 2.5: one octet of application data, zero, says that the server will send nothing more of the handshake.
    uint8_t indication = 0;
    if (role_ == Role::kServer) {
      confirmed_ = SSL_write(ssl_, &indication, 1) == 1;
    } else {
      const int got = SSL_read(ssl_, &indication, 1);
      confirmed_ = got == 1 && indication == 0;
      if (got == 1 && indication != 0) failed = "the server says something else than that it is done";
      if (got != 1 && SSL_get_error(ssl_, got) != SSL_ERROR_WANT_READ) failed = Reason();
    }
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(SSL_get_wbio(ssl_), &text);  // NOLINT: OpenSSL's type
  outgoing_.assign(text, text + size);
  (void)BIO_reset(SSL_get_wbio(ssl_));
  sent_ = 0;
  if (!failed.empty()) {
    if (role_ == Role::kServer && (outgoing_.empty() || outgoing_.size() > kTlsFragment)) return Fail(failed);
    // An alert, so that the other side can tell why; a peer that has none acknowledges the server's (RFC 5216 2.1.3).
    MethodStep alert = outgoing_.empty() ? MethodStep{.data = {0}} : NextFragment();
    if (role_ == Role::kServer) {
      doomed_ = failed;
    } else {
      alert.state = State::kFailed;
      alert.why = absl::StrCat("EAP-TLS: ", failed);
    }
    return alert;
  }
  const bool complete = done_ && (!tls13 || confirmed_);
  if (role_ == Role::kServer && complete && outgoing_.empty()) return {.state = State::kSucceeded};
  if (outgoing_.empty()) {
    if (role_ == Role::kServer && !heard) return Fail("the peer has nothing to say");
    return {.state = complete ? State::kSucceeded : State::kRunning, .data = {0}};
  }
  return NextFragment();
}

MethodStep Tls::NextFragment() {
  const bool first = sent_ == 0;
  const size_t size = std::min(kTlsFragment, outgoing_.size() - sent_);
  const bool more = sent_ + size < outgoing_.size();
  uint8_t flags = more ? kMoreFragments : 0;
  if (first && more) flags |= kLengthIncluded;
  MethodStep step{.data = {flags}};
  if ((flags & kLengthIncluded) != 0) {
    for (int shift = 24; shift >= 0; shift -= 8) step.data.push_back(static_cast<uint8_t>(outgoing_.size() >> shift));
  }
  const auto begin = outgoing_.begin() + static_cast<std::ptrdiff_t>(sent_);
  step.data.insert(step.data.end(), begin, begin + static_cast<std::ptrdiff_t>(size));
  sent_ += size;
  return step;
}

// In place of OpenSSL's own: the same judgement that a certificate in IKE_AUTH gets.
bool Tls::Judge(X509_STORE_CTX* store) {
  pki::ChainQuestion question;
  question.anchors = credentials_.anchors;
  question.now = now_;
  question.mode = credentials_.revocation;
  question.evidence = credentials_.evidence;
  const auto parse = [](X509* x509) -> pki::CertificatePtr {
    uint8_t* der = nullptr;
    const int size = i2d_X509(x509, &der);
    if (size <= 0) return nullptr;
    auto parsed = pki::Certificate::Parse({der, static_cast<size_t>(size)});
    OPENSSL_free(der);
    return parsed.ok() ? *std::move(parsed) : nullptr;
  };
  X509* const leaf = X509_STORE_CTX_get0_cert(store);
  question.leaf = leaf == nullptr ? nullptr : parse(leaf);
  STACK_OF(X509)* const sent = X509_STORE_CTX_get0_untrusted(store);
  const int count = sent == nullptr ? 0 : sk_X509_num(sent);
  if (question.leaf == nullptr || count > static_cast<int>(pki::kMaxPeerCertificates)) {
    why_ = "its certificate cannot be read";
    return false;
  }
  for (int i = 0; i < count; ++i) {
    if (pki::CertificatePtr issuer = parse(sk_X509_value(sent, i))) question.intermediates.push_back(std::move(issuer));
  }
  const pki::Verdict verdict = pki::VerifyChain(question);
  if (!verdict.ok()) {
    why_ = absl::StrCat(pki::ToString(verdict.fault), ": ", verdict.certificate, ": ", verdict.what);
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_UNTRUSTED);
    return false;
  }
  peer_certificate_ = question.leaf;
  return true;
}

// RFC 5216 2.3 and RFC 9190 2.3: the MSK is the first half of the key material.
bool Tls::ExportMsk() {
  constexpr absl::string_view kLabel12 = "client EAP encryption";
  constexpr absl::string_view kLabel13 = "EXPORTER_EAP_TLS_Key_Material";
  const bool tls13 = SSL_version(ssl_) >= TLS1_3_VERSION;
  const absl::string_view label = tls13 ? kLabel13 : kLabel12;
  const uint8_t type = static_cast<uint8_t>(Type::kTls);
  base::Secret material(2 * kMskSize);
  if (SSL_export_keying_material(ssl_, material.mutable_view().data(), material.size(), label.data(), label.size(),
                                 tls13 ? &type : nullptr, tls13 ? 1 : 0, tls13 ? 1 : 0) != 1) {
    return false;
  }
  msk_ = material.Slice(0, kMskSize);
  return true;
}

base::Secret Tls::TakeMsk() {
  return std::move(msk_);
}

}  // namespace culvert::eap
