#!/usr/bin/env python3
"""Spoilt requests at a gateway, or at a server of totals before a Redis of its own: it answers as documented, and ends well when it is told to.

    hostile_http.py TALLY_INGEST|TALLY_LOOKUP HOSTILE_HTTP REQUESTS [SEED]
"""
import contextlib, pathlib, subprocess, sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "tests" / "unit")]
import programs

MANY = ("--connections", "20000", "--connections-per-address", "20000")
program, hostile, requests, *seed = sys.argv[1:]


@contextlib.contextmanager
def totals():
    """Some are there, so that answers have rows."""
    import serving
    with programs.Redis() as redis:
        serving.fill(redis.client)
        with programs.Reader(program, redis.url, *MANY, "--watchers", "2000") as reader:
            yield reader


is_lookup = "lookup" in pathlib.Path(program).name
with totals() if is_lookup else programs.Gateway(program, *MANY) as server:
    argv = [hostile, str(server.port), requests, *(seed or ["1"]), *(["lookup"] if is_lookup else [])]
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, timeout=250 + int(requests) // 500)
    print(done.stdout)
    assert done.returncode == 0, server.said()[-3000:]
    assert server.process.poll() is None, server.said()[-3000:]
