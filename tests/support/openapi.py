"""A server's OpenAPI document is linted, and the server answers as it says: redocly, and schemathesis, which asks what the document allows and what it does not."""
import json, os, pathlib, re, shutil, subprocess, sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OWN = pathlib.Path(sys.executable).parent
REDOCLY = "@redocly/cli@2.77.0"
HOOKS = '''
import schemathesis

@schemathesis.serializer("text/csv", "application/x-ndjson")
def lines(context, value):
    return value if isinstance(value, bytes) else str(value).encode()

@schemathesis.deserializer("text/csv", "text/html", "text/javascript", "text/css")
def text(context, response):
    return response.content.decode()
'''


def lint(document, folder):
    """By redocly's own rules, without a warning. scripts/install tests brings Node where it is missing."""
    npx = shutil.which("npx") or shutil.which("npx", path=OWN)
    assert npx, "npx is missing: scripts/install tests"
    done = subprocess.run([npx, "--yes", REDOCLY, "lint", document, "--format", "json"], cwd=folder, env={**os.environ, "PATH": f"{os.environ['PATH']}:{OWN}", "REDOCLY_TELEMETRY": "off"},
                          capture_output=True, text=True, timeout=200)
    totals = json.loads(done.stdout[done.stdout.index("{"):])["totals"]
    assert done.returncode == 0 and (totals["errors"], totals["warnings"]) == (0, 0), f"redocly: {done.stdout[-3000:]}{done.stderr[-2000:]}"
    print("redocly: no error, no warning")


def try_out(url, folder, leave_out, least, *more, cases=100):
    """schemathesis, but for the checks of leave_out; at least so many requests were made."""
    pathlib.Path(folder, "hooks.py").write_text(HOOKS)
    done = subprocess.run([OWN / "schemathesis", "run", f"{url}/openapi.json", "-u", url, "-n", str(cases), "--phases", "examples,coverage,fuzzing", "--seed", "1", "--exclude-checks", leave_out, "--no-color", *more],
                          cwd=folder, env={**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(folder)}, capture_output=True, text=True, timeout=280)
    print(done.stdout[-20000:], done.stderr[-2000:])
    asked = int(re.search(r"(\d+) generated", done.stdout)[1])
    assert done.returncode == 0, f"schemathesis ended with {done.returncode}"
    assert asked > least, f"only {asked} requests were made"
