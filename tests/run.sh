#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs scenarios and interop: all of them, or those named. Ends with a line for each script that failed. What each said
# stays in build/tap, and what works with strongSwan in build/interop.md.
#   tests/run.sh [--all] [SCRIPT…]      tests/run.sh integration/rekey interop/suites
set -u
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1

scripts=()
for word in "$@"; do
  case $word in
    --all) export CULVERT_TESTS_ALL=1 ;;
    -h | --help)
      sed -n '3,5s/^# //p' "${BASH_SOURCE[0]##*/}"
      exit 0
      ;;
    *) scripts+=("${word%.sh}.sh") ;;
  esac
done
if [[ ${#scripts[@]} == 0 ]]; then
  for script in integration/*.sh interop/*.sh; do
    if [[ -x $script ]]; then scripts+=("$script"); fi  # the others are libraries
  done
fi
results=../build/tap
mkdir -p "$results"

passed=0 failed=0 broken=()
for script in "${scripts[@]}"; do
  echo "# $script"
  output=$results/$(basename "$script" .sh).tap
  "./$script" | tee "$output"
  status=${PIPESTATUS[0]}
  closing=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$output" | tail -n 1)
  read -r good _ bad _ <<<"${closing:-0 passed, 1 failed}"
  passed=$((passed + good))
  failed=$((failed + bad))
  if [[ $status != 0 || -z $closing ]]; then broken+=("$script"); fi
done
interop=()
for script in interop/*.sh; do
  output=$results/$(basename "$script" .sh).tap
  if [[ -e $output ]]; then interop+=("$output"); fi
done
if [[ ${#interop[@]} -gt 0 ]]; then interop/table.py "${interop[@]}" >../build/interop.md; fi
echo
echo "$passed passed, $failed failed"
for script in "${broken[@]}"; do echo "failed: tests/$script"; done
exit $((${#broken[@]} > 0))
