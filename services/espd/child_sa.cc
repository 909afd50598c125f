// SPDX-License-Identifier: Apache-2.0
#include "services/espd/child_sa.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "kmod/core/spi.h"
#include "libs/base/status_macros.h"

namespace culvert::espd {
namespace {

constexpr uint32_t kDefaultPathMtu = 1500;
// RFC 791 and RFC 8200 5: what every host must take; a tunnel never offers less.
constexpr size_t kSmallestInnerMtu = 576;

}  // namespace

absl::StatusOr<std::unique_ptr<ChildSa>> ChildSa::Create(const ChildSaConfig& config, Tunnel* tunnel,
                                                         const CryptoBackend& crypto) {
  if (!cv_spi_valid(config.inbound.spi)) return absl::InvalidArgumentError("inbound SPI was not leased here");
  if (config.outbound.spi <= 255) return absl::InvalidArgumentError("outbound SPI is reserved (RFC 4303 2.1)");
  if (config.selectors.empty()) return absl::InvalidArgumentError("no traffic selectors");
  if (config.path.remote.address.is_none() ||
      config.path.local.address.family() != config.path.remote.address.family()) {
    return absl::InvalidArgumentError("outer addresses missing or of two families");
  }
  std::unique_ptr<ChildSa> sa(new ChildSa);
  ASSIGN_OR_RETURN(sa->suite, Suite::Parse(config.suite));
  ASSIGN_OR_RETURN(
      sa->opener,
      crypto.MakeCipher(sa->suite, {config.inbound.encryption_key.view(), config.inbound.integrity_key.view()},
                        config.esn, Direction::kInbound));
  ASSIGN_OR_RETURN(
      sa->sealer,
      crypto.MakeCipher(sa->suite, {config.outbound.encryption_key.view(), config.outbound.integrity_key.view()},
                        config.esn, Direction::kOutbound));
  sa->id = config.id;
  sa->tunnel = tunnel;
  sa->inbound_spi = config.inbound.spi;
  sa->outbound_spi = config.outbound.spi;
  sa->esn = config.esn;
  sa->copy_dscp = config.copy_dscp;
  sa->ecn = config.ecn;
  sa->transport = config.transport;
  sa->tfc = config.transport ? 0 : config.tfc;  // a payload must say its own length (RFC 4303 2.7)
  if (config.transport) sa->header = TransportHeader(config.selectors.front());
  sa->limits = config.limits;
  sa->selectors = config.selectors;
  sa->path = new OuterPath(config.path);
  sa->SetPathMtu(kDefaultPathMtu);
  cv_replay_init(&sa->replay, config.replay_window);
  return sa;
}

void ChildSa::SetPathMtu(uint32_t path_mtu) {
  if (path_mtu == 0) path_mtu = kDefaultPathMtu;
  const size_t overhead = path.load()->overhead();
  const size_t room = path_mtu > overhead ? path_mtu - overhead : 0;
  const size_t inner =
      header.size() + cv_esp_max_payload(&suite.shape, room);  // a header that is not carried costs none
  inner_mtu = static_cast<uint32_t>(std::max(inner, kSmallestInnerMtu));
}

}  // namespace culvert::espd
