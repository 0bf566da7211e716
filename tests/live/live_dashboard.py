"""The dashboard in a real Chromium, in front of the real chain: what it shows, how it moves, what it survives."""
import decimal, hashlib, json, os, re, shutil, subprocess

from live_clients import TOOLS, _once, _run
from world import HERE, ROOT, Failed, Late, Skipped, judged, need, until

LOOK = HERE / "dashboard"
SCRIPT = '<script>window.pwned = 1</script><img src=x onerror="window.pwned=2">'


def _browser_tools():
    """-> a folder with node_modules: playwright-core, axe-core."""
    def make(at):
        for name in ("package.json", "package-lock.json"):
            shutil.copy(LOOK / name, at)
        _run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=1"], at, 300)
    key = hashlib.sha256((LOOK / "package-lock.json").read_bytes()).hexdigest()[:12]
    return _once(f"browser-{key}", make)


def _chromium():
    path = shutil.which("chromium")
    if path is None:
        need(os.environ.get("CI") != "true", "there is no chromium")
        raise Skipped("there is no chromium; scripts/install tests brings it")
    return path


class _Lookup:
    """tally-lookup --listen, always at the same port."""

    def __init__(self, w, *arguments):
        self.w, self.arguments, self.port, self.program = w, arguments, 0, None
        self.start()

    def start(self):
        self.program = self.w.lookup("--listen", f"127.0.0.1:{self.port}", "-b", self.w.kafka.address, *self.arguments)
        self.port = int(until(20, lambda: re.search(r'"event":"listening".*?"port":(\d+)', self.program.err), lambda: f"it does not listen; {self.program.last_words()}")[1])

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/"


def _figure(**fields):
    return json.dumps({"type": "trade", "basis": "STATISTIC", "province": "CN-LN", "partner": "RU", "flow": "TOTAL", "currency": "CNY", "period_start": "2023-01-01", "period_end": "2023-12-31", **fields}).encode()


def _shown(integer):
    """As the page shows an amount of yuan."""
    return f"{decimal.Decimal(integer).scaleb(-2):,.2f}"


class _Chain:
    """What look.mjs asks for; `lines` is all that was sent."""

    def __init__(self, w, lookup, lines):
        self.w, self.lookup, self.lines, self.moved = w, lookup, lines, 0

    def want(self):
        return judged(self.lines)[0]

    def send(self, *lines):
        self.w.ingest(list(lines)).ends_with(0, 60)
        self.lines += lines

    def do(self, what):
        if what == "totals":
            return self.totals()
        if what == "script":
            self.send(_figure(province="CN-JL", partner="KZ", flow="EXPORT", value="1000", title=SCRIPT, source={"name": "<b>bold</b>", "url": "javascript:alert(1)"}, period_end="2023-06-30"),
                      _figure(province="CN-JL", partner="KZ", flow="EXPORT", value="1500", title="good", source={"name": "Good", "url": "https://statistics.example/good"}, period_start="2023-07-01"))
            self.w.totals_become(self.want())
            return {"title": SCRIPT, "source": "<b>bold</b>"}
        if what == "tokens":
            return self.tokens()
        if what == "move":
            return self.move()
        verb, whom = what.split()
        return getattr(self, f"{verb}_{whom}")()

    def tokens(self):
        """Another server, that asks for them."""
        made = self.w.program("tally-ingest", "token", "reader").ends_with(0, 10)
        (self.w.folder / "tokens").write_text(made.out)
        other = _Lookup(self.w, "--tokens", self.w.folder / "tokens")
        return {"url": other.url, "token": made.err.split()[-1]}

    def totals(self):
        """{measure: {"CN-LN RU": "14400000000.00"}} of 2023."""
        out = {}
        for key, totals in self.want().items():
            parts = re.fullmatch(r"\{(.+)\}:(.+):2023", key)
            for measure, value in totals.items() if parts else ():
                out.setdefault(measure, {})[f"{parts[1]} {parts[2]}"] = str(decimal.Decimal(value).scaleb(-2))
        return out

    def move(self):
        """Two totals are corrected; the page is to show what the oracle then says."""
        self.moved += 1
        at = f"2024-02-{self.moved:02d}T00:00:00Z"
        self.send(_figure(value=str(54900000000 + 1000 * self.moved), published_at=at), _figure(partner="KZ", value=str(777000 + self.moved), published_at=at))
        want = self.want()
        return {"heat": _shown(want["{CN-LN}:RU:2023"]["total.CNY"]) + " CNY", "pair": _shown(want["{CN-LN}:KZ:2023"]["total.CNY"])}

    def kill_server(self):
        self.lookup.program.kill()

    def start_server(self):
        self.lookup.start()

    def kill_redis(self):
        self.w.store.kill()

    def start_redis(self):
        """It comes back empty: the aggregator fills it again."""
        self.w.store.start()


def _look(w, url, program, *arguments, do=None):
    """A program of dashboard/ to its end, served with what it asks for."""
    w.started += 1
    said = w.folder / f"{w.started:02d}-look.err"
    err = open(said, "wb")
    environment = {**os.environ, "PATH": f"{os.environ['PATH']}:{TOOLS}", "NODE_FOLDER": str(_browser_tools()), "CHROMIUM": _chromium(), "PATIENCE": str(w.patience)}
    looking, passed = subprocess.Popen(["node", LOOK / program, url, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=err, text=True, env=environment), 0
    try:
        for line in looking.stdout:
            verb, _, rest = line.strip().partition(" ")
            if verb == "ask":
                looking.stdin.write(json.dumps(do(rest)) + "\n")
                looking.stdin.flush()
            elif verb == "note":
                w.note(rest)
            elif verb == "failed":
                raise (Late if "LATE" in rest else Failed)(rest.replace("\\n", "\n"))
            passed += verb == "ok"
        need(looking.wait(30) == 0, f"{program} ended with {looking.returncode}: {said.read_text()[-600:]}")
    finally:
        looking.kill()
        looking.wait()
        err.close()
    return passed


def dashboard_in_a_browser(w):
    """Figures of the example, why, doubts, deep links, back, keys, both languages, axe-core, no script from a title, no request elsewhere; it moves when a record comes, and survives server and Redis."""
    _chromium()
    w.begin()
    lines = [line for name in ("northeast-2023", "press-china-russia-2023") for line in (ROOT / "examples" / f"{name}.ndjson").read_bytes().splitlines()]
    w.ingest(lines).ends_with(3, 60)
    running = w.aggregate("a")
    chain = _Chain(w, _Lookup(w), lines)
    w.totals_become(chain.want())
    passed = _look(w, chain.lookup.url, "look.mjs", do=chain.do)
    w.note(f"{passed} things looked at")
    w.totals_become(chain.want())
    running.terminate()
    chain.lookup.program.terminate()
