#!/usr/bin/env python3
"""core/reconcile against the oracle's, on random sets of figures.

    compare_reconcile.py PATH-OF-figures [SETS] [SEED]

Figures that agree with one hidden truth, nearly agree, or don't agree at all, so that every rule has its turn: a part larger than its whole,
confirmations, contradictions, negative rests, figures that wait for others and figures that stay covered.
"""
import os, random, subprocess, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import oracle


def figures(rng, count, dates, largest, honesty, grades):
    """{(start, end): (amount, grade)} that tell the truth with that chance."""
    until = [0]
    for _ in range(dates):
        until.append(until[-1] + rng.choice((0, 1, 1, 2, rng.randint(0, largest))))
    out = {}
    for _ in range(count):
        start = rng.choice((0, 0, rng.randrange(dates), rng.randrange(dates)))
        end = rng.randint(start + 1, dates)
        amount = until[end] - until[start]
        if rng.random() > honesty:
            amount = rng.choice((max(0, amount - 1), amount + 1, rng.randint(0, largest), 0))
        out[start, end] = min(amount, oracle.LIMIT - 1), rng.randrange(grades)
    return out


def sets(rng, number):
    for i in range(number):
        if i % 1000 == 999:                          # more than the fast path takes, amounts next to the limit
            yield figures(rng, rng.randint(25, 70), rng.choice((70, 366)), oracle.LIMIT // 10, rng.choice((0.5, 0.9, 1)), 4)
        elif i % 100 == 99:
            yield figures(rng, rng.randint(13, 40), rng.choice((12, 30)), rng.choice((3, oracle.LIMIT // 100)), rng.choice((0.5, 0.8)), 4)
        else:
            yield figures(rng, rng.randint(1, 12), 12, rng.choice((1, 3, 9)), rng.choice((0, 0.5, 0.8, 0.95)), rng.choice((1, 2, 4)))


def judge(given):
    increments, contradicted, covered = oracle.reconcile(given)
    standing = "".join("x" if p in contradicted else "o" if p in covered else "+" for p in given)
    return "".join(f"{d},{s},{a} " for d, s, a in increments) + "|" + standing


def main():
    program, number = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100000
    seed = sys.argv[3] if len(sys.argv) > 3 else "1"
    given = list(sets(random.Random(f"figures {seed}"), number))
    lines = [" ".join(f"{a},{b},{v},{g}" for (a, b), (v, g) in one.items()) for one in given]
    told = subprocess.run([program], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(told) == number, f"{number} sets, {len(told)} answers"
    seen = {"+": 0, "x": 0, "o": 0}
    for line, one, got in zip(lines, given, told):
        want = judge(one)
        if got != want:
            print(f"figures  {line}\nexpected {want}\nfound    {got}")
            return 1
        for letter in seen:
            seen[letter] += want.count(letter)
    print(f"{number} sets: {seen['+']} counted, {seen['x']} contradicted, {seen['o']} covered")
    return 0 if all(n > number // 100 for n in seen.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
