"""What the tests of tally-lookup --listen share: a Redis of its own with totals written by hand, and the server before it."""
import csv, io, pathlib, sys, time, urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "support")]
import oracle, programs                                # noqa: E402
from cases import need                                 # noqa: E402

DAY, VERSION = "2024-01-31", 1706680985120
SCOPES = sorted(oracle.PROVINCES | {"ALL"})
BIG = 90071992547409931                                # beyond what a double keeps: 2^53 is 9007199254740992

# pair -> window -> fields, as docs/readers.md has them
TOTALS = {
    ("CN-LN", "RU"): {
        "2023": {"export.CNY": 1440000000000, "export.days.CNY": 273, "export.derived.CNY": 5000, "export.adjusted.CNY": -3, "export.USD": BIG, "export.events": 13, "export.inexact": 2, "export.contradicted": 1,
                 "import.CNY": 4050000000000, "import.days.CNY": 365, "import.events": 1, "export.qty.TNE": 1200500, "deals.export.CNY": 150, "deals.export.events": 1, "agreements": 3, "agreements.MOU": 2, "agreements.undecided": 1,
                 "later.measure": 7},
        "all": {"export.CNY": 2440000000000, "export.events": 20, "import.CNY": 4050000000000, "import.events": 1, "agreements": 3, "agreements.MOU": 2},
        "31d": {"deals.export.CNY": 150, "deals.export.events": 1},
    },
    ("CN-LN", "KZ"): {"2023": {"import.CNY": 500, "import.events": 1}, "all": {"import.CNY": 500, "import.events": 1, "export.contradicted": 2}},
    ("CN-LN", "KR"): {"2023": {"export.CNY": 1440000000000, "export.events": 1}, "all": {"export.CNY": 7, "export.events": 1}},
    ("CN-LN", "ALL"): {"2023": {"export.CNY": 2880000000000, "export.events": 14}, "all": {"export.CNY": 2440000000007, "export.events": 21}},
    ("CN-LN", "WORLD"): {"2023": {"export.CNY": 5760000000000, "export.events": 1}, "all": {"export.CNY": 4880000000014, "export.events": 1}},
    ("CN-HL", "RU"): {"2023": {"export.CNY": 11, "export.events": 1}, "all": {"export.CNY": 11, "export.events": 1}},
    ("ALL", "RU"): {"2023": {"export.CNY": 1440000000011, "export.events": 14}, "all": {"export.CNY": 2440000000011, "export.events": 21}},
    ("CN", "RU"): {"2023": {"export.CNY": 2880000000022, "export.events": 1}, "all": {"export.CNY": 4880000000022, "export.events": 1}},
}
MONTHS = {("CN-LN", "RU"): {f"2023-{m:02d}|export.CNY": 1000 + m for m in range(1, 13)} | {"2022-12|export.CNY": 900, "2024-01|export.CNY": 7, "2023-03|export.derived.CNY": 5, "2023-03|export.days.CNY": 31, "2022-12|export.events": 1}}
YEARS = {("CN-LN", "RU"): {"2022": {"export.CNY": 900, "export.events": 1}, "2024": {"export.CNY": 7, "export.events": 1}}}
DETAIL = {("CN-LN", "RU", "2023"): {"hs:87|export.CNY": 300, "hs:8703|export.CNY": 100, "hs:87|export.events": 2, "hs:44|export.CNY": 5, "area:370300|import.CNY": 9, "area:370300+hs:8703|import.CNY": 8, "sector:timber|agreements": 2,
                                    "part|export.CNY": 4, '=cmd,"x"|export.CNY': 1}}


