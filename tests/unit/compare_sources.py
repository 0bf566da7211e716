#!/usr/bin/env python3
"""The worked examples of docs/sources.md: what they say is what the program and the oracle say.

    compare_sources.py PATH-OF-totals
"""
import datetime as dt, os, pathlib, re, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "support")]
import oracle
from compare_totals import differences, told_by

CLOCK = dt.date(2024, 1, 31)
EXAMPLE = re.compile(r"```ndjson\n(.*?)```\n```totals\n(.*?)```", re.S)


def wrong_in(program, lines, promised):
    with tempfile.NamedTemporaryFile("w", suffix=".ndjson") as file:
        file.write(lines)
        file.flush()
        entries, outcome = oracle.load([file.name])
        have, counted = told_by(program, CLOCK, oracle.WINDOWS, file.name)
    yield from differences(oracle.totals(entries, (CLOCK - oracle.EPOCH).days), have)
    if set(outcome) - {"taken", "superseded"}:
        yield f"a line is refused: {dict(outcome)}"
    for line in promised.splitlines():
        key, field, value = line.split(" ")
        found = have.get(key, {}).get(field)
        if found != (None if value == "-" else int(value)):
            yield f"{key} {field}: the page says {value}, found {found}"


def main():
    page = (HERE.parent.parent / "docs" / "sources.md").read_text()
    examples = EXAMPLE.findall(page)
    if page.count("```ndjson") != len(examples) or not examples:
        return f"{page.count('```ndjson')} examples, of which {len(examples)} say what comes of them"
    wrong = [f"{lines[:60]}...: {bad}" for lines, promised in examples for bad in wrong_in(sys.argv[1], lines, promised)]
    print("\n".join(wrong) or f"{len(examples)} examples, each as the page says")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
