"""python_suites.py SUITE SERVER.xml REDLUA.xml KNOWN: compares two runs of a suite test by test.

KNOWN has a line `passed SERVER REDLUA`, how many tests pass at least; `TEST :: REASON` for each test whose outcome differs, and
`TEST :? REASON` for one whose outcome depends on chance or time. Exits with 1 when anything else differs, when a test that
should differ does not, when fewer pass, and when a run has no result.
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


def expectations(path):
    """How many tests pass at least, on the server and here; the tests that differ; those that may."""
    least, differs, may_differ = None, set(), set()
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("passed "):
                least = [int(count) for count in line.split()[1:]]
            elif " :: " in line:
                differs.add(line.split(" :: ")[0])
            elif " :? " in line:
                may_differ.add(line.split(" :? ")[0])
    if least is None or len(least) != 2:
        sys.exit(f"{path}: no line `passed SERVER REDLUA`")
    return least, differs, may_differ


def main():
    suite, server, redlua, known_path = sys.argv[1:]
    for path in (server, redlua, known_path):
        if not os.path.exists(path):
            print(f"{suite}: {path} is not there" + (": see the log beside it" if path.endswith(".xml") else ""))
            return 1
    real, ours = outcomes(server), outcomes(redlua)
    least, differs, may_differ = expectations(known_path)
    passed = [sum(outcome == "passed" for outcome, _ in runs.values()) for runs in (real, ours)]
    skipped = [sum(outcome == "skipped" for outcome, _ in runs.values()) for runs in (real, ours)]
    print(f"{suite}: {passed[0]} passed on the server, {passed[1]} here; {skipped[0]} and {skipped[1]} skipped")
    bad = []
    for name in sorted(real.keys() | ours.keys()):
        before, after = real.get(name, ("absent", "")), ours.get(name, ("absent", ""))
        if before[0] != after[0] and name not in differs | may_differ:
            bad.append(f"{name}: {before[0]} on the server, {after[0]} here: {after[1] or before[1]}")
    for name in sorted(differs):
        if name not in real or name not in ours:
            bad.append(f"{name}: not run")
        elif real[name][0] == ours[name][0]:
            bad.append(f"{name}: {ours[name][0]} on both, though {known_path} says that it differs")
    for place, count, wanted in zip(("on the server", "here"), passed, least):
        # A test of chance may have failed.
        if count + len(may_differ) < wanted:
            bad.append(f"{count} passed {place}, fewer than {wanted}")
    for line in bad:
        print(f"  {line}")
    return 1 if bad else 0


sys.exit(main())
