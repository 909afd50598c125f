#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""ESP packets by Scapy, an implementation that shares nothing with ours. Writes vectors.txt beside this file:

    suite  esn(0|1)  sequence  encryption-key-with-salt  integrity-key  inner-packet  esp-packet

all but the first three in hexadecimal ("-" for empty). Inner packets are random but seeded; where the IV is random it is
part of the packet, so a receiver needs nothing else. Scapy 2.5 leaves the upper half of an extended sequence number out of
an ESP packet's HMAC, so there the ICV is Python's own (RFC 4303 2.2.1).
"""
import hmac
import os
import random

from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.ipsec import ESP, SecurityAssociation
from scapy.packet import Raw

CIPHERS = {  # keyword: (Scapy's name, key octets, salt octets)
    "aes128gcm16": ("AES-GCM", 16, 4),
    "aes192gcm16": ("AES-GCM", 24, 4),
    "aes256gcm16": ("AES-GCM", 32, 4),
    "chacha20poly1305": ("CHACHA20-POLY1305", 32, 4),
    "aes128": ("AES-CBC", 16, 0),
    "aes192": ("AES-CBC", 24, 0),
    "aes256": ("AES-CBC", 32, 0),
    "3des": ("3DES", 24, 0),
    "des": ("DES", 8, 0),
}
INTEGRITIES = {  # keyword: (Scapy's name, key octets, ICV octets)
    "md5": ("HMAC-MD5-96", 16, 12),
    "sha1": ("HMAC-SHA1-96", 20, 12),
    "sha256": ("SHA2-256-128", 32, 16),
    "sha384": ("SHA2-384-192", 48, 24),
    "sha512": ("SHA2-512-256", 64, 32),
}
SPI = 0x12345678


def inner_packets(rng):
    for size in (0, 1, 2, 3, 47, 1000):
        payload = Raw(rng.randbytes(size))
        yield IP(src="10.1.0.1", dst="10.2.0.2") / UDP(sport=1, dport=2) / payload
        yield IPv6(src="fd01::1", dst="fd02::2") / TCP(sport=1, dport=2) / payload


def main():
    rng = random.Random(4303)
    lines = []
    suites = [(c, None) for c, row in CIPHERS.items() if row[2]]
    suites += [(c, i) for c, row in CIPHERS.items() if not row[2] for i in INTEGRITIES]
    for cipher, integrity in suites:
        name, key_size, salt_size = CIPHERS[cipher]
        auth_name, auth_size, icv_size = INTEGRITIES.get(integrity, (None, 0, 0))
        for esn in (0, 1):
            key, auth_key = rng.randbytes(key_size + salt_size), rng.randbytes(auth_size)
            for n, inner in enumerate(inner_packets(rng)):
                sequence = (0x100000000 if esn else 0) + 7 + n
                sa = SecurityAssociation(
                    ESP, spi=SPI, crypt_algo=name, crypt_key=key, auth_algo=auth_name, auth_key=auth_key or None,
                    esn_en=bool(esn), esn=sequence >> 32, nat_t_header=None,
                    tunnel_header=IP(src="192.0.2.1", dst="192.0.2.2"))
                inner_bytes = bytes(inner)
                outer = sa.encrypt(inner.__class__(inner_bytes), seq_num=sequence & 0xffffffff)
                esp = bytes(outer.payload)
                if esn and integrity:
                    signed = esp[:-icv_size] + (sequence >> 32).to_bytes(4, "big")
                    esp = esp[:-icv_size] + hmac.digest(auth_key, signed, integrity)[:icv_size]
                lines.append(" ".join([
                    cipher + ("-" + integrity if integrity else ""), str(esn), str(sequence), key.hex(),
                    auth_key.hex() or "-", inner_bytes.hex(), esp.hex()]))
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "vectors.txt"), "w") as out:
        out.write("\n".join(lines) + "\n")
    print(len(lines), "vectors")


if __name__ == "__main__":
    main()
