#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sends ADDRESS:4500 an ESP packet of no SA and, in the same segmented datagram, an IKE request of version 3.0.
Succeeds when INVALID_MAJOR_VERSION comes back (RFC 7296 2.5); fails after two seconds."""
import socket
import struct
import sys

UDP_SEGMENT = 103
SEGMENT = 64
INVALID_MAJOR_VERSION = 5
SPI = b"straying"

esp = struct.pack("!II", 0x77777777, 1).ljust(SEGMENT, b"\0")
header = SPI + bytes(8) + struct.pack("!BBBBII", 0, 0x30, 34, 0x08, 0, SEGMENT - 4)
ike = (bytes(4) + header).ljust(SEGMENT, b"\0")

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
    peer.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, SEGMENT)
    peer.settimeout(2)
    peer.sendto(esp + ike, (sys.argv[1], 4500))
    answer = peer.recv(2048)
notify = struct.unpack("!H", answer[4 + 28 + 6 : 4 + 28 + 8])[0]
sys.exit(0 if answer[:12] == bytes(4) + SPI and notify == INVALID_MAJOR_VERSION else f"unexpected answer: {answer.hex()}")
