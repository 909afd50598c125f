#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A name server for scenarios: answers A and AAAA from a file that it reads anew for each query, NXDOMAIN for the rest.
usage: dns_server.py ADDRESS ZONE      each line of ZONE: NAME ADDRESS"""
import ipaddress
import socket
import struct
import sys

A, AAAA = 1, 28


def question(query):
    labels, at = [], 12
    while query[at] != 0:
        labels.append(query[at + 1 : at + 1 + query[at]].decode())
        at += 1 + query[at]
    return ".".join(labels).lower(), struct.unpack("!H", query[at + 1 : at + 3])[0], query[12 : at + 5]


def answer(query, zone):
    name, kind, asked = question(query)
    known = [ipaddress.ip_address(address) for known, address in zone if known == name]
    records = [a for a in known if (A if a.version == 4 else AAAA) == kind]
    flags = 0x8580 | (0 if known else 3)
    out = query[:2] + struct.pack("!HHHHH", flags, 1, len(records), 0, 0) + asked
    for address in records:
        out += struct.pack("!HHHIH", 0xC00C, kind, 1, 1, len(address.packed)) + address.packed
    return out


with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind((sys.argv[1], 53))
    while True:
        request, client = server.recvfrom(512)
        with open(sys.argv[2], encoding="ascii") as file:
            server.sendto(answer(request, [line.split() for line in file]), client)
