#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Each family inside each family.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
scenario ipv6
lab_two_sites

# families OUTER INNER: both gateways with a tunnel of these families.
site() {
  local site=$1 other=$2 local_address=$3 remote_address=$4 local_subnet=$5 remote_subnet=$6
  gateway_config "gw-$site" <<END
tunnels:
  - name: to-$other
    enabled: true
    profile: MODERN
    startup: ADD
    local: { address: "$local_address", identifier: gw-$site, subnets: ["$local_subnet"] }
    remote: { endpoint: "$remote_address", identifier: gw-$other, subnets: ["$remote_subnet"] }
    authentication: { psk: {} }
secrets: [{ name: shared, psk: "$PSK" }]
END
}
families() {
  local -A outer_a=([4]=192.0.2.1 [6]=2001:db8::1) outer_b=([4]=192.0.2.2 [6]=2001:db8::2)
  local -A inner_a=([4]=10.1.0.0/24 [6]=fd01::/64) inner_b=([4]=10.2.0.0/24 [6]=fd02::/64)
  site a b "${outer_a[$1]}" "${outer_b[$1]}" "${inner_a[$2]}" "${inner_b[$2]}"
  site b a "${outer_b[$1]}" "${outer_a[$1]}" "${inner_b[$2]}" "${inner_a[$2]}"
}

carries() {
  local outer=$1 inner=$2
  local -A host_a=([4]=10.1.0.2 [6]=fd01::2) host_b=([4]=10.2.0.2 [6]=fd02::2)
  families "$outer" "$inner"
  if [[ -e $(gateway_dir gw-a)/pid ]]; then
    expect_exit 0 apply gw-a
    expect_exit 0 apply gw-b
  else
    gateway_start gw-a
    gateway_start gw-b
  fi
  capture_start gw-a wan "$LAB_DIR/wan.pcap"
  bring_up
  expect 'a to b' wait_until 2 can_ping host-a "${host_b[$inner]}"
  expect 'b to a' can_ping host-b "${host_a[$inner]}"
  expect '10 MB intact' copy host-a host-b "${host_b[$inner]}" 10
  capture_stop
  expect 'outer family' [ "$(capture_count "$LAB_DIR/wan.pcap" "ip$([[ $outer == 6 ]] && echo 6) and udp")" -gt 10 ]
  wan_was_clean "$LAB_DIR/wan.pcap"
}

ipv6_in_ipv6() { carries 6 6; }
ipv4_in_ipv6() { carries 6 4; }
ipv6_in_ipv4() { carries 4 6; }

run ipv6_in_ipv6 ipv4_in_ipv6 ipv6_in_ipv4
