#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What belongs into the tunnel never leaves in clear: while it is down, while processes are dead, after a clean stop.
# The gateways' default routes lead to each other, so a leak would really be seen on the WAN.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
scenario leak
lab_two_sites

# A packet does leave in clear where there is no gateway software: the capture can see a leak.
the_capture_would_see_a_leak() {
  capture_start gw-b wan "$LAB_DIR/wan.pcap"
  on host-a ping -q -c 3 -i 0.05 -W 1 10.2.0.2
  capture_stop
  expect 'clear packets' [ "$(capture_count "$LAB_DIR/wan.pcap" "$LAB_CLEAR_FILTER")" -gt 0 ]
}

# Traffic of the selectors from the hosts and from the gateway itself, both ways; none is in clear, none comes through.
nothing_leaks() {
  capture_start gw-b wan "$LAB_DIR/wan.pcap"
  expect_not 'no answer at a' on host-a ping -q -c 20 -i 0.01 -W 1 10.2.0.2
  on host-a bash -c 'for i in {1..20}; do echo x >/dev/udp/10.2.0.2/9; done'
  expect_not 'no answer at the gateway' on gw-a ping -q -c 5 -i 0.01 -W 1 -I 10.1.0.1 10.2.0.2
  expect_not 'no answer at b' on host-b ping -q -c 20 -i 0.01 -W 1 10.1.0.2
  capture_stop
  nothing_in_clear "$LAB_DIR/wan.pcap"
}

while_it_was_never_up() {
  two_gateways
  nothing_leaks
}

it_is_counted() {
  local blocked
  blocked=$(metric gw-a 'ipsec_leak_blocked_packets_total{tunnel="to-b"}')
  local unsent
  unsent=$(metric gw-a 'ipsec_child_drops_total{tunnel="to-b",child="to-b",direction="out",reason="no_sa"}')
  expect 'counted as blocked, or as without SA' [ $((${blocked%.*} + ${unsent:-0})) -gt 0 ]
}

after_down() {
  bring_up
  expect 'ping' wait_until 2 can_ping host-a 10.2.0.2
  bring_down
  nothing_leaks
}

# As a spoofer on the WAN would: a clear packet with a source inside the remote subnet.
a_spoofed_packet_from_the_wan_is_dropped() {
  bring_up
  on host-a timeout 5 tcpdump -c 1 -i lan -n 'udp port 7777' >"$LAB_DIR/spoof.log" 2>&1 &
  local listener=$!
  wait_until 5 grep -q 'listening on' "$LAB_DIR/spoof.log"
  on gw-b ip route replace 10.1.0.0/24 via 192.0.2.1 dev wan table 99
  on gw-b /usr/bin/python3 - <<'END'
from scapy.all import IP, UDP, conf, send
conf.verb = 0
conf.route.add(net="10.1.0.0/24", gw="192.0.2.1", dev="wan")
send([IP(src="10.2.0.2", dst="10.1.0.2") / UDP(sport=7777, dport=7777) / b"spoofed"] * 5, iface="wan")
END
  expect_not 'not delivered' wait "$listener"
}

while_sad_and_iked_are_dead() {
  bring_up
  # culvertd brings them back; stopped, they stay dead for as long as we look.
  local pid
  for pid in $(gateway_process gw-a sad) $(gateway_process gw-a iked); do kill -STOP "$pid"; done
  capture_start gw-b wan "$LAB_DIR/wan.pcap"
  on host-a ping -q -c 50 -i 0.01 10.2.0.2
  capture_stop
  for pid in $(gateway_process gw-a sad) $(gateway_process gw-a iked); do kill -CONT "$pid"; done
  wan_was_clean "$LAB_DIR/wan.pcap"
}

while_espd_is_dead() {
  local pid
  pid=$(gateway_process gw-a espd)
  capture_start gw-b wan "$LAB_DIR/wan.pcap"
  kill -KILL "$pid"
  on host-a ping -q -c 100 -i 0.01 -W 1 10.2.0.2 || true
  capture_stop
  wan_was_clean "$LAB_DIR/wan.pcap"
}

after_a_clean_stop() {
  kill -TERM "$(gateway_pid gw-a)"
  expect 'a has ended' wait_until 10 lab_empty gw-a
  nothing_leaks
}

run the_capture_would_see_a_leak while_it_was_never_up it_is_counted after_down a_spoofed_packet_from_the_wan_is_dropped \
  while_sad_and_iked_are_dead while_espd_is_dead after_a_clean_stop
