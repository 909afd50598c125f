#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# IKE fragmentation (RFC 7383) with strongSwan: an IKE_AUTH that fits no packet, cut by both, in both roles.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
# shellcheck source=tests/interop/peer.sh
. "$(dirname "${BASH_SOURCE[0]}")/peer.sh"
scenario fragmentation
lab_two_sites

IKE=aes256gcm16-prfsha384-x25519
ESP=aes256gcm16-x25519

# Sixty-four subnets at our end and long names at both: some 1800 octets. strongSwan cuts at 600.
SUBNETS=$(seq -f '10.1.%g.0/24' -s ', ' 0 2 126)
LONG=$(printf 'x%.0s' {1..60})
A=gw-a.$LONG.$LONG.$LONG B=gw-b.$LONG.$LONG.$LONG

# configure FRAGMENTATION_HERE FRAGMENTATION_THERE
configure() {
  gateway_config gw-a <<END
tunnels:
  - name: to-b
    enabled: true
    profile: MODERN
    startup: ADD
    local: { address: 192.0.2.1, identifier: $A, subnets: [$SUBNETS] }
    remote: { endpoint: 192.0.2.2, identifier: $B, subnets: [10.2.0.0/24] }
    authentication: { psk: {} }
    ike: { proposals: [$IKE], fragmentation: $1 }
    esp: { proposals: [$ESP] }
secrets: [{ name: shared, psk: "$PSK", selectors: [$B] }]
END
  theirs "$IKE" "$ESP"
  local file
  file=$(strongswan_dir gw-b)/swanctl.conf
  sed -i -e "s|remote_ts = .*|remote_ts = $SUBNETS|" -e "s/id = gw-a/id = $A/" -e "s/id = gw-b/id = $B/" \
    -e "s/version = 2/version = 2\n    fragmentation = $2/" "$file"
  if [[ -e $(gateway_dir gw-a)/pid ]]; then
    both_down
    strongswan_load gw-b
    expect_exit 0 apply gw-a
  else
    strongswan_start gw-b 'fragment_size = 600'
    gateway_start gw-a
  fi
}

# captured COMMAND…: what it sends over the WAN is in $LAB_DIR/wan.pcap.
captured() {
  capture_start gw-a wan "$LAB_DIR/wan.pcap"
  "$@"
  capture_stop
}
# SKF is the first payload of fragments, in UDP behind 8 octets of header and 16 of SPIs; on 4500 behind a marker too.
FRAGMENTS='((udp port 500 and udp[24] == 53) or (udp port 4500 and udp[8:4] == 0 and udp[28] == 53))'
fragments_from() { capture_count "$LAB_DIR/wan.pcap" "src host $1 and $FRAGMENTS"; }
larger_than() { capture_count "$LAB_DIR/wan.pcap" "src host $1 and udp and greater $(($2 + 15))"; } # 14 of Ethernet

both_cut_and_both_understand() {
  configure AUTO yes
  captured we_initiate
  expect 'we cut' [ "$(fragments_from 192.0.2.1)" -ge 2 ]
  expect 'they cut' [ "$(fragments_from 192.0.2.2)" -ge 2 ]
  expect 'nothing of ours above 1280' [ "$(larger_than 192.0.2.1 1280)" = 0 ]
  traffic_flows
}

they_begin() {
  both_down
  captured they_initiate
  expect 'we cut' [ "$(fragments_from 192.0.2.1)" -ge 2 ]
  expect 'they cut' [ "$(fragments_from 192.0.2.2)" -ge 2 ]
  traffic_flows
}

force_cuts_at_576() {
  configure FORCE yes
  captured we_initiate
  expect 'more fragments' [ "$(fragments_from 192.0.2.1)" -ge 4 ]
  expect 'nothing of ours above 576' [ "$(larger_than 192.0.2.1 576)" = 0 ]
  traffic_flows
}

never_means_never() {
  configure NEVER yes
  captured we_initiate
  expect 'none of ours' [ "$(fragments_from 192.0.2.1)" = 0 ]
  expect 'none of theirs' [ "$(fragments_from 192.0.2.2)" = 0 ]
  traffic_flows
}

a_peer_that_does_not_is_spoken_to_whole() {
  configure AUTO no
  captured we_initiate
  expect 'none of ours' [ "$(fragments_from 192.0.2.1)" = 0 ]
  traffic_flows
}

run both_cut_and_both_understand they_begin force_cuts_at_576 never_means_never a_peer_that_does_not_is_spoken_to_whole
