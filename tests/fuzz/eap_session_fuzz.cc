// SPDX-License-Identifier: Apache-2.0
// An EAP session that hears whatever a stranger says: it ends within its bounds, and never in success, since no
// stranger knows the password or has a certificate. The first octet chooses side and method; messages follow behind
// their lengths.
#include <algorithm>
#include <cstdlib>
#include <random>

#include "libs/eap/mschapv2.h"
#include "libs/eap/session.h"
#include "libs/eap/tls.h"

namespace {

using namespace culvert;

void Require(bool condition) {
  if (!condition) std::abort();
}

class SeededRng final : public base::Rng {
 public:
  void Fill(base::MutableByteView out) override {
    for (uint8_t& octet : out) octet = static_cast<uint8_t>(engine_());
  }

 private:
  std::mt19937_64 engine_{7};
};

// OpenSSL parses a certificate of the other side before it judges it, so that no trust is needed to get there.
std::unique_ptr<eap::Method> MethodOf(uint8_t choice) {
  if ((choice & 2) != 0) {
    return std::make_unique<eap::Tls>((choice & 1) != 0 ? eap::Tls::Role::kServer : eap::Tls::Role::kPeer,
                                      eap::TlsCredentials{});
  }
  if ((choice & 1) == 0) return std::make_unique<eap::MschapV2Peer>("bob", base::AsBytes("builder"));
  auto accounts = std::make_shared<std::vector<eap::Account>>();
  accounts->push_back({"bob", base::Secret::CopyOf(base::AsBytes("builder"))});
  return std::make_unique<eap::MschapV2Server>("gw", std::move(accounts));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  SeededRng rng;
  const eap::Context context{absl::FromUnixSeconds(1'700'000'000), rng};
  const uint8_t choice = data[0];
  std::unique_ptr<eap::Session> session;
  uint8_t identifier = 0;
  if ((choice & 1) != 0) {
    auto server = std::make_unique<eap::Server>(MethodOf(choice));
    identifier = server->Begin(context)[1];
    session = std::move(server);
  } else {
    session = std::make_unique<eap::Peer>(MethodOf(choice), "bob");
  }
  for (size_t at = 1; at + 2 <= size;) {
    const size_t length = std::min<size_t>(size_t{data[at]} << 8 | data[at + 1], size - at - 2);
    base::Bytes message(data + at + 2, data + at + 2 + length);
    at += 2 + length;
    if ((choice & 1) != 0 && message.size() > 1) message[1] = identifier;  // nobody guesses wrong for long
    const eap::Step step = session->Handle(message, context);
    Require(step.state != eap::State::kSucceeded);
    Require(step.reply.size() <= eap::kMaxPacket);
    if (step.state == eap::State::kFailed) {
      Require(step.failure != eap::Failure::kNone && !step.why.empty());
      return 0;
    }
    if (step.reply.size() > 1) identifier = step.reply[1];
  }
  return 0;
}
