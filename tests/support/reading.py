"""reading.py - what the programs of docs/reading.md read, as the aggregator would have written it, and what they must print of it.

Each is asked about totals that are whole and fresh, about none, and about all that speaks against believing them.
"""
import time

import redis

TOTAL = 5490000000007


class Question:
    """What an example reads: {key: hash or ranking}, of some provinces; what it prints of that, and of nothing."""

    def __init__(self, scopes, keys, shown, empty):
        self.as_ofs, self.keys, self.shown, self.empty = ["tt:{%s}:asof" % scope for scope in scopes], keys, shown, empty

    def write(self, client, ago=2, totals=True, **other):
        """What the aggregator would have written, `ago` seconds ago; a field that is None is not there."""
        as_of = {"day": "2024-01-31", "complete": "1", "through": f"{1000 * (time.time() - ago):.0f}", "version": "7", "updated": "1706659200000"} | other
        as_of = {name: value for name, value in as_of.items() if value is not None}
        for key in self.as_ofs:
            client.delete(key)
            if as_of:
                client.hset(key, mapping=as_of)
        for key, value in self.keys.items():
            client.delete(key)
            if totals:
                client.zadd(key, value) if ":top:" in key else client.hset(key, mapping=value)

    def write_another_type(self, client):
        self.write(client, totals=False)
        for key in self.keys:
            client.set(key, TOTAL)

    def write_again(self, client):
        """What was frozen may need a moment."""
        for left in range(30, -1, -1):
            try:
                return self.write(client)
            except redis.RedisError:
                if not left:
                    raise
                time.sleep(1)

    def cases(self):
        """{name: (what writes, what must be printed; None: a reason, and no total)}"""
        no_as_of = dict.fromkeys(("day", "complete", "through", "version", "updated"))
        cases = {
            "complete and fresh": (self.write, self.shown),
            "complete and fresh, without trade": (lambda c: self.write(c, totals=False), self.empty),
            "our clock is behind": (lambda c: self.write(c, ago=-3), self.shown),
            "not complete": (lambda c: self.write(c, complete="0"), None),
            "complete below 0": (lambda c: self.write(c, complete="-1"), None),
            "through is old": (lambda c: self.write(c, ago=90), None),
            "through is far ahead": (lambda c: self.write(c, ago=-90), None),
            "through is absent": (lambda c: self.write(c, through=None), None),
            "no asof": (lambda c: self.write(c, **no_as_of), None),
        }
        return cases | ({"another type": (self.write_another_type, None)} if self.keys else {})


def of_months():
    """What the page shows of range.py: 183 days of 2023 in six months, and one that is not asked for."""
    days = {"04": 30, "05": 31, "06": 30, "07": 31, "08": 31, "09": 30, "10": 31}
    months = {f"2023-{m}|export.CNY": 700000000000 + (m == "09") * 64000000000 for m in days} | {f"2023-{m}|export.days.CNY": n for m, n in days.items()}
    return {"tt:{CN-LN}:RU:months": months, "tt:{CN-LN}:RU:all": {"export.events": 7}}


NORTHEAST = ["CN-LN", "CN-JL", "CN-HL"]
TOTALS = Question(["CN-LN"], {"tt:{CN-LN}:RU:2023": {"total.CNY": TOTAL, "import.CNY": TOTAL, "total.events": 3}},
                  (f"{TOTAL} fen as of 2024-01-31\n", "54900000000.07 yuan as of 2024-01-31\n"), ("0 fen as of 2024-01-31\n", "0.00 yuan as of 2024-01-31\n"))
QUESTIONS = {                                         # by the beginning of an example's name
    "range": Question(["CN-LN"], of_months(), ("2023-04 to 2023-09: 42640000000.00 CNY, 183 of 183 days\n",), ("2023-04 to 2023-09: no data\n",)),
    "several": Question(["CN-LN"], {"tt:{CN-LN}:RU:2023": {"export.CNY": 3}, "tt:{CN-LN}:ALL:2023": {"export.CNY": 2 ** 60},
                                    "tt:{CN-LN}:top:2023:export.CNY": {"RU": 3, "KR": 9, "JP": 7, "US": 1}},
                        (f"version 7: 3 of {2 ** 60} fen; largest: KR JP RU\n",), ("version 7: 0 of 0 fen; largest: none\n",)),
    "northeast": Question(NORTHEAST, {"tt:{%s}:RU:2023" % p: {"total.CNY": 2 ** 59 + n} for n, p in enumerate(NORTHEAST)},
                          (f"{3 * 2 ** 59 + 3} fen as of 2024-01-31\n",), ("0 fen as of 2024-01-31\n",)),
}
