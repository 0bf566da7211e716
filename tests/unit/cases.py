"""What the tests of tally-ingest as a program share: a claim, and cases one by one."""
import contextlib, subprocess


def need(ok, what):
    if not ok:
        raise AssertionError(what)


def play(cases, wanted, world=contextlib.nullcontext):
    """Each case with a world of its own; only the wanted ones, if any are named.  True when one failed."""
    failed = False
    for case in cases:
        if wanted and case.__name__ not in wanted:
            continue
        try:
            with world() as own:
                case(own)
            print(f"ok      {case.__name__}")
        except (AssertionError, subprocess.SubprocessError) as bad:
            failed = True
            print(f"FAILED  {case.__name__}: {bad}")
    return failed
