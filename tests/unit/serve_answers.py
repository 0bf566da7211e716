#!/usr/bin/env python3
"""What tally-lookup --listen answers, from a Redis whose totals were written by hand: every route, every form, and every question that is none.

    serve_answers.py TALLY_LOOKUP [CASE...]
"""
import gzip, json, re, subprocess, sys, time

import serving
from cases import need, play
from serving import BIG, DAY, DETAIL, MONTHS, SCOPES, TOTALS, VERSION, Served, asof, oracle, value

LOOKUP = sys.argv[1]
PAIR = "/v1/totals/CN-LN/RU"
NOTE = re.compile(r"\.(derived|adjusted|days|inexact|undecided|contradicted|covered|mismatched)(\.|$)")


def own_rows(fields):
    """{measure: value} of what has a row of its own."""
    return {m: value(m, v) for m, v in fields.items() if not NOTE.search(m)}


def by(rows, *names):
    return {tuple(r[n] for n in names): r["value"] for r in rows}


def a_pair_in_a_window(w):
    """Each measure has its row; what tells about another one is its note; nothing loses a digit."""
    told = w.get(PAIR, window="2023")
    fields = TOTALS["CN-LN", "RU"]["2023"]
    need({r["measure"]: r["value"] for r in told["rows"]} == own_rows(fields), told)
    need((told["province"], told["partner"], told["as_of"], told["version"], told["complete"], told["trust"], told["has_data"]) == ("CN-LN", "RU", DAY, str(VERSION), True, "whole", True), told)
    need(0 <= told["through_age_ms"] < 30000 and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", told["through"]), told)
    row = {r["measure"]: r for r in told["rows"]}
    need(row["export.USD"]["value"] == "900719925474099.31" and BIG > 2 ** 53, row["export.USD"])
    need(row["export.CNY"]["notes"] == {"derived": "50.00", "adjusted": "-0.03", "inexact": 2, "contradicted": 1} and (row["export.CNY"]["days"], row["export.CNY"]["window_days"]) == (273, 365), row["export.CNY"])
    need((row["later.measure"]["value"], row["later.measure"]["unit"]) == ("7", None), row["later.measure"])
    need([row[m]["unit"] for m in ("export.CNY", "export.qty.TNE", "export.events", "agreements")] == ["CNY", "TNE", "records", "agreements"] and row["export.qty.TNE"]["value"] == "1200.500", row)
    need(row["agreements"]["notes"] == {"undecided": 1} and not any(r["is_total"] for r in told["rows"]), row["agreements"])
    one = w.get(PAIR, window="2023", measure="export.CNY")["rows"]
    need(one == [row["export.CNY"]], (one, row["export.CNY"]))


def all_windows_of_a_pair(w):
    told = w.get(PAIR)
    windows = TOTALS["CN-LN", "RU"] | serving.YEARS["CN-LN", "RU"]
    need(by(told["rows"], "window", "measure") == {(name, m): v for name, fields in windows.items() for m, v in own_rows(fields).items()}, told)
    need([r["window"] for r in told["rows"] if r["measure"] in ("export.CNY", "deals.export.CNY")] == ["31d", "2022", "2023", "2023", "2024", "all"], "their order")


def names_of_places(w):
    """A name is one code, or a list of what it may mean; the list is in the problem."""
    want = w.get(PAIR, window="2023")["rows"]
    for province, partner in (("Liaoning", "Russia"), ("辽宁省", "俄罗斯"), ("辽宁", "RUS"), ("cn-ln", "ru"), ("CN-LN", "Russian Federation")):
        need(w.get(f"/v1/totals/{province}/{partner}", window="2023")["rows"] == want, (province, partner))
    told = w.wrong("/v1/totals/CN-LN/Korea", "partner")
    need({c["code"] for c in told["candidates"]} == {"KR", "KP"} and all(c["english"] and c["chinese"] for c in told["candidates"]), told)
    w.wrong("/v1/totals/CN-XX/RU", "province")
    w.wrong("/v1/totals/CN-LN/CN", "partner")
    w.wrong("/v1/totals/CN-LN/RU,KZ", "partner")
    w.wrong("/v1/totals/" + "x" * 180 + "/RU", "province")


def lists(w):
    """All partners of a province, all provinces of partners: what the pairs say, each."""
    of = lambda rows: by(rows, "province", "partner", "measure")
    want = {(p, q, m): v for (p, q), windows in TOTALS.items() for m, v in own_rows(windows["2023"] if "2023" in windows else {}).items()}
    told = w.get("/v1/totals/CN-LN", window="2023")
    need(of(told["rows"]) == {k: v for k, v in want.items() if k[0] == "CN-LN"} and told["province"] == "CN-LN" and "partner" not in told and "has_data" not in told, told)
    need({r["partner"] for r in told["rows"] if r["is_total"]} == {"ALL", "WORLD"}, "is_total")
    for partners in (["RU"], ["RU", "KZ"], ["KZ", "RU", "KZ"], ["Russia", "哈萨克斯坦"]):
        told = w.get("/v1/totals", window="2023", partner=",".join(partners))
        codes = {"RU"} if len(partners) == 1 else {"RU", "KZ"}
        need(of(told["rows"]) == {k: v for k, v in want.items() if k[1] in codes}, (partners, told))
        need({r["province"] for r in told["rows"] if r["is_total"]} <= {"ALL", "CN"} and [s["province"] for s in told["scopes"]] == sorted(SCOPES, key=lambda s: (s in ("ALL", "CN"), s)) or {s["province"] for s in told["scopes"]} == set(SCOPES), told["scopes"])
    told = w.get("/v1/totals/CN-LN", window="2023", partner="RU,KR", measure="export.CNY")
    need([r["partner"] for r in told["rows"]] == ["KR", "RU"], told)
    told = w.get("/v1/totals/CN-LN", measure="import.CNY")
    need({r["window"] for r in told["rows"]} == {"all"} and [r["partner"] for r in told["rows"]] == ["KZ", "RU"], told)


def rankings(w):
    """The largest first, equal ones by code; the margin in front, without a rank."""
    told = w.get("/v1/top", province="CN-LN", window="2023", measure="export.CNY")
    need([(r.get("rank"), r["partner"], r["is_total"]) for r in told["rows"]] == [(None, "ALL", True), (1, "KR", False), (2, "RU", False)], told)
    need([r["partner"] for r in w.get("/v1/top", province="CN-LN", window="2023", measure="export.CNY", limit="1")["rows"]] == ["ALL", "KR"], "limit")
    need(w.get("/v1/top", window="2023", measure="export.CNY")["province"] == "ALL", "left out")
    w.wrong("/v1/top", "measure", province="CN-LN", window="2023")
    w.wrong("/v1/top", "measure", measure="export.events")


def series(w):
    """By month, by year, from and to."""
    told = w.get("/v1/series/CN-LN/RU", measure="export.CNY")
    need(by(told["rows"], "month") == {(k[:7],): value("export.CNY", v) for k, v in MONTHS["CN-LN", "RU"].items() if k.endswith("|export.CNY")}, told)
    need([r["month"] for r in told["rows"]] == sorted(r["month"] for r in told["rows"]), "their order")
    march = next(r for r in told["rows"] if r["month"] == "2023-03")
    need((march["notes"], march["days"], march["window_days"]) == ({"derived": "0.05"}, 31, 31), march)
    need([r["month"] for r in w.get("/v1/series/CN-LN/RU", measure="export.CNY", from_="2023-11", to="2024-01")["rows"]] == ["2023-11", "2023-12", "2024-01"], "from, to")
    years = w.get("/v1/series/CN-LN/RU", measure="export.CNY", step="year")["rows"]
    need([(r["year"], r["value"]) for r in years] == [("2022", "9.00"), ("2023", "14400000000.00"), ("2024", "0.07")], years)
    need([r["year"] for r in w.get("/v1/series/CN-LN/RU", measure="export.CNY", step="year", from_="2023", to="2023")["rows"]] == ["2023"], "one year")
    w.wrong("/v1/series/CN-LN/RU", "measure")
    w.wrong("/v1/series/CN-LN/RU", "step", measure="export.CNY", step="week")
    w.wrong("/v1/series/CN-LN/RU", "from", measure="export.CNY", from_="2023")
    w.wrong("/v1/series/CN-LN/RU", "to", measure="export.CNY", to="2023-13")
    w.wrong("/v1/series/CN-LN/RU", "from", measure="export.CNY", step="year", from_="2023-01")
    w.wrong("/v1/series/CN-LN/RU", "to", measure="export.CNY", from_="2023-05", to="2023-04")


def ranges(w):
    """Whole years as such, and the months that are left."""
    month = lambda m: MONTHS["CN-LN", "RU"][f"{m}|export.CNY"]
    sum_of = lambda **between: w.get(PAIR, measure="export.CNY", **between)["rows"]
    rows = sum_of(from_="2023-04-01", to="2023-09-30")
    need([(r["value"], r["from"], r["to"], r["window_days"]) for r in rows] == [(value("export.CNY", sum(month(f"2023-{m:02d}") for m in range(4, 10))), "2023-04-01", "2023-09-30", 183)], rows)
    rows = sum_of(from_="2022-12-01", to="2024-01-31")
    need(rows[0]["value"] == value("export.CNY", 900 + TOTALS["CN-LN", "RU"]["2023"]["export.CNY"] + 7), rows)
    need(sum_of(from_="2023-01-01", to="2023-12-31")[0]["value"] == "14400000000.00", "a whole year")
    w.wrong(PAIR, "to", from_="2023-04-01")
    w.wrong(PAIR, "from", to="2023-04-30")
    for between in (("2023-04-02", "2023-04-30"), ("2023-02-30", "2023-03-31"), ("x", "2023-03-31"), ("1969-01-01", "2100-01-31")):
        w.wrong(PAIR, "from", from_=between[0], to=between[1])
    for between in (("2023-04-01", "2023-04-29"), ("2023-04-01", "2023-03-31"), ("2023-04-01", ""), ("2023-04-01", "9999-12-31")):
        w.wrong(PAIR, "to", from_=between[0], to=between[1])
    w.wrong(PAIR, "window", from_="2023-04-01", to="2023-04-30", window="2023")


def details(w):
    """By what lies below; pages of it."""
    fields = DETAIL["CN-LN", "RU", "2023"]
    def want(keep):
        return {(d, m): value(m, v) for d, m, v in ((*k.rsplit("|", 1), v) for k, v in fields.items()) if keep(d) and not NOTE.search(m)}
    ask = lambda **more: w.get("/v1/detail/CN-LN/RU", window="2023", **more)
    for name, keep in (("all", lambda d: True), ("chapter", lambda d: re.fullmatch(r"hs:\d\d", d)), ("commodity", lambda d: d.startswith("hs:")), ("area", lambda d: re.fullmatch(r"area:\d+", d)),
                       ("sector", lambda d: d.startswith("sector:")), ("part", lambda d: d == "part")):
        need(by(ask(by=name)["rows"], "dimension", "measure") == want(keep), name)
    need(by(ask(measure="export.CNY")["rows"], "dimension", "measure") == {k: v for k, v in want(lambda d: True).items() if k[1] == "export.CNY"}, "one measure")
    w.wrong("/v1/detail/CN-LN/RU", "by", by="colour")
    pages(w, "/v1/detail/CN-LN/RU", dict(window="2023"), limits=(1, 3, 100))
    pages(w, "/v1/detail/CN-LN/BR", dict(window="2023"), limits=(1, 3))


def agreements(w):
    """By kind and by sector."""
    rows = w.get("/v1/agreements/CN-LN/RU", window="2023")["rows"]
    need({(r.get("dimension"), r["measure"], r["value"]) for r in rows} == {(None, "agreements", "3"), (None, "agreements.MOU", "2"), ("sector:timber", "agreements", "2")}, rows)


def pages(w, path, asked, limits):
    whole = w.get(path, **asked)["rows"]
    for limit in limits:
        got, cursor, count = [], None, 0
        while True:
            told = w.get(path, **asked, limit=limit, **({"cursor": cursor} if cursor else {}))
            got, count, cursor = got + told["rows"], count + 1, told.get("next")
            if not cursor:
                break
            need(count < 2000, "it does not end")
        need(got == whole, f"{path} in pages of {limit} is another list: {len(got)} rows, and not {len(whole)}")
    return whole


def pages_of_lists(w):
    """Together they are the whole; a cursor is good for its question and for its state."""
    pages(w, "/v1/totals/CN-LN", dict(window="2023"), (7, 100, 1000))
    pages(w, "/v1/totals", dict(window="2023", partner="RU,KZ,KR"), (1, 10))
    asked = dict(window="2023", limit="100")
    cursor = w.get("/v1/totals/CN-LN", **asked)["next"]
    for other in (dict(window="all", limit="100"), dict(window="2023", limit="50"), dict(window="2023", limit="100", measure="export.CNY")):
        w.wrong("/v1/totals/CN-LN", "cursor", cursor=cursor, **other)
    w.wrong("/v1/totals/CN-HL", "cursor", cursor=cursor, **asked)
    for bad in ("", "7", "0.0123456789abcdef", "x." + cursor.split(".")[1], cursor + "0", "-1.0123456789abcdef", "9" * 30 + "." + cursor.split(".")[1]):
        w.wrong("/v1/totals/CN-LN", "cursor", cursor=bad, **asked)
    w.wrong("/v1/totals/CN-LN", "cursor", cursor=cursor, window="2023")
    for bad in ("0", "-1", "1001", "x", ""):
        w.wrong("/v1/totals/CN-LN", "limit", window="2023", limit=bad)
    have, headers, _ = w.ask("GET", "/v1/totals/CN-LN?window=2023&limit=100&cursor=0.0123456789abcdef", headers={"If-None-Match": "*"})
    need(have == 400, "a wrong cursor is not \"not modified\"")
    asof(w.redis.client, ["CN-LN"], version=str(VERSION + 1))
    w.wrong("/v1/totals/CN-LN", "cursor", cursor=cursor, **asked)


def too_many_rows(w):
    """Nothing is cut silently: how many there would be, and the most."""
    count = serving.fill_much(w.redis.client, len(oracle.PARTNERS))
    told = w.get("/v1/totals/CN-HL", status=400, window="2021")
    need((told["rows"], told["most"]) == (count, 20000) and told["rows"] > 20000, told)
    need(len(w.get("/v1/totals/CN-HL", window="2021", measure="export.AED")["rows"]) == len(oracle.PARTNERS), "one measure of them")
    pages_ = w.get("/v1/totals/CN-HL", window="2021", limit="10")
    need("next" in pages_, "a page of them")


def no_data_is_not_zero(w):
    told = w.get("/v1/totals/CN-LN/BR", window="2023")
    need((told["has_data"], told["rows"]) == (False, []), told)
    told = w.get(PAIR, window="2019")
    need((told["has_data"], told["rows"]) == (True, []), told)
    told = w.get(PAIR, window="2023", measure="export.EUR")
    need((told["has_data"], told["rows"]) == (True, []), told)
    row = w.get("/v1/totals/CN-LN/KZ", window="all", measure="export.events")["rows"]
    need([(r["value"], r["notes"]) for r in row] == [("0", {"contradicted": 2})], row)


def how_far_to_trust_it(w):
    """Each state of asof, and the exit code's word for it."""
    c = w.redis.client
    rows = [({}, "whole", True, DAY), ({"complete": "0"}, "partial", False, DAY), ({"complete": None}, "partial", False, DAY), ({"complete": "-1"}, "partial", False, DAY), ({"through": None}, "untold", True, DAY),
            ({"ago": 90}, "old", True, DAY), ({"ago": -90}, "ahead", True, DAY), ({"ago": -2}, "whole", True, DAY), ({"complete": "0", "ago": 90}, "partial", False, DAY),
            (dict(day=None, complete=None, through=None, version=None, updated=None), "nothing", False, None)]
    for state, trust, complete, day in rows:
        asof(c, **state)
        told = w.get(PAIR, window="2023")
        need((told["trust"], told["complete"], told["as_of"]) == (trust, complete, day), (state, told))
        need((told["through"] is None) == (state.get("through", "") is None) and (told["through_age_ms"] is None) == (told["through"] is None), (state, told))
        need(len(told["rows"]) > 5, "rows are shown, whatever they are worth")
        _, headers, _ = w.csv(PAIR, window="2023")
        need((headers["Tally-Trust"], headers["Tally-Complete"], headers["Tally-As-Of"], headers["Tally-Version"]) == (trust, str(complete).lower(), day, told["version"]), (state, headers))
    asof(c)


def several_scopes(w):
    """Of several provinces each says for itself how it stands; above is the least of them; version is another text for each state."""
    asof(w.redis.client, version="5")
    whole = w.get("/v1/totals", partner="RU", window="2023")
    need(whole["trust"] == "whole" and len(whole["scopes"]) == len(SCOPES) and {s["version"] for s in whole["scopes"]} == {"5"} and not whole["version"].isdigit() or len(whole["version"]) == 16, whole["version"])
    versions = {whole["version"]}
    for change in (dict(scopes=["CN-HL"], version="6"), dict(scopes=["CN-HL"], version="6", complete="0"), dict(scopes=["CN-LN"], ago=90, version="5"), dict(scopes=["CN"], version="7")):
        asof(w.redis.client, **change)
        told = w.get("/v1/totals", partner="RU", window="2023")
        versions.add(told["version"])
    need(len(versions) == 5, versions)
    need((told["trust"], told["complete"]) == ("partial", False), told["trust"])
    of = {s["province"]: (s["trust"], s["version"]) for s in told["scopes"]}
    need((of["CN-HL"], of["CN-LN"], of["CN"], of["ALL"]) == (("partial", "6"), ("old", "5"), ("whole", "7"), ("whole", "5")), of)
    asof(w.redis.client)


def coverage(w):
    """Of a margin it is said how much of which whole is known."""
    row = w.get("/v1/totals/CN-LN/ALL", window="2023", measure="export.CNY")["rows"][0]
    need(row["is_total"] and [(c["parts"]["partner"], c["parts"]["value"], c["whole"]["partner"], c["whole"]["value"], c["percent"]) for c in row["coverage"]] == [("ALL", "28800000000.00", "WORLD", "57600000000.00", "50.0")], row)
    row = w.get("/v1/totals/ALL/RU", window="2023", measure="export.CNY")["rows"][0]
    need([(c["whole"]["province"], c["percent"]) for c in row["coverage"]] == [("CN", "50.0")], row)
    need("coverage" not in w.get(PAIR, window="2023", measure="export.CNY")["rows"][0], "a pair has none")
    rows, _, _ = w.csv("/v1/totals/ALL/RU", window="2023", measure="export.CNY")
    need(rows[0]["coverage_percent"] == "50.0", rows)


QUESTIONS = [(PAIR, {}), (PAIR, dict(window="2023")), (PAIR, dict(from_="2022-12-01", to="2023-06-30")), ("/v1/totals/CN-LN", dict(window="2023")), ("/v1/totals", dict(partner="RU", window="2023")), ("/v1/top", dict(province="CN-LN", window="2023", measure="export.CNY")),
             ("/v1/series/CN-LN/RU", dict(measure="export.CNY")), ("/v1/series/CN-LN/RU", dict(measure="export.CNY", step="year")), ("/v1/detail/CN-LN/RU", dict(window="2023")), ("/v1/agreements/CN-LN/RU", dict(window="2023")), ("/v1/totals/CN-LN/BR", {})]


def csv_says_the_same(w):
    """Row by row, member by member; by Accept as by format; a spreadsheet gets no formula."""
    for path, asked in QUESTIONS:
        told = w.get(path, **asked)
        rows, headers, text = w.csv(path, **asked)
        need(len(rows) == len(told["rows"]) and text.count(b"\r\n") == len(rows) + 1 and text.count(b"\n") == text.count(b"\r\n"), path)
        for r, c in zip(told["rows"], rows):
            when = r.get("window") or r.get("month") or r.get("year") or f"{r['from']}/{r['to']}"
            same = {"province": r["province"], "partner": r["partner"], "time": when, "dimension": r.get("dimension", ""), "measure": r["measure"], "value": r["value"], "unit": r["unit"] or "", "rank": str(r.get("rank", "")),
                    "is_total": str(r["is_total"]).lower(), "days": str(r["days"] or ""), "window_days": str(r["window_days"] or "")}
            same |= {n: str(r["notes"].get(n, "" if n in ("derived", "adjusted") or r["unit"] is None else 0)) for n in ("derived", "adjusted", "inexact", "undecided", "contradicted", "covered", "mismatched")}
            same["coverage_percent"] = r["coverage"][0]["percent"] if "coverage" in r else ""
            need({k: c[k] for k in same} == same and c["province_name"] and c["partner_name"] and set(c) == set(same) | {"province_name", "partner_name"}, (path, r, c))
        status, got, by_accept = w.ask("GET", serving.place(path, asked), headers={"Accept": "text/csv"})
        need(status == 200 and by_accept == text and "Accept" in got["Vary"], "by Accept")
        need(json.loads(w.server.raw(f"GET {serving.place(path, {**asked, 'format': 'json'})} HTTP/1.0\r\nHost: localhost\r\nAccept: text/csv\r\n\r\n".encode()).partition(b"\r\n\r\n")[2])["rows"] == told["rows"], "format goes before Accept")
    rows, _, text = w.csv("/v1/detail/CN-LN/RU", window="2023", excel="1")
    need(text.startswith(b"\xef\xbb\xbfprovince,") and "'=cmd,\"x\"" in {r["dimension"] for r in rows} and not any(str(v).startswith(("=", "+", "@")) for r in rows for v in r.values()), text)
    rows, _, text = w.csv("/v1/detail/CN-LN/RU", window="2023")
    need(text.startswith(b"province,") and '=cmd,"x"' in {r["dimension"] for r in rows}, "without excel=1 it is as it is")
    w.wrong(PAIR, "excel", excel="1")
    w.wrong(PAIR, "excel", excel="2", format="csv")
    w.wrong(PAIR, "format", format="xml")


def caches(w):
    """An ETag is another one as soon as anything of the answer is, and not before; 304 has no body."""
    for path, asked in QUESTIONS:
        at = serving.place(path, asked)
        tags = set()
        for headers, more in (({}, {}), ({"Accept-Encoding": "gzip"}, {}), ({}, {"format": "csv"})):
            at = serving.place(path, {**asked, **more})
            status, got, body = w.ask("GET", at, headers=headers)
            tag = got["ETag"]
            tags.add(tag)
            need(status == 200 and re.fullmatch(r'"[!-~]+"', tag) and got["Cache-Control"] == "no-cache" and "Accept-Encoding" in got["Vary"], got)
            for known in (tag, "W/" + tag, f'"x", {tag}', f'{tag},"y"', "*"):
                status, again, body = w.ask("GET", at, headers={**headers, "If-None-Match": known})
                need((status, body, again["ETag"]) == (304, b"", tag), (at, known, status, again["ETag"]))
            for unknown in ('"x"', tag[:-2] + '"', ""):
                need(w.ask("GET", at, headers={**headers, "If-None-Match": unknown})[0] == 200, unknown)
            time.sleep(0.001)
            need(w.ask("GET", at, headers=headers)[1]["ETag"] == tag, "it changes by itself")
        need(len(tags) == 3, (at, tags))
    at = PAIR + "?window=2023"
    tag = w.ask("GET", at)[1]["ETag"]
    seen = {tag}
    for change in (dict(version=str(VERSION + 1)), dict(version=str(VERSION + 1), complete="0"), dict(version=str(VERSION + 1), ago=90), dict(version=str(VERSION + 2), day="2024-02-01")):
        asof(w.redis.client, ["CN-LN"], **change)
        status, headers, told = w.ask("GET", at, headers={"If-None-Match": tag})
        need(status == 200 and headers["ETag"] not in seen, (change, headers["ETag"]))
        seen.add(headers["ETag"])
    asof(w.redis.client, ["CN-HL"], version=str(VERSION + 9))
    need(w.ask("GET", at, headers={"If-None-Match": headers["ETag"]})[0] == 304, "another province has changed")
    asof(w.redis.client)


def packed(w):
    """The same bytes, for who understands gzip, where it is worth it."""
    for path, asked in QUESTIONS:
        at = serving.place(path, {**asked, "format": "csv"})
        plain = w.ask("GET", at)[2]
        for accept, is_packed in (("gzip", True), ("br, gzip;q=0.5", True), ("*", True), ("gzip;q=0", False), ("br", False), ("identity", False)):
            status, headers, body = w.ask("GET", at, headers={"Accept-Encoding": accept})
            encoding = headers["Content-Encoding"]
            need(status == 200 and (encoding == "gzip") == (is_packed and len(plain) >= 1024), (at, accept, encoding, len(plain)))
            need((gzip.decompress(body) if encoding else body) == plain, (at, accept))


def heads(w):
    """HEAD says what GET would, without a body."""
    for path, asked in [*QUESTIONS, ("/v1/provinces", {}), ("/", {}), ("/openapi.json", {}), ("/v1/doubts", {}), ("/v1/why/CN-LN/RU", {})]:
        at = serving.place(path, asked)
        (a, have, body), (b, head, nothing) = w.ask("GET", at), w.ask("HEAD", at)
        drop = lambda h: {k: v for k, v in h.items() if k not in ("Date", "Content-Length")}
        need((a, b, nothing) == (200, 200, b"") and drop(have) == drop(head) and abs(int(head["Content-Length"]) - int(have["Content-Length"])) < 8, (at, a, b, dict(have), dict(head)))


def lists_of_codes(w):
    for name, some in (("provinces", {"CN-LN", "ALL", "CN"}), ("partners", {"RU", "WORLD", "ALL"}), ("currencies", {"CNY", "USD"}), ("units", {"TNE"}), ("windows", {"31d", "all"}), ("measures", {"export.{currency}"})):
        status, headers, told = w.ask("GET", f"/v1/{name}")
        need(status == 200 and told["list"] == name and some <= {r["code"] for r in told["rows"]} and "max-age" in headers["Cache-Control"], (name, told["rows"][:3]))
        need(all(r["english"] and "chinese" in r for r in told["rows"]), name)
        said = subprocess.run([LOOKUP, "-J", "list", name], capture_output=True, text=True, check=True).stdout
        need(json.loads(said) == told, f"tally-lookup -J list {name} says something else")
        w.wrong(f"/v1/{name}", "x", x="1")


def the_same_as_the_command(w):
    """tally-lookup -J prints the same document."""
    rows = [(["totals", "CN-LN", "RU", "2023"], PAIR, dict(window="2023")), (["totals", "CN-LN", "RU"], PAIR, {}), (["top", "CN-LN", "2023", "export.CNY"], "/v1/top", dict(province="CN-LN", window="2023", measure="export.CNY")),
            (["series", "CN-LN", "RU", "export.CNY"], "/v1/series/CN-LN/RU", dict(measure="export.CNY")), (["totals", "CN-LN", "RU", "--from", "2023-04-01", "--to", "2023-09-30"], PAIR, dict(from_="2023-04-01", to="2023-09-30"))]
    for words, path, asked in rows:
        said = json.loads(subprocess.run([LOOKUP, "-J", "-r", w.redis.url, *words], capture_output=True, text=True, check=True).stdout)
        told = w.get(path, **asked)
        for document in (said, told):
            document.pop("through_age_ms")
        need(said == told, (words, said, told))


def slow_questions(w):
    """why and doubts answer as the commands do; what has changed lately is a list."""
    need(w.get("/v1/doubts")["doubts"] is not None and isinstance(w.get("/v1/doubts", province="CN-LN", partner="RU", limit="3")["doubts"], list), "doubts")
    w.get("/v1/why/CN-LN/RU")
    w.get("/v1/why/CN-LN/RU", window="2023", measure="export.CNY", limit="5", all="1")
    w.get("/v1/why/CN-LN/RU", month="2023-03", measure="export.CNY")
    c = w.redis.client
    for i, partners in enumerate(("RU", "RU KZ", "*", "KR")):
        c.xadd("tt:{CN-LN}:changes", {"version": VERSION + i, "partners": partners}, id=f"{VERSION + i}-0")
    told = w.get("/v1/changes", province="CN-LN")
    need([r["partner"] for r in told["rows"]] == ["KR", "*", "KZ", "RU"] and told["left_out"] == 0, told)
    need([r["partner"] for r in w.get("/v1/changes", province="CN-LN", partner="RU")["rows"]] == ["*", "RU"], "of a partner")
    told = w.get("/v1/changes", limit="1")
    need(len(told["rows"]) == 1 and told["left_out"] == 3, told)
    w.wrong("/v1/why/CN-LN/RU", "month", month="2023")
    w.wrong("/v1/why/CN-LN/RU", "month", month="2023-01", window="2023")
    w.wrong("/v1/why/CN-LN/RU", "all", all="2")
    w.wrong("/v1/doubts", "limit", limit="0")
    w.wrong("/v1/doubts", "province", province="Atlantis")
    w.wrong("/v1/changes", "partner", partner="Atlantis")


def wrong_parameters(w):
    """Unknown, twice, or wrong: 400, and the parameter is named."""
    for path, asked in QUESTIONS:
        w.wrong(path, "colour", **asked, colour="red")
        w.wrong(path, "an_unknown_parameter_with_a_long_name", **asked, an_unknown_parameter_with_a_long_name="1")
        status, _, told = w.ask("GET", serving.place(path, {**asked, "format": "csv"}) + "&format=csv")
        need((status, told["parameter"]) == (400, "format"), told)
    for window in ("32d", "2023-01", "0000", "20x3", "", "ALL", "2023 ", "9999999999999"):
        w.wrong(PAIR, "window", window=window)
    for measure in ("export", "export.XXX", "", "export.cny", "export.qty.XYZ", "x" * 300, "total.derived"):
        w.wrong(PAIR, "measure", measure=measure)
    w.wrong("/v1/totals", "partner", window="2023")
    w.wrong("/v1/totals", "partner", partner="")
    w.wrong("/v1/totals", "partner", partner="RU,")
    w.wrong("/v1/totals", "partner", partner=",".join(sorted(oracle.PARTNERS)[:65]))
    w.get("/v1/totals", partner=",".join(sorted(oracle.PARTNERS)[:64]), window="2023", measure="export.CNY")
    w.wrong("/v1/totals", "partner", partner="Korea")
    w.wrong("/v1/totals/CN-LN", "partner", partner="RU,Atlantis")
    w.wrong("/v1/top", "province", province="Atlantis", measure="export.CNY")
    status, _, told = w.ask("GET", PAIR + "?" + "&".join(f"p{i}=1" for i in range(40)))
    need(status == 400 and told["parameter"] == "p0", told)
    status, _, told = w.ask("GET", PAIR + "?%ff%fe%22%5c=1")
    need(status == 400 and told["parameter"], told)


def other_paths_and_methods(w):
    for path in ("/v2/totals", "/v1", "/v1/totals/CN-LN/RU/x", "/v1/totals//RU", "/v1/totals/CN-LN/", "/v1/totals/", "//", "/v1/top/", "/assets/", "/assets/page.css", "/favicon", "/v1/Totals/CN-LN", "/v1/totals/" + "x" * 300 + "/RU"):
        status, _, told = w.ask("GET", path)
        need(status == 404, (path, status, told))
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        for path in (PAIR, "/v1/top", "/", "/v1/provinces", "/openapi.json"):
            status, headers, _ = w.ask(method, path, b"x" if method == "POST" else None)
            need((status, headers["Allow"]) == (405, "GET, HEAD"), (method, path, status))
    status, _, told = w.ask("POST", PAIR, b"x" * 5000)
    need(status == 413 and told["most"] == 1024, told)


CASES = [a_pair_in_a_window, all_windows_of_a_pair, names_of_places, lists, rankings, series, ranges, details, agreements, pages_of_lists, too_many_rows, no_data_is_not_zero, how_far_to_trust_it, several_scopes, coverage,
         csv_says_the_same, caches, packed, heads, lists_of_codes, the_same_as_the_command, slow_questions, wrong_parameters, other_paths_and_methods]

if __name__ == "__main__":
    sys.exit(play(CASES, sys.argv[2:], lambda: Served(LOOKUP), at_once=6))
