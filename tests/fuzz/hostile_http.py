#!/usr/bin/env python3
"""Spoilt requests at a gateway: it answers as documented, and ends well when it is told to.

    hostile_http.py TALLY_INGEST HOSTILE_HTTP REQUESTS [SEED]
"""
import pathlib, re, subprocess, sys, tempfile, time

ingest, hostile, requests, *seed = sys.argv[1:]
with tempfile.TemporaryDirectory() as folder:
    said = pathlib.Path(folder, "said")
    with open(said, "w") as err:
        gateway = subprocess.Popen([ingest, "--listen", "127.0.0.1:0", "-b", "127.0.0.1:1", "--connections", "20000", "--connections-per-address", "20000"], stderr=err, stdin=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while not (port := re.search(r'"event":"listening".*?"port":(\d+)', said.read_text())):
            assert time.monotonic() < deadline and gateway.poll() is None, said.read_text()
            time.sleep(0.05)
        done = subprocess.run([hostile, port[1], requests, *(seed or ["1"])], capture_output=True, text=True, timeout=250)
        print(done.stdout)
        gateway.terminate()
        ended = gateway.wait(30)
        assert (done.returncode, ended) == (0, 0), f"{done.stdout}; the gateway ended with {ended}: {said.read_text()[-3000:]}"
    finally:
        gateway.kill()
