#!/usr/bin/env python3
"""ledger/reconcile against the oracle's, on random sets of figures.

    compare_reconcile.py PATH-OF-figures [SETS] [SEED]

Figures that agree with one hidden truth, nearly agree, or don't agree at all, rounded or cut to some digits, so that every rule has its turn: parts larger than their
whole, periods that cross, rests that are derived, unsplit or adjusted, bounds that limit and bounds that count, totals that are off.
"""
import os, random, subprocess, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import oracle


def told(rng, amount, largest, honesty):
    """What somebody says of that amount: rounded, cut, revised, or wrong."""
    how = rng.random()
    if how > honesty:
        return rng.choice((max(0, amount - 1), amount + 1, rng.randint(0, largest), 0, amount * 2))
    how = rng.random()
    if how < 0.3:
        return amount
    if how < 0.5:                                    # revised, around the limit of one part in 128
        return max(0, amount + rng.choice((-1, 1)) * (amount // rng.choice((100, 126, 127, 128, 129, 130, 1000)) + rng.randint(-1, 1)))
    step = 10 ** rng.randint(0, max(0, len(str(amount)) - 1))
    return amount // step * step if how < 0.75 else (amount + step // 2) // step * step


def figures(rng, count, dates, largest, honesty, grades, until):
    """{(start, end): (amount, bound, grade)}: what is told of one hidden truth."""
    out = {}
    for _ in range(count):
        start = rng.choice((0, 0, rng.randrange(dates), rng.randrange(dates)))
        end = rng.choice((rng.randint(start + 1, dates), min(dates, start + 1)))
        out[start, end] = min(told(rng, until[end] - until[start], largest, honesty), oracle.LIMIT - 1), rng.choice((0, 0, 0, 1, 2, 3)), rng.randrange(grades)
    return [oracle.Figure(start, end, *rest) for (start, end), rest in out.items()]


def truth(rng, dates, largest):
    until = [0]
    for _ in range(dates):
        until.append(until[-1] + rng.choice((0, 1, 1, 2, rng.randint(0, largest))))
    return until


def sets(rng, number):
    """Lists of one or of three sets of figures: totals, exports, imports."""
    for i in range(number):
        if i % 1000 == 999:                          # more than the fast path takes, amounts next to the limit
            dates, largest, count = rng.choice((70, 366)), oracle.LIMIT // rng.choice((10, 400)), rng.randint(25, 70)
        elif i % 100 == 99:
            dates, largest, count = rng.choice((12, 30)), rng.choice((3, oracle.LIMIT // 100)), rng.randint(13, 40)
        else:
            dates, largest, count = 12, rng.choice((1, 9, 300, 10 ** 6)), rng.randint(1, 12)
        honesty, grades = rng.choice((0, 0.5, 0.8, 0.95, 1)), rng.choice((1, 1, 2, 4))
        one, other = truth(rng, dates, largest), truth(rng, dates, largest)
        if i % 3:
            yield [figures(rng, count, dates, largest, honesty, grades, one)]
        else:
            yield [figures(rng, max(1, count // 2), dates, largest, honesty, grades, until) for until in ([a + b for a, b in zip(one, other)], one, other)]


def judge(given):
    out, stand = "", []
    for one in given:
        steps, stands, contradicted, covered = oracle.reconcile(one)
        stand.append(stands)
        out += "".join(sorted(f"{s.start},{s.end},{s.amount},{s.how},{s.days},{s.figure.start},{s.figure.end} " for s in steps)) + "|"
        out += "".join("x" if f in contradicted else "o" if f in covered else "+" for f in one)
    if len(given) > 1:
        out += "|" + "".join("!" if t in stand[0] and oracle.is_mismatched(t, stand[1], stand[2]) else "." for t in given[0])
    return out


def in_order(answer):
    """The same answer with the steps of each set in one order."""
    parts = answer.split("|")
    for i in range(len(parts)):                      # letters of the set before, then steps
        head = 0 if i == 0 else len(parts[i]) - len(parts[i].lstrip("+xo"))
        steps = parts[i][head:]
        if "," in steps:
            parts[i] = parts[i][:head] + "".join(sorted(s + " " for s in steps.split(" ") if s))
    return "|".join(parts)


def main():
    program, number = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 60000
    seed = sys.argv[3] if len(sys.argv) > 3 else "1"
    given = list(sets(random.Random(f"figures {seed}"), number))
    lines = ["| ".join(" ".join(",".join(map(str, f)) for f in one) + " " for one in some) for some in given]
    told_by = subprocess.run([program], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(told_by) == number, f"{number} sets, {len(told_by)} answers"
    words = {"+": "stand", "x": "contradicted", "o": "covered", "stated": "stated", "derived": "derived", "unsplit": "unsplit", "adjusted": "adjusted", "!": "totals off"}
    seen = dict.fromkeys(words, 0)
    for line, some, got in zip(lines, given, told_by):
        want = judge(some)
        if in_order(got) != want:
            print(f"figures  {line}\nexpected {want}\nfound    {in_order(got)}")
            return 1
        for word in seen:
            seen[word] += want.count(word)
    print(f"{number} sets:", ", ".join(f"{n} {words[word]}" for word, n in seen.items()))
    return 0 if all(n > number // 100 for n in seen.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
