#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: table.py TAP… >TABLE.md

What works with Debian's strongSwan, from the TAP of a run: a row for each case, with a column for each initiator where
its name begins with we_ or they_."""
import pathlib
import re
import sys

LINE = re.compile(r"^(ok|not ok) \d+ (\w+)/(\w+)")
ROLES = ("we", "they")


def cases(files):
    """{script: {case: {role: word}}}, in the order of the run; role "" where the name tells none."""
    scripts = {}
    for file in files:
        for line in pathlib.Path(file).read_text().splitlines():
            if not (match := LINE.match(line)):
                continue
            outcome, script, name = match.groups()
            role, _, rest = name.partition("_")
            if role not in ROLES:
                role, rest = "", name
            scripts.setdefault(script, {}).setdefault(rest, {})[role] = "yes" if outcome == "ok" else "**no**"
    return scripts


def main():
    print("# With Debian's strongSwan\n")
    for script, rows in cases(sys.argv[1:]).items():
        print(f"## {script}\n\n| | culvert begins | strongSwan begins |\n|---|---|---|")
        for case, outcome in rows.items():
            alone = outcome.get("")
            print(f"| {case.replace('__', ' with ESP ').replace('_', ' ')} "
                  f"| {alone or outcome.get('we', '')} | {'' if alone else outcome.get('they', '')} |")
        print()


if __name__ == "__main__":
    main()
