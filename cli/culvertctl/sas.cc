// SPDX-License-Identifier: Apache-2.0
#include "cli/culvertctl/sas.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/culvertctl/text.h"
#include "culvert/ike/v1/ike.grpc.pb.h"

namespace culvert::ctl {
namespace {

using ike::v1::IkeService;
using ike::v1::Nat;

std::string Seconds(int64_t seconds) {
  return DurationText(absl::Seconds(seconds));
}

std::string EndText(const std::string& id, const std::string& host, int port) {
  return absl::StrCat("'", id, "' @ ", host, "[", port, "]");
}

std::string TrafficText(uint64_t bytes, uint64_t packets, int64_t use) {
  return absl::StrCat(BytesText(bytes), ", ", CountText(packets, "packet"),
                      use < 0 ? "" : absl::StrCat(", ", Seconds(use), " ago"));
}

std::string LifeText(int64_t age, absl::string_view verb, int64_t rekey, int64_t life) {
  std::string out = absl::StrCat(verb, " ", Seconds(age), " ago");
  if (rekey > 0) absl::StrAppend(&out, ", rekeying in ", Seconds(rekey));
  if (life > 0) absl::StrAppend(&out, ", expires in ", Seconds(life));
  return out;
}

std::string ChildText(const ike::v1::ChildSa& child) {
  return absl::StrCat(
      "  ", child.name(), ": #", child.uniqueid(), ", ", child.state(), ", ", child.mode(),
      child.encap() ? "-in-UDP, " : ", ", child.protocol(), ":", child.suite(), child.esn() ? " (ESN)" : "", ", pfs ",
      child.pfs(), "\n",                                                                                 //
      "    ", LifeText(child.install_time(), "installed", child.rekey_time(), child.life_time()), "\n",  //
      "    in  ", child.spi_in(), ", ", TrafficText(child.bytes_in(), child.packets_in(), child.use_in()),
      "\n",                                                                                                           //
      "    out ", child.spi_out(), ", ", TrafficText(child.bytes_out(), child.packets_out(), child.use_out()), "\n",  //
      "    local  ", absl::StrJoin(child.local_ts(), " "), "\n",                                                      //
      "    remote ", absl::StrJoin(child.remote_ts(), " "), "\n");
}

std::string SaText(const ike::v1::IkeSa& sa) {
  std::string out =
      absl::StrCat(sa.tunnel().empty() ? "(no tunnel yet)" : sa.tunnel(), ": #", sa.uniqueid(), ", ", sa.state(),
                   ", IKEv", sa.version(), ", ", sa.initiator_spi(), "_i", sa.initiator() ? "* " : " ",
                   sa.responder_spi(), "_r", sa.initiator() ? "" : "*", "\n",                        //
                   "  local  ", EndText(sa.local_id(), sa.local_host(), sa.local_port()), "\n",      //
                   "  remote ", EndText(sa.remote_id(), sa.remote_host(), sa.remote_port()), "\n");  //
  if (!sa.suite().empty()) absl::StrAppend(&out, "  ", sa.suite(), ", nat ", Nat::Value_Name(sa.nat()), "\n");
  if (!sa.local_auth().empty())
    absl::StrAppend(&out, "  authenticated by ", sa.local_auth(), ", the peer by ", sa.remote_auth(), "\n");
  // What is not established has no lifetime.
  if (sa.life_time() > 0)
    absl::StrAppend(&out, "  ", LifeText(sa.established(), "established", sa.rekey_time(), sa.life_time()), "\n");
  for (const ike::v1::ChildSa& child : sa.child_sas()) absl::StrAppend(&out, ChildText(child));
  return out;
}

std::string SasText(const ike::v1::ListIkeSasResponse& response) {
  if (response.ike_sas().empty()) return "no SAs\n";
  std::string out;
  for (const ike::v1::IkeSa& sa : response.ike_sas()) absl::StrAppend(&out, SaText(sa));
  return out;
}

}  // namespace

ExitCode ListSas(Session session, const std::string& tunnel) {
  ike::v1::ListIkeSasRequest request;
  request.set_tunnel(tunnel);
  return Show(session.printer, "sa list", session.client.Call(&IkeService::Stub::ListIkeSas, request), SasText);
}

}  // namespace culvert::ctl
