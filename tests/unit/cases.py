"""What the tests of tally-ingest as a program share: a claim, and cases one by one."""
import contextlib, multiprocessing.pool, subprocess


def need(ok, what):
    if not ok:
        raise AssertionError(what)


def _play(case, world):
    try:
        with world() as own:
            case(own)
        return f"ok      {case.__name__}"
    except (AssertionError, subprocess.SubprocessError, OSError, ValueError, KeyError) as bad:
        return f"FAILED  {case.__name__}: {bad if isinstance(bad, AssertionError) else repr(bad)}"


def play(cases, wanted, world=contextlib.nullcontext, at_once=1):
    """Each case with a world of its own; only the wanted ones, if any are named. True when one failed. at_once: so many may play beside each other."""
    chosen = [case for case in cases if not wanted or case.__name__ in wanted]
    with multiprocessing.pool.ThreadPool(at_once) as pool:
        lines = []
        for line in pool.imap(lambda case: _play(case, world), chosen):
            lines.append(line)
            print(line, flush=True)
    return any(line.startswith("FAILED") for line in lines)
