#!/usr/bin/env python3
"""count_results.py RESULTS.xml: how many tests passed, failed and were skipped, as `passed failed skipped`.

Reads what `ctest --output-junit` wrote. A program of Check's says itself how many tests it ran; any other counts as one.
"""
import re
import sys
import xml.etree.ElementTree as ET

CHECK = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)$", re.MULTILINE)


def count(case):
    """-> passed, failed, skipped of one program."""
    status = case.get("status")
    if status in ("notrun", "disabled"):
        # A test says that it skips itself; a program that isn't there fails.
        skipped = case.find("skipped")
        meant = status == "disabled" or (skipped is not None and skipped.get("message", "").startswith("SKIP_"))
        return (0, 0, 1) if meant else (0, 1, 0)
    said = [tuple(map(int, m)) for m in CHECK.findall(case.findtext("system-out") or "")]
    checks, bad = sum(c for c, _, _ in said), sum(f + e for _, f, e in said)
    if status == "run":
        return (checks - bad, bad, 0) if said else (1, 0, 0)
    # It crashed or ran out of time: whatever it said before, something failed.
    return checks - bad, max(bad, 1), 0


def main():
    cases = ET.parse(sys.argv[1]).getroot().iter("testcase")
    rows = [count(case) for case in cases]
    print(*(sum(column) for column in zip((0, 0, 0), *rows)))


main()
