#!/usr/bin/env python3
"""tally-ingest generate: invented records that are all valid, and the same ones of the same seed.

    ingest_generate.py TALLY_INGEST [CASE...]
"""
import collections, json, pathlib, signal, subprocess, sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import oracle
from cases import need, play

INGEST = sys.argv[1]


def made(*arguments):
    done = subprocess.run([INGEST, "generate", *arguments], capture_output=True, text=True, timeout=60)
    need(done.returncode == 0 and not done.stderr, f"{arguments}: exit {done.returncode}: {done.stderr}")
    return done.stdout.splitlines()


def every_one_is_valid(_):
    """By the oracle and by check; no day later than --day; every shape that is promised comes."""
    for shape in ("wide", "narrow"):
        for seed, day in (("1", "2024-02-29"), ("2", "2024-01-01"), ("1000000000", "9999-12-31"), ("3", "1973-01-31")):
            lines = made("-c", "4000", "--shape", shape, "--seed", seed, "--day", day)
            need(len(lines) == 4000, f"{len(lines)} lines")
            rows = [(oracle.read(line), json.loads(line)) for line in lines]      # Invalid ends the test
            last = oracle.day_of(day, "BAD_DAY")
            need(all(r["day"] <= last for r, _ in rows) and max(r["day"] for r, _ in rows) == last, "days")
            has = lambda *fields: sum(all(f in x for f in fields) for _, x in rows)
            if shape == "narrow":
                need({tuple(sorted(x)) for _, x in rows} == {("basis", "currency", "flow", "id", "occurred_at", "partner", "province", "type", "value")}, "a field too many")
                need(len({x["id"] for _, x in rows}) == 4000, "an id comes twice")
            else:
                need(all(n > 50 for n in (has("kind"), has("kind", "value"), has("period_start"), has("occurred_at"), has("commodity"), has("province_area"), has("quantity"), has("bound"), 4000 - len({x["id"] for _, x in rows}))), "a shape is rare")
                need(len({x.get("currency") for _, x in rows}) > 5 and len({(x["version"]) for _, x in rows}) == 4000, "currencies, versions")
    checked = subprocess.run([INGEST, "check"], input="\n".join(made("-c", "20000")), capture_output=True, text=True, timeout=60)
    need(checked.returncode == 0 and '"advice"' not in checked.stderr and '"good":20000' in checked.stderr, f"exit {checked.returncode}: {checked.stderr[-500:]}")


def corrections_are_of_earlier_ones(_):
    """The same fact, another amount, a higher version."""
    seen, corrected = {}, 0
    for line in made("-c", "5000", "--seed", "5"):
        x = json.loads(line)
        stated = {k: v for k, v in x.items() if k not in ("version", "value")}
        if x["id"] in seen:
            need(seen[x["id"]][1] == stated and seen[x["id"]][0] < x["version"], f"{x} corrects {seen[x['id']]}")
            corrected += 1
        seen[x["id"]] = x["version"], stated
    need(150 < corrected < 350, f"{corrected} corrections of 5000")


def the_same_of_the_same_seed(_):
    """However many and however fast; another seed, shape or day has others."""
    day = ("--day", "2024-01-31")
    need(made("-c", "500", *day) == made("-c", "1000", *day)[:500] == made("-c", "500", "--rate", "1000000", *day) == made("-c", "500", "--seed", "0", "--shape", "wide", *day), "not the same lines")
    need(len(made(*day)) == 1000, "1000 without a count")
    ids = collections.Counter(json.loads(line)["id"] for a in ([*day], ["--day", "2024-02-01"], ["--seed", "1", *day], ["--shape", "narrow", *day]) for line in {json.loads(x)["id"]: x for x in made(*a)}.values())
    need(max(ids.values()) == 1, "an id of two worlds")


def it_ends(_):
    """Without an end by Ctrl-C; with a reader that goes away; by wrong settings with 2."""
    p = subprocess.Popen([INGEST, "generate", "--rate", "100"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for _ in range(20):
        oracle.read(p.stdout.readline())
    p.send_signal(signal.SIGINT)
    rest, err = p.communicate(timeout=20)
    need(p.returncode == 0 and not err and (not rest or rest.endswith("\n")), f"exit {p.returncode}: {err}")
    p = subprocess.Popen([INGEST, "generate", "-c", "1000000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    p.stdout.readline()
    p.stdout.close()
    need("Broken pipe" in p.stderr.read() and p.wait(20) == 1, "a reader that went away is not told")
    p.stderr.close()
    for arguments, what in [(["--shape", "deep"], "wide or narrow"), (["--day", "today"], "want a day"), (["--day", "1970-01-01"], "1973"), (["--rate", "0"], "rate"), (["x"], "no files"), (["--seed", "-1"], "seed")]:
        done = subprocess.run([INGEST, "generate", *arguments], capture_output=True, text=True, timeout=60)
        need(done.returncode == 2 and what in done.stderr, f"{arguments}: exit {done.returncode}: {done.stderr}")
    need(subprocess.run([INGEST, "check", "--seed", "1"], capture_output=True, stdin=subprocess.DEVNULL, timeout=60).returncode == 2, "check --seed")


CASES = [every_one_is_valid, corrections_are_of_earlier_ones, the_same_of_the_same_seed, it_ends]


if __name__ == "__main__":
    sys.exit(play(CASES, sys.argv[2:]))
