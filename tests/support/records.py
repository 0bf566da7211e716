#!/usr/bin/env python3
"""Random records in the JSON form of docs/design.md, the same ones for the same seed: what the tests feed to the programs and to the oracle.

    records.py --seed 7 --count 20000 > events.ndjson
    records.py --seed 7 --count 500 --kind statistics --dense --provinces 1 --partners 1 > one-series.ndjson

Kinds:
    mixed         45 % transactions, 35 % statistics, 20 % agreements, of which --refused of the lines are refused
    transactions  sales and deliveries on one day
    statistics    figures of overlapping periods that confirm or contradict each other
    agreements    of several provinces, partners, areas and sectors
    hostile       every second line is refused, the others are as odd as a valid line may be

About half of the records are news; the others repeat, correct, contradict or retract an earlier one: byte for byte, from another outlet,
with an equal grade and version and other content, or so that it moves to another province, partner, day or currency. --dense leaves so few
identities that nearly every record meets another one. Every refusal that a line of JSON can show takes its turn (see REFUSALS), so each comes
as often as any other. Days lie around --clock (most of them in the 40 days up to it, a few up to 45 days after it, a few long before), or evenly
in --days FIRST..LAST; --future makes that share of the days later than 9000-01-01, which only a message's timestamp can refuse.
"""
import argparse, calendar, datetime as dt, hashlib, json, random, sys

CLOCK = dt.date(2024, 1, 31)
PROVINCES = "CN-LN CN-HL CN-JL CN-SD CN-NM CN-GD CN-XJ CN-SH CN-ZJ CN-HK CN-TW CN-MO CN-BJ CN-YN CN-XZ CN-TJ CN-JS CN-FJ CN-HA CN-AH".split()
PARTNERS = "RU KZ MN JP KR US DE AE HK TW BY VN BR ZA AU GB UZ KP FR IN WORLD ASEAN EU CASIA".split()      # the last four hold others
MONEY = {"CNY": 2, "USD": 2, "RUB": 2, "EUR": 2, "JPY": 0, "KRW": 0, "KWD": 3, "CLF": 4}
USUAL_MONEY = "CNY CNY CNY CNY USD USD RUB EUR JPY KRW KWD CLF".split()
UNITS = "TNE TNE TNE KGM MTQ NAR PR".split()
GRADES = ["PRESS", "FLASH", "PROVISIONAL", "FINAL"]
BOUNDS = ["EXACT"] * 6 + ["ABOUT", "AT_LEAST", "AT_MOST"]
KINDS = "LETTER_OF_INTENT MOU FRAMEWORK CONTRACT INVESTMENT TRANSIT SISTER_CITY BUNDLE OTHER".split()
AREAS = "370300 210200 230100 RU-BU RU-PRI KZ-75 JP-13".split()
SECTORS = "timber energy grain machinery rail e-commerce tourism coal".split()
COMMODITIES = "87 8703 870323 44 4407 27 2701 270112 8517130000 0303".split()
WORDS = "出口 进口 边贸 customs report 同比增长 Владивосток trade \"quoted\" back\\slash tab\there e\u0301 \U0001f6a2".split(" ")
HUGE = 2                                             # amounts of nearly 10^17 in a set: more of them and a sum could leave 10^18


def decimal(minor, digits):
    whole, rest = divmod(minor, 10 ** digits)
    return f"{whole}.{rest:0{digits}d}" if digits else str(whole)


def instant(day, ms, zone_minutes=480):
    """RFC 3339 of a moment: that many ms after midnight in China of the day, written in another zone."""
    at = dt.datetime(day.year, day.month, day.day) - dt.timedelta(hours=8) + dt.timedelta(milliseconds=ms, minutes=zone_minutes)
    zone = "Z" if zone_minutes == 0 else f"{'-' if zone_minutes < 0 else '+'}{abs(zone_minutes) // 60:02d}:{abs(zone_minutes) % 60:02d}"
    return at.isoformat(timespec="milliseconds" if at.microsecond else "seconds") + zone


