#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Traffic flow confidentiality (esp.tfc, RFC 4303 2.7): packets of any size look the same on the wire.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
scenario tfc
lab_two_sites
two_gateways 'esp: { proposals: [aes256gcm16], tfc: 1000 }'

every_packet_is_as_large() {
  bring_up
  expect 'ping' wait_until 3 can_ping host-a 10.2.0.2
  capture_start gw-a wan "$LAB_DIR/wan.pcap"
  local size
  for size in 8 100 500 900; do on host-a ping -q -c 2 -i 0.05 -s "$size" 10.2.0.2 >/dev/null; done
  capture_stop
  local lengths
  lengths=$(tcpdump -n -r "$LAB_DIR/wan.pcap" 'udp port 4500 and udp[8:4] != 0 and udp[4:2] > 9' 2>/dev/null |
    sed -n 's/.*length //p' | sort -u)
  # SPI, sequence number, IV, 1000 octets with padding and trailer, ICV
  expect '8 + 8 + 1004 + 16 octets and nothing else' [ "$lengths" = 1036 ]
}

what_is_larger_goes_as_it_is() {
  expect 'ping of 1200 octets' can_ping_large host-a 10.2.0.2
  expect 'a to b' copy host-a host-b 10.2.0.2 5
}
can_ping_large() { on "$1" ping -q -c 1 -W 2 -s 1200 "$2"; }

run every_packet_is_as_large what_is_larger_goes_as_it_is
