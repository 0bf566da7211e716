#!/usr/bin/env python3
"""tally-ingest without memory: every allocation of our own code fails once; the program stops and says so, or goes on as if nothing were.

    ingest_starved.py INGEST_STARVED TALLY_BROKER
"""
import json, os, pathlib, subprocess, sys, tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from programs import Broker

INGEST, BROKER = sys.argv[1:3]
MOST = 200
RECORD = {"type": "trade", "basis": "TRANSACTION", "province": "CN-LN", "partner": "RU", "flow": "EXPORT", "value": "1", "currency": "CNY",
          "occurred_at": "2024-01-31T08:00:00+08:00"}


MAP = "type = trade\nbasis = TRANSACTION\nprovince = CN-LN\npartner = RU\nflow = EXPORT\nvalue.column = v\ncurrency = CNY\noccurred_at = 2024-01-31T08:00:00+08:00\nencoding = utf-8, gb18030\n"


def run(address, nth, *arguments):
    return subprocess.run([INGEST, "-b", address, *arguments], capture_output=True, text=True, timeout=60, env={**os.environ, "STARVE_AFTER": str(nth)})


def judge(nth, done):
    """False when nothing failed any more."""
    starved = "STARVED" in done.stderr
    if done.returncode == 0:
        good = '"delivered":3' in done.stderr
    else:
        good = starved and (done.returncode == 1 and "FAULT_NO_MEMORY" in done.stderr or done.returncode == 2 and "no memory" in done.stderr)
    if not good:
        sys.exit(f"allocation {nth}: exit {done.returncode}\n{done.stderr}")
    return starved


def all_of(address, *arguments):
    nth = 1
    while nth < MOST and judge(nth, run(address, nth, *arguments)):
        nth += 1
    if not 3 < nth < MOST:
        sys.exit(f"{nth - 1} allocations failed: that can't be all of them")
    print(f"{nth - 1} allocations failed one by one")


def main():
    with Broker(BROKER, partitions=2) as broker:
        with tempfile.NamedTemporaryFile("w", suffix=".ndjson") as file:
            for i in range(3):
                file.write(json.dumps({**RECORD, "value": str(i)}) + "\n")
            file.flush()
            all_of(broker.address, file.name)
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (("my.map", MAP), ("rows.csv", "v\n1\n2\n3\n"), ("json.map", MAP.replace("v.column", "v.path") + "format = json\nrows = d[]\n"), ("rows.json", '{"d":[{"v":1},{"v":2},{"v":3}]}')):
                with open(f"{folder}/{name}", "w") as file:
                    file.write(text)
            all_of(broker.address, "--map", f"{folder}/my.map", f"{folder}/rows.csv")
            all_of(broker.address, "--map", f"{folder}/json.map", f"{folder}/rows.json")


main()
