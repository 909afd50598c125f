#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Transport mode between two hosts: no inner IP header on the wire, protocols judged, and what a tunnel peer hears.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
scenario transport
lab_two_sites

# hosts MODE_OF_A MODE_OF_B [EXTRA_OF_A]
hosts() {
  host gw-a 1 a 2 b "mode: $1${3:+, $3}"
  host gw-b 2 b 1 a "mode: $2"
}
host() {
  gateway_config "$1" <<END
tunnels:
  - name: to-$5
    enabled: true
    profile: MODERN
    startup: ADD
    local: { address: 192.0.2.$2, identifier: gw-$3 }
    remote: { endpoint: 192.0.2.$4, identifier: gw-$5 }
    authentication: { psk: {} }
    esp: { $6, proposals: [aes256gcm16] }
secrets: [{ name: shared, psk: "$PSK" }]
END
}
hosts TRANSPORT TRANSPORT
gateway_start gw-a
gateway_start gw-b

mode() { sas gw-a '.ike_sas[0].child_sas[0].mode'; }

# The length of the ESP packet of one echo request of 8 octets (28 with its IP header): UDP payload.
esp_lengths() {
  capture_start gw-a wan "$LAB_DIR/$1.pcap"
  on gw-a ping -q -c 3 -i 0.05 -s 8 192.0.2.2 >/dev/null
  capture_stop
  tcpdump -n -r "$LAB_DIR/$1.pcap" 'udp port 4500 and src 192.0.2.1 and udp[8:4] != 0 and udp[4:2] > 9' 2>/dev/null |
    sed -n 's/.*length //p' | sort -u
}

no_inner_ip_header_travels() {
  bring_up
  expect 'status says TRANSPORT' [ "$(mode)" = TRANSPORT ]
  expect 'ping' wait_until 3 can_ping gw-a 192.0.2.2
  # SPI, sequence number, IV, ICMP of 16 octets, two of padding and two of trailer, ICV: no room for an IP header.
  expect '8 + 8 + 16 + 4 + 16 octets' [ "$(esp_lengths transport)" = 52 ]
  wan_was_clean "$LAB_DIR/transport.pcap"
}

tcp_flows_both_ways() {
  expect 'a to b' copy gw-a gw-b 192.0.2.2 20
  expect 'b to a' copy gw-b gw-a 192.0.2.1 20
}

it_survives_rekeys() {
  expect_exit 0 gateway_ctl gw-a rekey to-b
  expect 'one of each' wait_until 10 one_of_each gw-a
  expect 'TRANSPORT still' [ "$(mode)" = TRANSPORT ]
  expect 'ping' wait_until 3 can_ping gw-b 192.0.2.1
}

a_peer_in_tunnel_mode_is_refused_by_name() {
  bring_down
  hosts TRANSPORT TUNNEL
  expect_exit 0 apply gw-b
  expect_exit 1 gateway_ctl gw-a up to-b --wait 5s
  expect_says TRANSPORT_REFUSED esp.mode
}

a_tunnel_is_the_fallback_where_that_is_allowed() {
  hosts TRANSPORT TUNNEL 'allow_tunnel_fallback: true'
  expect_exit 0 apply gw-a
  bring_up
  expect 'status says TUNNEL' [ "$(mode)" = TUNNEL ]
  expect 'ping' wait_until 3 can_ping gw-a 192.0.2.2
  expect 'an inner IP header: 20 octets more' [ "$(esp_lengths tunnel)" = 72 ]
}

run no_inner_ip_header_travels tcp_flows_both_ways it_survives_rekeys a_peer_in_tunnel_mode_is_refused_by_name \
  a_tunnel_is_the_fallback_where_that_is_allowed
