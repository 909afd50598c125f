#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sends standard input to a TCP port. usage: send.py ADDRESS PORT"""
import socket
import sys

with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=60) as connection:
    while octets := sys.stdin.buffer.read(1 << 20):
        connection.sendall(octets)
