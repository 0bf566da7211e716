#!/usr/bin/env python3
"""Spoilt requests at a gateway: it answers as documented, and ends well when it is told to.

    hostile_http.py TALLY_INGEST HOSTILE_HTTP REQUESTS [SEED]
"""
import pathlib, subprocess, sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from programs import Gateway

ingest, hostile, requests, *seed = sys.argv[1:]
with Gateway(ingest, "--connections", "20000", "--connections-per-address", "20000") as gateway:
    done = subprocess.run([hostile, str(gateway.port), requests, *(seed or ["1"])], capture_output=True, text=True, timeout=250)
    print(done.stdout)
    assert done.returncode == 0, gateway.said()[-3000:]
