# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the lab benchmarks share. Source it after deploy/lab/lib.sh.
#   record culvert 1 tcp1_gbps 9.1       one measurement into $MEASUREMENTS
#   cpu_ms gw-a gw-b                     CPU milliseconds used so far by every process of these namespaces

record() { printf '{"system":"%s","run":%d,"metric":"%s","value":%s}\n' "$1" "$2" "$3" "$4" >>"$MEASUREMENTS"; }

# utime + stime of each process, all threads; a tick is 10 ms (CLK_TCK is 100 on every Linux we run on).
cpu_ms() {
  local name pid
  for name in "$@"; do
    for pid in $(lab_pids "$name"); do
      # The name in parentheses may hold spaces: fields are counted behind it.
      sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null
    done
  done | awk '{ ticks += $12 + $13 } END { print ticks * 10 }'
}

# memory_kb NAMESPACE [PROGRAM]: proportional set size in KB of every process of a namespace, or of those of one program;
# pages that processes share are counted once.
memory_kb() {
  local pid
  for pid in $(lab_pids "$1"); do
    if [[ ${2:-} && $(cat "/proc/$pid/comm" 2>/dev/null) != "$2" ]]; then continue; fi
    cat "/proc/$pid/smaps_rollup" 2>/dev/null
  done | awk '/^Pss:/ { kb += $2 } END { print kb + 0 }'
}

number() { awk "BEGIN { printf \"%.6g\", $* }"; }
