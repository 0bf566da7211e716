#!/usr/bin/env python3
"""What docs/http.md shows is what happens: its commands as they are pasted, from an empty folder, with nothing changed but the ports.

    serve_documented.py TALLY_LOOKUP TALLY_INGEST
"""
import contextlib, json, os, pathlib, re, signal, socket, subprocess, sys, tempfile, time

import serving
from cases import need
from serving import VERSION, asof, programs

PROGRAMS = sys.argv[1:3]
PAGE = (serving.ROOT / "docs" / "http.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
EXPORTS = {"export.CNY": 1440000000000, "export.days.CNY": 365, "export.contradicted": 1, "export.events": 12}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def pasted(block, folder, redis_port, port):
    text = re.sub(r"\b8081\b", str(port), re.sub(r"\b6379\b", str(redis_port), block))
    return ["bash", "-euo", "pipefail", "-c", text], {"cwd": folder, "env": {**os.environ, "PATH": ":".join([*(str(pathlib.Path(p).resolve().parent) for p in PROGRAMS), os.environ["PATH"]])}, "text": True, "stdin": subprocess.DEVNULL}


@contextlib.contextmanager
def running(block, folder, redis_port):
    """A block whose last command goes on until it is told to end; -> its port, and what it has said."""
    port = free_port()
    argv, how = pasted(block, folder, redis_port, port)
    said = pathlib.Path(folder, "said")
    with open(said, "w") as file:
        process = subprocess.Popen(argv, **how, stderr=file, start_new_session=True)
    try:
        deadline = time.monotonic() + 20
        while '"event":"listening"' not in said.read_text():
            need(time.monotonic() < deadline and process.poll() is None, f"it does not listen: {said.read_text()}")
            time.sleep(0.02)
        yield port, said
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def told(block, folder, redis_port, port):
    argv, how = pasted(block, folder, redis_port, port)
    return subprocess.run(argv, **how, capture_output=True, check=True, timeout=60).stdout


def a_pair(text):
    """The answer that the page shows, but for the moment at which it was asked."""
    shown = json.loads(re.search(r"^```json\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)[1])
    said = json.loads(text)
    for document in (shown, said):
        for name in ("through", "through_age_ms"):
            document.pop(name)
    need(said == shown and list(said) == list(shown) and list(said["rows"][0]) == list(shown["rows"][0]), f"the page shows {shown}, and what is answered is {said}")


def main():
    need(len(BLOCKS) == 4, f"{len(BLOCKS)} examples: each has its place in this test")
    server, pair, caches, tokens = BLOCKS
    with programs.Redis() as redis, tempfile.TemporaryDirectory() as empty, tempfile.TemporaryDirectory() as other:
        for window in ("2023", "all"):
            redis.client.hset(f"tt:{{CN-LN}}:RU:{window}", mapping=EXPORTS)
        asof(redis.client, version=str(VERSION))
        redis_port = int(redis.url.rsplit(":", 1)[1].split("/")[0])
        with running(server, empty, redis_port) as (port, _):
            a_pair(told(pair, empty, redis_port, port))
            lines = told(caches, empty, redis_port, port).splitlines()
            need(lines[0] == "304" and lines[1].startswith("province,") and lines[2].startswith("CN-LN,Liaoning,RU,"), lines)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=x", "-keyout", "key.pem", "-out", "cert.pem"], cwd=other, check=True, capture_output=True)
        with running(tokens.replace("--listen", f"--redis {redis.url} --listen"), other, redis_port) as (port, said):
            token = re.search(r"^.* (\S+)$", said.read_text().splitlines()[0])[1]
            ask = lambda *more: subprocess.run(["curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}", *more, f"https://localhost:{port}/v1/totals/CN-LN/RU"], capture_output=True, text=True, check=True).stdout
            need((ask(), ask("-H", f"Authorization: Bearer {token}")) == ("401", "200"), said.read_text())
    print(f"{len(BLOCKS)} examples are as they are shown")


main()
