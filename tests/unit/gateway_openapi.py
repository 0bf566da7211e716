#!/usr/bin/env python3
"""The gateway's OpenAPI document is linted, and it answers as that says: schemathesis asks what the document allows, and what it does not.

    gateway_openapi.py TALLY_INGEST TALLY_BROKER
"""
import json, os, pathlib, re, shutil, subprocess, sys, tempfile, urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
from programs import Broker, Gateway

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
    document = ROOT / "ingest" / "openapi.json"
    done = subprocess.run([npx, "--yes", REDOCLY, "lint", document, "--format", "json"], cwd=folder, env={**os.environ, "PATH": f"{os.environ['PATH']}:{own}", "REDOCLY_TELEMETRY": "off"},
                          capture_output=True, text=True, timeout=200)
    totals = json.loads(done.stdout[done.stdout.index("{"):])["totals"]
    assert done.returncode == 0 and (totals["errors"], totals["warnings"]) == (0, 0), f"redocly: {done.stdout[-3000:]}{done.stderr[-2000:]}"
    print("redocly: no error, no warning")


def ask(url, folder):
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


def main():
    with tempfile.TemporaryDirectory() as folder:
        lint(folder)
        with Broker(BROKER) as broker, Gateway(INGEST, broker=broker.address) as gateway:
            ask(f"http://127.0.0.1:{gateway.port}", folder)


main()
