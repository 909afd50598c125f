#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Medians and ratios of paired runs.

Reads measurements, one JSON object a line: {"system": "culvert"|"strongswan", "run": 1, "metric": "tcp1_gbps", "value": 9.1}.
Prints a table with the median of each system and of the per-run ratios, and writes the same as JSON.

usage: report.py TITLE MEASUREMENTS.jsonl OUT.json
"""
import json
import statistics
import sys

OURS, RIVAL = "culvert", "strongswan"

# metric -> (what a person reads, unit, True where more is better)
METRICS = {
    "tcp1_gbps": ("one TCP stream", "Gb/s", True),
    "tcp4_gbps": ("four TCP streams", "Gb/s", True),
    "tcp1_cpu_s_per_gb": ("gateways' CPU, one stream", "s/GB", False),
    "tcp4_cpu_s_per_gb": ("gateways' CPU, four streams", "s/GB", False),
    "tcp1_cpu_ns_per_packet": ("gateways' CPU, one stream", "ns/packet", False),
    "nogso_gbps": ("one TCP stream, WAN GSO off", "Gb/s", True),
    "nogso_cpu_s_per_gb": ("gateways' CPU, WAN GSO off", "s/GB", False),
    "udp64_kpps": ("64-byte UDP delivered", "kpps", True),
    "udp64_loss_percent": ("64-byte UDP lost", "%", False),
    "udp64_cpu_us_per_packet": ("gateways' CPU, 64-byte UDP", "us/packet", False),
    "rtt_p50_us": ("RTT p50, idle", "us", False),
    "psk_per_s": ("PSK, x25519: handshakes", "/s", True),
    "psk_cpu_us": ("PSK, x25519: responder CPU", "us each", False),
    "psk_p50_ms": ("PSK, x25519: latency p50", "ms", False),
    "psk_failures": ("PSK, x25519: failures", "", False),
    "certificates_per_s": ("ECDSA certificates: handshakes", "/s", True),
    "certificates_cpu_us": ("ECDSA certificates: responder CPU", "us each", False),
    "certificates_p50_ms": ("ECDSA certificates: latency p50", "ms", False),
    "certificates_failures": ("ECDSA certificates: failures", "", False),
    "modp2048_per_s": ("PSK, modp2048: handshakes", "/s", True),
    "modp2048_cpu_us": ("PSK, modp2048: responder CPU", "us each", False),
    "modp2048_p50_ms": ("PSK, modp2048: latency p50", "ms", False),
    "modp2048_failures": ("PSK, modp2048: failures", "", False),
    "live_1000_kb": ("memory a tunnel, 1,000 live", "KB", False),
    "live_1000_datapath_kb": ("  of it the datapath's", "KB", False),
    "live_10000_kb": ("memory a tunnel, 10,000 live", "KB", False),
    "live_10000_datapath_kb": ("  of it the datapath's", "KB", False),
}


def read(path):
    values = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            values.setdefault(row["metric"], {}).setdefault(row["system"], {})[row["run"]] = row["value"]
    return values


def summary(systems):
    row = {name: statistics.median(runs.values()) for name, runs in systems.items()}
    ours, rival = systems.get(OURS, {}), systems.get(RIVAL, {})
    paired = [ours[run] / rival[run] for run in sorted(ours.keys() & rival.keys()) if rival[run]]
    if paired:
        row["ratio"] = statistics.median(paired)
        row["ratios"] = paired
    row["runs"] = max(len(ours), len(rival))
    return row


def main():
    title, source, out = sys.argv[1:4]
    values = read(source)
    rows = {metric: summary(values[metric]) for metric in METRICS if metric in values}
    if not rows:
        sys.exit(f"{source}: no measurements")
    print(f"\n{title}: medians of {max(row['runs'] for row in rows.values())} paired runs")
    print(f"{'':34}{'culvert':>12}{'strongSwan':>12}  {'':10}{'ratio':>8}")
    for metric, row in rows.items():
        text, unit, more = METRICS[metric]
        cells = "".join(f"{row[name]:12.3g}" if name in row else f"{'-':>12}" for name in (OURS, RIVAL))
        ratio = f"{row['ratio']:7.2f}x" if "ratio" in row else f"{'-':>8}"
        print(f"{text:34}{cells}  {unit:10}{ratio}  ({'more' if more else 'less'} is better)")
    with open(out, "w", encoding="utf-8") as file:
        json.dump({"title": title, "metrics": rows}, file, indent=2)
    print(f"written to {out}")


if __name__ == "__main__":
    main()
