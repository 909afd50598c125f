#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks tests/conformance/*.yaml: each requirement names tests that exist, or says why it is open; ids are unique.
   check.py            exit 1 with every fault
   check.py --write    the same, and writes docs/conformance.md
Without --write, docs/conformance.md must be what --write would write."""
import pathlib
import re
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
DOCUMENT = ROOT / "docs" / "conformance.md"
TABLES = ["rfc7296.yaml", "rfc7383.yaml", "rfc2407.yaml", "rfc2408.yaml", "rfc2409.yaml", "rfc3706.yaml", "rfc3947.yaml",
          "bug_classes.yaml"]
KEYS = {"id", "section", "must", "tests", "open"}


def gtests():
    """Every GoogleTest of the tree as Suite.Name; of parametrised ones the name without its instances."""
    pattern = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)", re.MULTILINE)
    for room in ("libs", "services", "cli", "kmod", "tests"):
        for source in (ROOT / room).rglob("*_test.cc"):
            yield from (f"{suite}.{name}" for suite, name in pattern.findall(source.read_text()))


def scenarios():
    """Every function of a scenario's `run` list as directory/script:function."""
    for script in (ROOT / "tests").glob("*/*.sh"):
        listed = re.search(r"^run ((?:[^\n]*\\\n)*[^\n]*)$", script.read_text(), re.MULTILINE)
        if listed:
            for name in listed.group(1).replace("\\\n", " ").split():
                yield f"{script.parent.name}/{script.stem}:{name}"


def faults_of(requirement, seen, known):
    where = requirement.get("id", "a requirement without id")
    if set(requirement) - KEYS:
        yield f"{where}: unknown keys {sorted(set(requirement) - KEYS)}"
    if where in seen:
        yield f"{where}: there twice"
    seen.add(where)
    if not requirement.get("must") or not requirement.get("section"):
        yield f"{where}: says nothing, or not where"
    if bool(requirement.get("tests")) == bool(requirement.get("open")):
        yield f"{where}: needs tests, or the reason why it is open; not both"
    for test in requirement.get("tests", []):
        if test not in known:
            yield f"{where}: no test is called {test}"


def document(tables):
    yield "<!-- Written by tests/conformance/check.py --write. -->"
    yield "# Conformance"
    yield ""
    yield "Which test shows which demand. `./dev test` fails when one of them is gone. What is open says why."
    for table in tables:
        rows = table["requirements"]
        still_open = [row for row in rows if row.get("open")]
        yield ""
        yield f"## {table['standard']}: {table['title']}"
        yield ""
        yield f"{len(rows)} demands, {len(rows) - len(still_open)} shown by tests, {len(still_open)} open."
        yield ""
        yield "| id | section | demand | shown by |"
        yield "|---|---|---|---|"
        for row in rows:
            shown = ", ".join(f"`{test}`" for test in row.get("tests", [])) or f"**open**: {row['open']}"
            yield f"| {row['id']} | {row['section']} | {row['must']} | {shown} |"


def main():
    tables = [yaml.safe_load((HERE / name).read_text()) for name in TABLES]
    known = set(gtests()) | set(scenarios())
    seen = set()
    faults = [fault for table in tables for row in table["requirements"] for fault in faults_of(row, seen, known)]
    for fault in faults:
        print(fault)
    if faults:
        return 1
    text = "\n".join(document(tables)) + "\n"
    if "--write" in sys.argv[1:]:
        DOCUMENT.write_text(text)
    elif not DOCUMENT.exists() or DOCUMENT.read_text() != text:
        print("docs/conformance.md is stale: run tests/conformance/check.py --write")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