def asof(client, scopes=SCOPES, ago=1.0, **other):
    """A field that is None is not there."""
    pipe = client.pipeline(transaction=False)
    fields = {"day": DAY, "complete": "1", "through": str(int(1000 * (time.time() - ago))), "version": str(VERSION), "updated": str(VERSION)} | other
    for s in scopes:
        pipe.delete(f"tt:{{{s}}}:asof")
        if kept := {k: v for k, v in fields.items() if v is not None}:
            pipe.hset(f"tt:{{{s}}}:asof", mapping=kept)
    pipe.execute()


def fill(client):
    for table, name in ((TOTALS, "{}"), (YEARS, "{}")):
        for (province, partner), windows in table.items():
            for window, fields in windows.items():
                client.hset(f"tt:{{{province}}}:{partner}:{window}", mapping=fields)
    for (province, partner), fields in MONTHS.items():
        client.hset(f"tt:{{{province}}}:{partner}:months", mapping=fields)
    for (province, partner, window), fields in DETAIL.items():
        client.hset(f"tt:{{{province}}}:{partner}:{window}:detail", mapping=fields)
    for (province, partner), windows in TOTALS.items():      # rankings, as the aggregator keeps them
        for window, fields in windows.items():
            for measure, value in fields.items():
                if partner in oracle.PARTNERS and partner not in oracle.GROUPS and measure in ("export.CNY", "import.CNY"):
                    client.zadd(f"tt:{{{province}}}:top:{window}:{measure}", {partner: value})
    asof(client)


def fill_much(client, partners, window="2021"):
    """So many partners of CN-HL with 96 measures each; -> how many rows that is."""
    fields = {f"{family}{flow}.{currency}": 10 ** 15 for family in ("", "deals.") for flow in ("export", "import", "total") for currency in sorted(oracle.CURRENCIES)[:16]}
    pipe = client.pipeline(transaction=False)
    for partner in sorted(oracle.PARTNERS)[:partners]:
        pipe.hset(f"tt:{{CN-HL}}:{partner}:{window}", mapping=fields)
    pipe.execute()
    return len(fields) * partners


class Served:
    """A Redis with these totals, and a server before it."""

    def __init__(self, program, *arguments, options=(), tls=None, filled=True):
        self.redis = programs.Redis(*options)
        try:
            if filled:
                fill(self.redis.client)
            self.server = programs.Reader(program, self.redis.url, *arguments, tls=tls)
        except BaseException:
            self.redis.__exit__()
            raise
        self.ask = self.server.ask

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.server.__exit__()
        finally:
            self.redis.__exit__()

    def get(self, path, headers=None, status=200, **parameters):
        """The document of an answer; of another status, too."""
        have, _, told = self.ask("GET", place(path, parameters), headers=headers)
        need(have == status, f"{place(path, parameters)}: {have} {told}")
        return told

    def csv(self, path, **parameters):
        """The rows of an answer as CSV, as dictionaries."""
        have, headers, text = self.ask("GET", place(path, {**parameters, "format": "csv"}))
        need(have == 200 and headers["Content-Type"].startswith("text/csv"), f"{path}: {have} {text}")
        return list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline=""))), headers, text

    def wrong(self, path, parameter, status=400, **parameters):
        told = self.get(path, status=status, **parameters)
        need(told.get("parameter") == parameter, f"{place(path, parameters)}: {parameter} was to be named: {told}")
        return told


def place(path, parameters):
    path = urllib.parse.quote(path)
    return path + ("?" + urllib.parse.urlencode({k.rstrip("_"): v for k, v in parameters.items()}) if parameters else "")


def value(measure, whole):
    """An amount as a decimal text: what is asked of a total, worked out from the integer in Redis."""
    name = measure.rsplit(".", 1)
    if ".qty." in measure:
        digits = 3
    elif len(name) == 2 and name[1] in oracle.CURRENCIES:
        digits = oracle.DIGITS[name[1]]
    else:
        return str(whole)
    sign, text = ("-" if whole < 0 else ""), str(abs(whole)).rjust(digits + 1, "0")
    return sign + (f"{text[:-digits]}.{text[-digits:]}" if digits else text)