class World:
    """What the records of one seed are about."""

    def __init__(self, seed, provinces=6, partners=6, days=None, clock=CLOCK, dense=False, future=0.0):
        self.rng = random.Random(f"tally {seed}")
        self.seed, self.dense, self.future, self.days, self.clock = seed, dense, future, days, clock
        self.provinces = self.rng.sample(PROVINCES, min(provinces, len(PROVINCES)))
        if provinces > 2:
            self.provinces[-1] = "CN"
        self.partners = self.rng.sample(PARTNERS, min(partners, len(PARTNERS)))
        self.past = {"transactions": [], "statistics": [], "agreements": []}
        self.lines, self.names, self.huge = [], 0, 0
        self.series = [self.new_series() for _ in range(3 if dense else 40)]

    def pick(self, chance):
        return self.rng.random() < chance

    # ---- words ----------------------------------------------------------------------------------------------------
    def day(self):
        rng = self.rng
        if self.pick(self.future):
            return dt.date(9000, 1, 1) + dt.timedelta(days=rng.randrange(365000))
        if self.days:
            return self.days[0] + dt.timedelta(days=rng.randrange((self.days[1] - self.days[0]).days + 1))
        chance = rng.random()
        if chance < 0.01:
            return rng.choice([dt.date(1970, 1, 1), dt.date(1999, 12, 31), dt.date(2016, 2, 29), dt.date(2015, 7, 14)])
        if chance < 0.04:
            return self.clock + dt.timedelta(days=rng.randint(1, 45))
        if chance < 0.30:                            # where the windows end
            return self.clock - dt.timedelta(days=rng.choice([0, 0, 1, 6, 7, 30, 31, 91, 92, 365, 366]))
        return self.clock - dt.timedelta(days=rng.randrange(40 if chance < 0.6 else 500))

    def minor(self):
        rng = self.rng
        if self.huge < HUGE and self.pick(0.001):
            self.huge += 1
            return 10 ** 17 - rng.randint(1, 3)
        return rng.choice([0, 1, 7, rng.randrange(1000), rng.randrange(10 ** 6), rng.randrange(10 ** 9), rng.randrange(10 ** 9), rng.randrange(10 ** 12)])

    def written(self, minor, digits):
        """One of the ways to write the same amount."""
        s, style = decimal(minor, digits), self.rng.random()
        if style < 0.1 and digits and minor % 10 ** digits == 0:
            return s.split(".")[0]
        if style < 0.15 and digits:
            return s.rstrip("0").rstrip(".")
        if style < 0.2:
            return (s if digits else s + ".") + "0" * (self.rng.randint(1, 9 - digits))
        if style < 0.22 and len(s.split(".")[0]) < 15:
            return "00" + s
        return s

    def give_amounts(self, r, minor=None, milli=None, currency=None, unit=None):
        """A value, a quantity or both, never neither."""
        rng, which = self.rng, self.rng.random()
        for name in ("value", "currency", "quantity", "unit"):
            r.pop(name, None)
        if which < 0.85 or currency:
            r["currency"] = currency or rng.choice(USUAL_MONEY)
            r["value"] = self.written(self.minor() if minor is None else minor, MONEY[r["currency"]])
        if which > 0.65 or unit:
            r["unit"] = unit or rng.choice(UNITS)
            r["quantity"] = self.written(rng.randrange(10 ** rng.randint(1, 10)) if milli is None else milli, 3)

    def outlet(self, r):
        """What an outlet adds around the same statement."""
        rng = self.rng
        for name in ("title", "growth", "source", "attributes"):
            r.pop(name, None)
        if self.pick(0.4):
            r["title"] = " ".join(rng.choices(WORDS, k=rng.randint(1, 8)))
        if self.pick(0.1):
            r["growth"] = f"{rng.choice('+-')}{rng.randint(0, 300)}.{rng.randint(0, 9)}%"
        if r["type"] == "agreement":
            r.pop("growth", None)
        if self.pick(0.3):
            r["source"] = {"name": rng.choice(["customs", "xinhua", "tass", "海关"]), "url": f"https://example.org/{rng.randrange(10 ** 6)}"}
        if self.pick(0.1):
            r["attributes"] = {f"k{i}": rng.choice(WORDS) for i in range(rng.randint(0, 5))}
        if self.pick(0.05):
            r[rng.choice(["title", "source", "attributes"])] = None

    def stand(self, r):
        """A grade and a version; few different ones, so that equal ones meet."""
        rng = self.rng
        for name in ("grade", "version", "published_at", "retrieved_at", "bound"):
            r.pop(name, None)
        if self.pick(0.7):
            r["grade"] = rng.choice(GRADES)
        how = rng.random()
        if how < 0.5:
            r["version"] = rng.choice([0, 1, 1, 2, 2, 3, 4, 2 ** 53 - 1 if self.pick(0.02) else 5])
        if how > 0.4 and how < 0.8:
            r["published_at"] = instant(self.clock - dt.timedelta(days=rng.randrange(5)), rng.randrange(4) * 1000 + rng.randrange(2),
                                        rng.choice([480, 480, 0, 540, -330]))
            if len(r["published_at"]) % 3 == 0:      # carried along, decides nothing
                r["retrieved_at"] = r["published_at"]
        if self.pick(0.5):
            r["bound"] = rng.choice(BOUNDS)

    def name(self, r, kind):
        """Most records have an id; without one it is derived from what they state."""
        self.names += 1
        if self.pick(0.8):
            r["id"] = self.rng.choice([f"{kind[0]}-{self.seed}-{self.names}", f"{kind[:2]}:{self.seed}|{self.names}",
                                       f"!~{{}}%\"\\'{self.seed}.{self.names}"])

    # ---- news -----------------------------------------------------------------------------------------------------
    def transaction(self):
        rng = self.rng
        r = {"type": "trade", "basis": "TRANSACTION", "province": rng.choice(self.provinces), "partner": rng.choice(self.partners),
             "flow": rng.choice(["EXPORT", "EXPORT", "IMPORT", "IMPORT", "TOTAL"])}
        self.name(r, "transactions")
        if self.pick(0.5):
            r["commodity"] = rng.choice(COMMODITIES)
        if self.pick(0.2):
            r["province_area"] = rng.choice(AREAS)
        if self.pick(0.15):
            r["partner_area"] = rng.choice(AREAS)
        if self.pick(0.4):
            r["scope"] = rng.choice(["WHOLE", "WHOLE", "PART"])
        self.give_amounts(r)
        self.on_day(r)
        return r

    def on_day(self, r):
        ms = self.rng.choice([0, 86399999, self.rng.randrange(86400000)])
        r["occurred_at"] = instant(self.day(), ms, self.rng.choice([480, 480, 0, 0, 540, -1439, 345]))

    def new_series(self):
        rng = self.rng
        s = {"province": rng.choice(self.provinces), "partner": rng.choice(self.partners), "flow": rng.choice(["EXPORT", "IMPORT", "TOTAL"])}
        if self.pick(0.3):
            s["commodity"] = rng.choice(COMMODITIES)
        if self.pick(0.15):
            s["province_area"] = rng.choice(AREAS)
        if self.pick(0.1):
            s["partner_area"] = rng.choice(AREAS)
        if self.pick(0.3):                           # of one commodity or area it is a part
            s["scope"] = "PART" if len(s) > 3 else rng.choice(["WHOLE", "PART"])
        return s

    def period(self, year, most):
        """Months, quarters, year to date, years, single days and odd ranges, that end no later than `most`."""
        rng, month_end = self.rng, lambda m: dt.date(year, m, calendar.monthrange(year, m)[1])
        for _ in range(20):
            how, m = rng.random(), rng.randint(1, 12)
            if how < 0.35:
                first, last = dt.date(year, m, 1), month_end(m)
            elif how < 0.6:
                first, last = dt.date(year, 1, 1), month_end(m)
            elif how < 0.72:
                first, last = dt.date(year, (m - 1) // 3 * 3 + 1, 1), month_end((m - 1) // 3 * 3 + 3)
            elif how < 0.8:
                first, last = dt.date(year, 1, 1), month_end(12)
            elif how < 0.86:
                first, last = dt.date(year, m, 1), month_end(rng.randint(m, 12))
            elif how < 0.92:
                first = last = dt.date(year, m, rng.randint(1, 28))
            else:
                first = dt.date(year, m, rng.randint(1, 28))
                last = min(first + dt.timedelta(days=rng.randrange(120)), dt.date(year, 12, 31))
            if last <= most:
                return first, last
        return most, most

    def truth(self, series, what, first, last):
        """The amount that figures of one series agree about: it grows from day to day, so that periods add up; exports and imports come to the total."""
        if series["flow"] == "TOTAL":
            return sum(self.truth({**series, "flow": flow}, what, first, last) for flow in ("EXPORT", "IMPORT"))

        def until(day):
            done = sum(rate(m) * calendar.monthrange(day.year, m)[1] for m in range(1, day.month))
            return done + rate(day.month) * day.day

        def rate(month):
            text = f"{self.seed} {sorted(series.items())} {what} {first.year} {month}"
            return int.from_bytes(hashlib.sha256(text.encode()).digest()[:3], "big")
        return until(last) - (until(first - dt.timedelta(days=1)) if first.timetuple().tm_yday > 1 else 0)

    def statistic(self):
        rng = self.rng
        series = rng.choice(self.series) if self.pick(0.9) or self.dense else self.new_series()
        if self.pick(0.5):                           # a series-year has all three
            series = {**series, "flow": rng.choice(["EXPORT", "IMPORT", "TOTAL"])}
        r = {"type": "trade", "basis": "STATISTIC", **series}
        self.name(r, "statistics")
        most = self.days[1] if self.days else self.clock + dt.timedelta(days=45)
        year = self.day().year
        first, last = self.period(year, max(most, dt.date(year, 1, 1)) if year < 9000 else dt.date(year, 12, 31))
        r["period_start"], r["period_end"] = first.isoformat(), last.isoformat()
        self.figure(r, series)
        return r

    def figure(self, r, series):
        """The truth mostly, sometimes off by one, sometimes far off."""
        rng, unit, money = self.rng, self.rng.choice(UNITS[:4]), self.rng.choice(USUAL_MONEY[:6])
        span = dt.date.fromisoformat(r["period_start"]), dt.date.fromisoformat(r["period_end"])

        def told(what):
            amount, how = self.truth(series, what, *span), rng.random()
            return amount if how < 0.65 else max(0, amount + rng.choice([-1, 1, 1000])) if how < 0.75 else rng.choice([0, 1, amount // 2, amount * 3, rng.randrange(10 ** 11)])
        self.give_amounts(r, minor=told(money), milli=told(unit), currency=money if self.pick(0.8) else None, unit=unit if self.pick(0.3) else None)
        if "value" in r and r["currency"] != money:  # the truth is per currency; another one is a series of figures of its own
            r["value"] = self.written(told(r["currency"]), MONEY[r["currency"]])

    def agreement(self):
        rng, some = self.rng, lambda of, most: rng.sample(of, min(len(of), rng.randint(1, most)))
        r = {"type": "agreement", "kind": rng.choice(KINDS), "provinces": some(self.provinces, 3), "partners": some(self.partners, 3),
             "signed_on": self.day().isoformat()}
        self.name(r, "agreements")
        if self.pick(0.7):
            r["status"] = rng.choice("SIGNED SIGNED IN_FORCE COMPLETED PLANNED TERMINATED".split())
        for field, of in (("areas", AREAS), ("sectors", SECTORS), ("parties", ["港务局", "Far East, Ltd.", "a|b\\c", "铁路"])):
            if self.pick(0.4):
                r[field] = some(of, 3)
        if self.pick(0.5):
            r["currency"] = rng.choice(USUAL_MONEY)
            r["value"] = self.written(self.minor(), MONEY[r["currency"]])
        return r

    # ---- the same thing again -----------------------------------------------------------------------------------------
    def again(self, kind, old):
        """Another record about the same thing (or nearly) as an earlier one."""
        rng, r, how = self.rng, json.loads(json.dumps(old)), self.rng.random()
        if how < 0.12:                               # another outlet, word for word
            self.outlet(r)
            return r
        if how < 0.24:                               # equal grade and version, other content
            self.change(kind, r)
            return r
        if how < 0.40:                               # retracted; the next correction may bring it back
            r["status"] = "RETRACTED"
            self.stand(r)
            return r
        if how < 0.52:
            r.pop("status", None)
            self.stand(r)
            return r
        self.stand(r)                                # a correction up or down
        for _ in range(rng.randint(1, 2)):
            self.change(kind, r)
        self.outlet(r)
        return r

    def change(self, kind, r):
        rng, how = self.rng, self.rng.random()
        if kind == "statistics":                     # the fields of the series are its identity; without an id of its own a new one
            series = {k: r[k] for k in ("province", "partner", "flow", "commodity", "province_area", "partner_area", "scope") if k in r}
            if how < 0.7:
                self.figure(r, series)
            elif how < 0.9:
                r["bound"] = rng.choice(BOUNDS)
            else:
                r["partner"] = rng.choice(self.partners)
        elif kind == "agreements":
            field = rng.choice(["provinces", "partners", "signed_on", "money", "kind", "status", "sectors"])
            if field == "provinces":
                r["provinces"] = rng.sample(self.provinces, rng.randint(1, min(2, len(self.provinces))))
            elif field == "partners":
                r["partners"] = rng.sample(self.partners, rng.randint(1, min(2, len(self.partners))))
            elif field == "signed_on":
                r["signed_on"] = self.day().isoformat()
            elif field == "money":
                r["currency"] = rng.choice(USUAL_MONEY)
                r["value"] = self.written(self.minor(), MONEY[r["currency"]])
            elif field == "kind":
                r["kind"] = rng.choice(KINDS)
            elif field == "status":
                r["status"] = rng.choice("SIGNED IN_FORCE COMPLETED PLANNED TERMINATED RETRACTED".split())
            else:
                r["sectors"] = rng.sample(SECTORS, rng.randint(0, 3))
        elif how < 0.2:
            r["province"] = rng.choice(self.provinces)
        elif how < 0.4:
            r["partner"] = rng.choice(self.partners)
        elif how < 0.6:
            self.on_day(r)
        elif how < 0.8:
            self.give_amounts(r)
        elif how < 0.9:
            r["flow"] = rng.choice(["EXPORT", "IMPORT", "TOTAL"])
        else:
            r["scope"] = rng.choice(["WHOLE", "PART"])

    # ---- lines --------------------------------------------------------------------------------------------------------
    def record(self, kind):
        make = {"transactions": self.transaction, "statistics": self.statistic, "agreements": self.agreement}[kind]
        past = self.past[kind]
        if past and self.pick(0.95 if self.dense and kind != "statistics" and len(past) > 8 else 0.45):
            r = self.again(kind, self.rng.choice(past if self.dense else past[-400:]))
        else:
            r = make()
            self.stand(r)
            self.outlet(r)
        if len(past) < 20000:
            past.append(r)
        return r

    def line(self, r, odd=False):
        """One of the ways to write the same record."""
        rng, fields = self.rng, list(r.items())
        if odd or self.pick(0.1):
            rng.shuffle(fields)
        text = json.dumps(dict(fields), ensure_ascii=self.pick(0.3), separators=rng.choice([(",", ":"), (", ", ": ")]))
        if odd:
            text = rng.choice(["", " ", "\t"]) + text + rng.choice(["", " ", "\r", " \t\r"])
        return text.encode()

    def next(self, kind):
        if self.lines and self.pick(0.06):
            return self.rng.choice(self.lines)
        line = self.line(self.record(kind))
        if len(self.lines) < 5000:
            self.lines.append(line)
        return line


# ---- refusals ---------------------------------------------------------------------------------------------------------------
def put(**fields):
    return lambda r: {**r, **fields}


def drop(*names):
    return lambda r: {k: v for k, v in r.items() if k not in names}


def spoil(change):
    """Of the bytes of the line."""
    change.bytes = True
    return change


# What a single fault makes of a good record of that kind (T transaction, S statistic, A agreement), and the refusal that names it.
REFUSALS = [
    ("BAD_JSON", "T", spoil(lambda b: b[:-1])), ("BAD_JSON", "A", spoil(lambda b: b + b" 1")), ("BAD_JSON", "S", spoil(lambda b: b"[" + b + b"]")),
    ("BAD_JSON", "T", spoil(lambda b: b"null")), ("BAD_JSON", "T", spoil(lambda b: b[:-1] + b',"version":NaN}')),
    ("BAD_JSON", "T", spoil(lambda b: b[:-1] + b',"attributes":{"n":1e999}}')), ("BAD_JSON", "T", spoil(lambda b: b[:-1] + b',"x":9223372036854775808}')),
    ("BAD_JSON", "T", spoil(lambda b: b[:-1] + b',"title":"\\ud800"}')), ("BAD_JSON", "S", spoil(lambda b: b[:-1] + b',"ti\\u0000tle":"a"}')),
    ("BAD_TYPE", "T", drop("type")), ("BAD_TYPE", "A", put(type="agreements")), ("BAD_TYPE", "S", put(type=1)),
    ("BAD_FIELD", "T", put(curency="CNY")), ("BAD_FIELD", "T", put(title=7)), ("BAD_FIELD", "A", put(flow="EXPORT")), ("BAD_FIELD", "A", put(partners="RU")),
    ("BAD_FIELD", "S", spoil(lambda b: b[:-1] + b',"basis":"STATISTIC"}')), ("BAD_FIELD", "T", put(source={"nam": "x"})), ("BAD_FIELD", "T", put(attributes=[])),
    ("BAD_ID", "T", put(id="")), ("BAD_ID", "T", put(id="a b")), ("BAD_ID", "A", put(id="x" * 129)), ("BAD_ID", "S", put(id="\u00e9")),
    ("BAD_VERSION", "T", put(version=-1)), ("BAD_VERSION", "A", put(version=2 ** 53)), ("BAD_VERSION", "S", put(version="1")),
    ("BAD_VERSION", "T", put(version=1.0)), ("BAD_VERSION", "T", put(version=True)),
    ("BAD_GRADE", "T", put(grade="BEST")), ("BAD_GRADE", "A", put(grade="UNKNOWN")), ("BAD_BOUND", "T", put(bound="exact")), ("BAD_BOUND", "A", put(bound="")),
    ("BAD_STATUS", "T", put(status="SIGNED")), ("BAD_STATUS", "A", put(status="ACTIVE")), ("BAD_BASIS", "T", put(basis="FACT")), ("BAD_BASIS", "T", drop("basis")),
    ("BAD_SCOPE", "T", put(scope="ALL")), ("BAD_SCOPE", "S", put(scope="WHOLE", commodity="8703")), ("BAD_SCOPE", "S", put(scope="WHOLE", partner_area="RU-BU")), ("BAD_PROVINCE", "T", put(province="CN-XX")), ("BAD_PROVINCE", "S", drop("province")),
    ("BAD_PROVINCE", "A", put(provinces=[])), ("BAD_PROVINCE", "A", put(provinces=["CN-LN", "CN-LN"])), ("BAD_PROVINCE", "T", put(province="ALL")),
    ("BAD_PARTNER", "T", put(partner="CN")), ("BAD_PARTNER", "S", put(partner="XX")), ("BAD_PARTNER", "S", put(partner="World")), ("BAD_PARTNER", "A", put(partners=["RU", "ru"])), ("BAD_PARTNER", "A", drop("partners")),
    ("BAD_AREA", "T", put(province_area="3703 00")), ("BAD_AREA", "S", put(partner_area="R")), ("BAD_AREA", "A", put(areas=["ok", "x" * 13])),
    ("BAD_FLOW", "T", put(flow="TRANSIT")), ("BAD_FLOW", "S", drop("flow")), ("BAD_COMMODITY", "T", put(commodity="870")), ("BAD_COMMODITY", "S", put(commodity="8x")),
    ("BAD_VALUE", "T", put(value="1.234", currency="CNY")), ("BAD_VALUE", "T", put(value=12.5, currency="CNY")), ("BAD_VALUE", "A", put(value="-1", currency="CNY")),
    ("BAD_VALUE", "T", put(value="0.5", currency="JPY")), ("BAD_VALUE", "S", put(value="1000000000000000", currency="USD")),
    ("BAD_VALUE", "A", put(value=None, currency="CNY")), ("BAD_VALUE", "T", drop("value", "currency", "quantity", "unit")), ("BAD_VALUE", "T", put(value="1e3", currency="CNY")),
    ("BAD_CURRENCY", "T", put(value="1", currency="RMB")), ("BAD_CURRENCY", "A", put(value="1", currency=None)), ("BAD_CURRENCY", "S", put(value="1", currency="cny")),
    ("BAD_QUANTITY", "T", put(quantity="1.0001", unit="TNE")), ("BAD_QUANTITY", "S", put(quantity=3, unit="TNE")), ("BAD_QUANTITY", "T", put(quantity=None, unit="TNE")),
    ("BAD_UNIT", "T", put(quantity="1", unit="tons")), ("BAD_UNIT", "S", put(quantity="1", unit=None)), ("BAD_UNIT", "T", put(quantity="1", unit="T")), ("BAD_UNIT", "S", put(quantity="1", unit="KGS")),
    ("BAD_TIME", "T", put(occurred_at="2024-01-31")), ("BAD_TIME", "T", drop("occurred_at")), ("BAD_TIME", "T", put(period_start="2024-01-01")),
    ("BAD_TIME", "T", put(occurred_at="2024-01-31T24:00:00Z")), ("BAD_TIME", "T", put(occurred_at="2023-02-29T00:00:00Z")), ("BAD_TIME", "T", put(occurred_at="1969-12-31T15:59:59Z")),
    ("BAD_TIME", "S", put(published_at="2024-01-31T00:00:00")), ("BAD_TIME", "T", put(retrieved_at="yesterday")), ("BAD_TIME", "A", put(signed_on="2024-13-01")), ("BAD_TIME", "A", put(signed_on="1969-12-31")),
    ("BAD_TIME", "A", drop("signed_on")), ("BAD_TIME", "T", put(occurred_at="9999-12-31T16:00:00Z")),
    ("BAD_PERIOD", "S", drop("period_end")), ("BAD_PERIOD", "S", put(occurred_at="2024-01-31T00:00:00Z")), ("BAD_PERIOD", "S", put(period_start="2023-12-01", period_end="2024-01-31")),
    ("BAD_PERIOD", "S", put(period_start="2023-02-01", period_end="2023-01-31")), ("BAD_PERIOD", "S", put(period_start="2023-02-30", period_end="2023-03-31")),
    ("BAD_PERIOD", "S", put(period_start="2023-2-1", period_end="2023-03-31")),
    ("BAD_KIND", "A", put(kind="UNKNOWN")), ("BAD_KIND", "A", drop("kind")), ("BAD_SECTOR", "A", put(sectors=["Timber"])), ("BAD_SECTOR", "A", put(sectors=["a", "a"])),
    ("BAD_TEXT", "T", spoil(lambda b: b[:-1] + b',"title":"\xff"}')), ("BAD_TEXT", "A", put(title="x" * 1025)), ("BAD_TEXT", "T", put(title="a\0b")),
    ("BAD_TEXT", "S", put(source={"name": "\u6d77" * 43})), ("BAD_TEXT", "A", put(parties=["x" * 257])), ("BAD_TEXT", "T", put(attributes={"": "x"})),
    ("TOO_LARGE", "A", put(provinces=PROVINCES, partners=PARTNERS, areas=[f"A{i}" for i in range(11)], sectors=None)),
]
# A good record of each kind that no fault above makes ambiguous.
PLAIN = {
    "T": {"type": "trade", "basis": "TRANSACTION", "province": "CN-LN", "partner": "RU", "flow": "EXPORT", "value": "1.50", "currency": "CNY", "occurred_at": "2024-01-30T10:00:00+08:00"},
    "S": {"type": "trade", "basis": "STATISTIC", "province": "CN-LN", "partner": "RU", "flow": "IMPORT", "value": "8", "currency": "CNY", "period_start": "2023-01-01", "period_end": "2023-01-31"},
    "A": {"type": "agreement", "kind": "MOU", "provinces": ["CN-LN"], "partners": ["RU"], "signed_on": "2024-01-30"},
}


def refused(world, turn):
    """-> (refusal, line): the turn-th refusal of the table, of a plain record with an id of its own."""
    code, kind, fault = REFUSALS[turn % len(REFUSALS)]
    r = {"id": f"refused-{world.seed}-{turn}", **PLAIN[kind]}
    if getattr(fault, "bytes", False):
        return code, fault(json.dumps(r, ensure_ascii=False).encode())
    return code, json.dumps(fault(r), ensure_ascii=world.pick(0.5)).encode()


def odd(world):
    """A valid line that looks as if it were not."""
    rng = world.rng
    r = world.record(rng.choice(["transactions", "statistics", "agreements"]))
    how = rng.randrange(8)
    if how == 0:
        r = {**r, "id": "".join(chr(rng.randint(33, 126)) for _ in range(128))}
    elif how == 1:
        r = {**r, "title": "\u6d77" * 341 + "x"}
    elif how == 2:
        r = {**r, "attributes": {("k" * 126 + f"{i:02d}"): "v" * rng.randrange(200) for i in range(64)}}
    elif how == 3:
        r = {**r, "published_at": rng.choice(["1969-12-31t23:59:59z", "1970-01-01T00:00:00-23:59", "2024-02-29 00:00:00.123456789+00:00"])}
    elif how == 4:
        r = {**r, "version": rng.choice([0, 2 ** 53 - 1])}
    elif how == 5:
        r = {**dict.fromkeys(["id", "grade", "bound", "title", "source", "attributes"]), **r}
    elif how == 6:
        r = {**r, "source": {}}
    else:
        r = {**r, "source": {"name": None, "url": "u" * 2048}}
    return world.line(r, odd=True)


def marked(seed, count, kind="mixed", refused_rate=None, **knobs):
    """-> (refusal or None, line) of each record; the line is bytes without its end."""
    world = World(seed, **knobs)
    rate = refused_rate if refused_rate is not None else {"mixed": 0.02, "hostile": 0.5}.get(kind, 0.0)
    turn, due = 0, 0.0
    for _ in range(count):
        due += rate
        if due >= 1:
            due -= 1
            turn += 1
            yield refused(world, turn - 1)
            continue
        chance = world.rng.random()
        usual = "transactions" if chance < 0.45 else "statistics" if chance < 0.8 else "agreements"
        if kind == "hostile" and world.pick(0.7):
            yield None, odd(world)
        else:
            yield None, world.next(kind if kind in world.past else usual)


def records(seed, count, **knobs):
    """The lines of `marked`: bytes without their ends."""
    return (line for _, line in marked(seed, count, **knobs))


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--count", type=int, default=1000)
    ap.add_argument("--kind", choices="mixed statistics transactions agreements hostile".split(), default="mixed")
    ap.add_argument("--provinces", type=int, default=6, help="how many different ones (3 and more: one of them is CN)")
    ap.add_argument("--partners", type=int, default=6)
    ap.add_argument("--days", metavar="FIRST..LAST", help="YYYY-MM-DD..YYYY-MM-DD, evenly")
    ap.add_argument("--clock", metavar="DAY", default=CLOCK.isoformat())
    ap.add_argument("--dense", action="store_true", help="few identities")
    ap.add_argument("--future", type=float, default=0.0, metavar="RATE", help="share of days later than 9000-01-01")
    ap.add_argument("--refused", type=float, metavar="RATE", help="share of lines that are refused (mixed 0.02, hostile 0.5, else 0)")
    a = ap.parse_args()
    days = tuple(dt.date.fromisoformat(d) for d in a.days.split("..")) if a.days else None
    for line in records(a.seed, a.count, kind=a.kind, refused_rate=a.refused, provinces=a.provinces, partners=a.partners, days=days,
                        clock=dt.date.fromisoformat(a.clock), dense=a.dense, future=a.future):
        sys.stdout.buffer.write(line + b"\n")


if __name__ == "__main__":
    main()
