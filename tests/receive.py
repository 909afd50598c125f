#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Takes one TCP connection on a port and prints the SHA-256 of what came. usage: receive.py PORT"""
import hashlib
import socket
import sys

with socket.create_server(("::", int(sys.argv[1])), family=socket.AF_INET6, dualstack_ipv6=True) as server:
    server.settimeout(60)
    connection, _ = server.accept()
    connection.settimeout(60)
    digest = hashlib.sha256()
    with connection:
        while octets := connection.recv(1 << 20):
            digest.update(octets)
print(digest.hexdigest())
