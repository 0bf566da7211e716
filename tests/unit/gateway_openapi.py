#!/usr/bin/env python3
"""The gateway's OpenAPI document is linted, and it answers as that says: schemathesis asks what the document allows, and what it does not.

    gateway_openapi.py TALLY_INGEST TALLY_BROKER
"""
import json, os, pathlib, re, shutil, signal, subprocess, sys, tempfile, time, urllib.request

INGEST, BROKER = sys.argv[1:3]
SCHEMATHESIS = pathlib.Path(sys.executable).parent / "schemathesis"
REDOCLY = "@redocly/cli@2.77.0"
HOOKS = '''
import json, schemathesis

@schemathesis.serializer("text/csv", "application/x-ndjson")
def lines(context, value):
    return value if isinstance(value, bytes) else str(value).encode()
'''


def lint(folder):
    """By redocly's own rules, without a warning. scripts/install tests brings Node where it is missing."""
    own = pathlib.Path(sys.executable).parent
    npx = shutil.which("npx") or shutil.which("npx", path=own)
    assert npx, "npx is missing: scripts/install tests"
    document = pathlib.Path(__file__).resolve().parent.parent.parent / "ingest" / "openapi.json"
    done = subprocess.run([npx, "--yes", REDOCLY, "lint", document, "--format", "json"], cwd=folder, env={**os.environ, "PATH": f"{os.environ['PATH']}:{own}", "REDOCLY_TELEMETRY": "off"},
                          capture_output=True, text=True, timeout=200)
    totals = json.loads(done.stdout[done.stdout.index("{"):])["totals"]
    assert done.returncode == 0 and (totals["errors"], totals["warnings"]) == (0, 0), f"redocly: {done.stdout[-3000:]}{done.stderr[-2000:]}"
    print("redocly: no error, no warning")


def main():
    with tempfile.TemporaryDirectory() as folder:
        lint(folder)
        broker = subprocess.Popen([BROKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        address = broker.stdout.readline().strip()
        said = pathlib.Path(folder, "said")
        with open(said, "w") as err:
            gateway = subprocess.Popen([INGEST, "--listen", "127.0.0.1:0", "-b", address], stderr=err, stdin=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 20
            while not (port := re.search(r'"event":"listening".*?"port":(\d+)', said.read_text())):
                assert time.monotonic() < deadline and gateway.poll() is None, said.read_text()
                time.sleep(0.05)
            url = f"http://127.0.0.1:{port[1]}"
            pathlib.Path(folder, "hooks.py").write_text(HOOKS)
            # Whether a record is good is the oracle's to judge, not the document's; and /v1/check answers 200 to bad ones.
            apart = "positive_data_acceptance,negative_data_rejection"
            done = subprocess.run([SCHEMATHESIS, "run", f"{url}/openapi.json", "-u", url, "-n", "100", "--phases", "examples,coverage,fuzzing", "--seed", "1", "--exclude-checks", apart, "--no-color"],
                                  cwd=folder, env={**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": folder}, capture_output=True, text=True, timeout=280)
            print(done.stdout[-6000:], done.stderr[-2000:])
            asked = int(re.search(r"(\d+) generated", done.stdout)[1])
            assert done.returncode == 0, f"schemathesis ended with {done.returncode}"
            assert asked > 300, f"only {asked} requests were made"
            example = json.load(urllib.request.urlopen(f"{url}/openapi.json"))["paths"]["/v1/records"]["post"]["requestBody"]["content"]["application/json"]["example"]
            sent = urllib.request.Request(f"{url}/v1/records", json.dumps(example).encode(), {"Content-Type": "application/json"})
            assert json.load(urllib.request.urlopen(sent))["accepted"] == 1, "the document's example is not accepted"
        finally:
            gateway.send_signal(signal.SIGTERM)
            ended = gateway.wait(30)
            broker.stdin.close()
            broker.wait(10)
        assert ended == 0, said.read_text()[-3000:]


main()
