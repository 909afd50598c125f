#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs scenarios and interop: all of them, or those named. Ends with a line for each script that failed.
#   tests/run.sh [--all] [SCRIPT…]      tests/run.sh integration/rekey interop/suites
set -u
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1

scripts=()
for word in "$@"; do
  case $word in
    --all) export CULVERT_TESTS_ALL=1 ;;
    -h | --help)
      sed -n '3,4s/^# //p' "${BASH_SOURCE[0]##*/}"
      exit 0
      ;;
    *) scripts+=("${word%.sh}.sh") ;;
  esac
done
if [[ ${#scripts[@]} == 0 ]]; then scripts=(integration/*.sh interop/behaviour.sh interop/suites.sh); fi

passed=0 failed=0 broken=()
for script in "${scripts[@]}"; do
  echo "# $script"
  output=$(mktemp)
  "./$script" | tee "$output"
  status=${PIPESTATUS[0]}
  closing=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$output" | tail -n 1)
  rm -f "$output"
  read -r good _ bad _ <<<"${closing:-0 passed, 1 failed}"
  passed=$((passed + good))
  failed=$((failed + bad))
  if [[ $status != 0 || -z $closing ]]; then broken+=("$script"); fi
done
echo
echo "$passed passed, $failed failed"
for script in "${broken[@]}"; do echo "failed: tests/$script"; done
exit $((${#broken[@]} > 0))
