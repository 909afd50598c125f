// SPDX-License-Identifier: Apache-2.0
#include "tests/diagnosis/misconfiguration.h"

namespace culvert::diagnosis {
namespace {

const Said kIkeGuess = Guesses("IKE_PROPOSAL_MISMATCH", "tunnels[to-b].ike.proposals");
const Said kEspGuess = Guesses("ESP_PROPOSAL_MISMATCH", "tunnels[to-b].esp.proposals");

Said IkeDiffers(std::string words) {
  return Knows("IKE_PROPOSAL_MISMATCH", "tunnels[to-a].ike.proposals", std::move(words));
}
Said EspDiffers(std::string words) {
  return Knows("ESP_PROPOSAL_MISMATCH", "tunnels[to-a].esp.proposals", std::move(words));
}

Misconfiguration Ike(std::string what, std::string a, std::string b, std::string words) {
  return {std::move(what),
          {{"ike.proposals", "[" + a + "]"}},
          {{"ike.proposals", "[" + b + "]"}},
          kIkeGuess,
          IkeDiffers(std::move(words))};
}
Misconfiguration Esp(std::string what, std::string a, std::string b, std::string words) {
  return {std::move(what),
          {{"esp.proposals", "[" + a + "]"}},
          {{"esp.proposals", "[" + b + "]"}},
          kEspGuess,
          EspDiffers(std::move(words))};
}

// The group of ESP is used for the first time at a rekey (RFC 7296 1.2).
void RekeyChild(MockWire& wire) {
  wire.Run();
  wire.a.events.clear();
  wire.b.events.clear();
  wire.a.Handle(iked::Rekey{1, "to-b", iked::Part::kChild});
}
Misconfiguration Pfs(std::string what, std::string a, std::string b, std::string words) {
  Misconfiguration row = Esp(std::move(what), a, b, std::move(words));
  row.happens = RekeyChild;
  return row;
}

const Misconfiguration kRows[] = {
    Ike("the IKE ciphers differ", "aes256-sha256-modp2048", "3des-sha256-modp2048", "ENCR: ours 3des; theirs aes256"),
    Ike("the IKE key lengths differ", "aes128-sha256-modp2048", "aes256-sha256-modp2048",
        "ENCR: ours aes256; theirs aes128"),
    Ike("the IKE hashes differ", "aes256-sha256-modp2048", "aes256-sha1-modp2048", "INTEG: ours sha1; theirs sha256"),
    Ike("the PRFs differ", "aes256-sha256-modp2048", "aes256-sha256-prfsha512-modp2048",
        "PRF: ours prfsha512; theirs prfsha256"),
    Ike("the IKE groups differ", "aes256-sha256-modp2048", "aes256-sha256-modp3072",
        "DH: ours modp3072; theirs modp2048"),
    Ike("one side has GCM, the other CBC with HMAC", "aes256-sha256-x25519", "aes256gcm16-prfsha256-x25519",
        "ENCR: ours aes256gcm16; theirs aes256"),
    Ike("nothing in the IKE proposals agrees", "aes256gcm16-prfsha384-x25519", "3des-sha1-modp1536",
        "DH: ours modp1536; theirs x25519"),
    Ike("an old router meets a new one", "des-md5-modp768", "aes256gcm16-prfsha384-x25519",
        "ENCR: ours aes256gcm16; theirs des"),
    Ike("two proposals at each side, and no pair of them agrees",
        "aes256gcm16-prfsha384-ecp384, aes128-sha256-modp2048", "aes128gcm16-prfsha256-ecp256, aes128-sha256-modp3072",
        "DH: ours modp3072; theirs modp2048"),
    Esp("the ESP ciphers differ", "aes256-sha256", "3des-sha256", "ENCR: ours 3des; theirs aes256"),
    Esp("the ESP key lengths differ", "aes256gcm16", "aes128gcm16", "ENCR: ours aes128gcm16; theirs aes256gcm16"),
    Esp("the ESP hashes differ", "aes256-sha256", "aes256-sha1", "INTEG: ours sha1; theirs sha256"),
    Esp("ESP with GCM against CBC with HMAC", "aes256-sha256", "aes256gcm16", "ENCR: ours aes256gcm16; theirs aes256"),
    Esp("ESP with ChaCha20 against GCM", "chacha20poly1305", "aes256gcm16",
        "ENCR: ours aes256gcm16; theirs chacha20poly1305"),
    Pfs("the responder wants PFS, the initiator has none; it shows at the first rekey", "aes256gcm16",
        "aes256gcm16-x25519", "DH: ours x25519; theirs none"),
    Pfs("the initiator wants PFS, the responder has none; it shows at the first rekey", "aes256gcm16-x25519",
        "aes256gcm16", "DH: ours none; theirs x25519"),
    Pfs("the PFS groups differ; it shows at the first rekey", "aes256gcm16-modp2048", "aes256gcm16-x25519",
        "DH: ours x25519; theirs modp2048"),
};

}  // namespace

std::span<const Misconfiguration> AlgorithmRows() {
  return kRows;
}

}  // namespace culvert::diagnosis
