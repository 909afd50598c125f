#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""First messages of IKE from addresses that nobody has: each a valid IKE_SA_INIT (aes256gcm16-prfsha384-x25519) with an
SPI, a nonce and a source of its own out of 198.18.0.0/15 (RFC 2544), evenly over the given time.
usage: flood.py TARGET COUNT SECONDS          needs root; prints how many were sent"""
import os
import random
import socket
import struct
import sys
import time


def payload(following, body):
    return struct.pack("!BBH", following, 0, 4 + len(body)) + body


def transform(last, kind, number, attributes=b""):
    return struct.pack("!BBHBBH", 0 if last else 3, 0, 8 + len(attributes), kind, 0, number) + attributes


def ike_sa_init(spi):
    transforms = (transform(False, 1, 20, struct.pack("!HH", 0x800E, 256)) + transform(False, 2, 6)
                  + transform(True, 4, 31))
    proposal = struct.pack("!BBHBBBB", 0, 0, 8 + len(transforms), 1, 1, 0, 3) + transforms
    chain = (payload(34, proposal) + payload(40, struct.pack("!HH", 31, 0) + os.urandom(32)) + payload(0, os.urandom(32)))
    return struct.pack("!QQBBBBII", spi, 0, 33, 0x20, 34, 0x08, 0, 28 + len(chain)) + chain


def packet(source, target, message):
    udp = struct.pack("!HHHH", 500, 500, 8 + len(message), 0) + message  # over IPv4 the checksum may be left out
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, socket.IPPROTO_UDP, 0, source, target) + udp


def main():
    target, count, seconds = socket.inet_aton(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    sender = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    started = time.monotonic()
    for i in range(count):
        source = struct.pack("!I", 0xC6120000 + random.randrange(1 << 17))
        sender.sendto(packet(source, target, ike_sa_init(random.getrandbits(64) | 1)), (sys.argv[1], 0))
        ahead = started + seconds * i / count - time.monotonic()
        if ahead > 0.005:
            time.sleep(ahead)
    print(count)


main()
