"""python_suites.py SUITE SERVER.xml REDLUA.xml KNOWN: compares two runs of a suite test by test.

KNOWN has a line `TEST :: REASON` for each test whose outcome may differ. Exits with 1 on any other difference, and when a
run has no result.
"""

import os
import sys
import xml.etree.ElementTree as tree


def outcomes(path):
    """The outcome of each test by its name, and the first line of what went wrong."""
    found = {}
    for case in tree.parse(path).iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        wrong = next((child for child in case if child.tag in ("failure", "error", "skipped")), None)
        text = "" if wrong is None else (wrong.get("message") or "").strip().split("\n")[0][:160]
        found[name] = ("passed" if wrong is None else wrong.tag, text)
    return found


def main():
    suite, server, redlua, known_path = sys.argv[1:]
    for path in (server, redlua):
        if not os.path.exists(path):
            print(f"{suite}: {path} has no result: see the log beside it")
            return 1
    real, ours = outcomes(server), outcomes(redlua)
    known = {}
    if os.path.exists(known_path):
        with open(known_path, encoding="utf-8") as lines:
            known = dict(line.rstrip("\n").split(" :: ", 1) for line in lines if " :: " in line)
    count = lambda runs, what: sum(outcome == what for outcome, _ in runs.values())
    print(
        f"{suite}: {count(real, 'passed')} passed on the server, {count(ours, 'passed')} here; "
        f"{count(real, 'skipped')} and {count(ours, 'skipped')} skipped"
    )
    bad = False
    for name in sorted(real.keys() | ours.keys()):
        before, after = real.get(name, ("absent", "")), ours.get(name, ("absent", ""))
        if before[0] != after[0] and name not in known:
            bad = True
            print(f"  {name}: {before[0]} on the server, {after[0]} here: {after[1] or before[1]}")
    for name in known.keys() & real.keys() & ours.keys():
        if real[name][0] == ours[name][0]:
            print(f"  as on the server now: {name}")
    return 1 if bad else 0


sys.exit(main())
