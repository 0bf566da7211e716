#!/usr/bin/env python3
"""tally-ingest check --map: rows of others become records; what a map or a row has wrong is named with its line and its column.

    ingest_map.py TALLY_INGEST [CASE...]

tests/maps/NAME.csv or NAME.json are by hand in the form of each ready map, with figures that nobody published; NAME.expected is what must come of them: records, then refusals, then what is skipped.
"""
import csv, gzip, io, json, os, pathlib, random, re, shutil, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "support")]
import oracle, records
from cases import need, play

INGEST = sys.argv[1]
SMALL = """\
type = trade
basis = STATISTIC
province.column = where
province.codes = gbt2260
partner.column = with
partner.codes = iso3
flow.column = way
flow.codes = 出口=EXPORT, 进口=IMPORT
value.column = amount
currency = CNY
period.column = month
period.date = yyyymm
"""
HEADER = "where,with,way,amount,month\n"
ROW = "21,RUS,出口,10,202301\n"
RECORD = {"type": "trade", "basis": "STATISTIC", "province": "CN-LN", "partner": "RU", "flow": "EXPORT", "value": "10", "currency": "CNY", "period_start": "2023-01-01", "period_end": "2023-01-31"}


class Mapped:
    """What check says of bytes by a map, which is a text here or the name of a ready one."""

    def __init__(self, the_map, data, name="data", chunks=None):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / name
            said = the_map
            if "\n" in the_map:
                the_map, _, more = the_map.partition("\x00")
                (pathlib.Path(folder) / "my.map").write_text(the_map)
                said = f"{folder}/my.map{more}"
            data = data.encode() if isinstance(data, str) else data
            path.write_bytes(data)
            command = [INGEST, "check", "--ids", "--map", said, "-" if chunks else str(path)]
            if chunks:
                p = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                at = 0
                for size in chunks:
                    p.stdin.write(data[at:at + size])
                    p.stdin.flush()
                    at += size
                out, err = p.communicate(data[at:], timeout=60)
                done = subprocess.CompletedProcess(command, p.returncode, out, err)
            else:
                done = subprocess.run(command, capture_output=True, timeout=60)
        self.code, self.err = done.returncode, done.stderr.decode().replace(f"{folder}/", "")
        listed = [json.loads(line) for line in done.stdout.decode().splitlines()]
        self.lines, self.records = [x["line"] for x in listed], [x["record"] for x in listed]
        said = [json.loads(line) for line in self.err.splitlines() if line.startswith("{")]
        self.refused = [s for s in said if "message" in s and "file" in s]
        self.skipped = {s["rule"]: s["rows"] for s in said if s.get("event") == "skipped"}
        self.end = next((s for s in said if s.get("event") == "checked"), {})

    def gives(self, *wanted):
        need(self.records == list(wanted) and self.code == 0, f"exit {self.code}: {self.records}\ninstead of {list(wanted)}\n{self.err}")
        return self

    def refuses(self, *wanted):
        """(line, code, field, column or None, words of the message) for each refusal, with those of `also`."""
        have = []
        for r in self.refused:
            for one in [r, *r.get("also", [])]:
                have.append((r["line"], one["code"], one["field"], one.get("column", one.get("path")), one["message"]))
        fits = len(have) == len(wanted) and all(h[:4] == w[:4] and w[4] in h[4] for h, w in zip(have, wanted))
        need(fits and self.code == 3, f"exit {self.code}: {have}\ninstead of {wanted}\n{self.err}")
        return self


def changed(*lines, drop=()):
    return "".join(line + "\n" for line in SMALL.splitlines() if line.split(" = ")[0] not in drop) + "".join(line + "\n" for line in lines)


def rows_become_records(_):
    Mapped(SMALL, HEADER + ROW).gives(RECORD)
    Mapped(SMALL, HEADER + ROW + "\n,,,,\n" + "22,KAZ,进口,2.5,202312").gives(
        RECORD, {**RECORD, "province": "CN-JL", "partner": "KZ", "flow": "IMPORT", "value": "2.5", "period_start": "2023-12-01", "period_end": "2023-12-31"})
    need(Mapped(SMALL, HEADER + "\n" + ROW + ROW).lines == [3, 4], "a row's line is not that of the file")
    quoted = 'where,with,way,"amount",month,extra\n21,"RUS",出口,"10",202301,"a\n""b"", c"\n' + ROW.strip() + ",\n"
    m = Mapped(changed("attributes.note.column = extra"), quoted).gives({**RECORD, "attributes": {"note": 'a\n"b", c'}}, RECORD)
    need(m.lines == [2, 4], f"{m.lines}")
    for end in ("\r\n", "\r"):
        Mapped(SMALL, ("\ufeff" + HEADER + ROW).replace("\n", end)).gives(RECORD)
    Mapped(changed("delimiter = semicolon, tab"), (HEADER + ROW).replace(",", ";")).gives(RECORD)
    Mapped(changed("delimiter = semicolon, tab"), (HEADER + ROW).replace(",", "\t")).gives(RECORD)
    Mapped(changed("quote = single"), HEADER + ROW.replace("RUS", "'RUS'")).gives(RECORD)
    Mapped(changed("quote = none", "title.column = t"), "t," + HEADER + 'a 5" pipe,' + ROW).gives({**RECORD, "title": 'a 5" pipe'})
    Mapped(changed("header = 3"), "a title, with a comma\nmade,2024\n" + HEADER + ROW).gives(RECORD)
    numbered = SMALL.replace("= where", "= 1").replace("= with", "= 2").replace("= way", "= 3").replace("= amount", "= 4").replace("= month", "= 5")
    Mapped(numbered + "header = none\n", ROW).gives(RECORD)
    Mapped(changed("value.column = amount | sum", drop=["value.column"]), HEADER.replace("amount", "sum") + ROW).gives(RECORD)
    Mapped(changed("commodity.column = hs", "commodity.without ="), HEADER + ROW).gives(RECORD)
    Mapped(SMALL + "\x00,flow=IMPORT,grade=FINAL", HEADER + ROW).gives({**RECORD, "flow": "IMPORT", "grade": "FINAL"})
    empty = Mapped(SMALL, "")
    need((empty.code, empty.end["read"], empty.end["refused"]) == (0, 0, 0) and "nothing to read" in empty.err, f"an empty file: {empty.err}")


def what_the_map_can(_):
    """One setting each: of a cell, the field that comes out; or the refusal."""
    rows = [
        ("value.factor = 万", "amount", "1,234.5678", None), ("value.factor = 万\nvalue.thousands = ,", "amount", "1,234.5678", {"value": "12345678"}),
        ("value.factor = 亿", "amount", "4.264", {"value": "426400000"}), ("value.factor = billion", "amount", "42.64", {"value": "42640000000"}),
        ("value.factor = million", "amount", "0.000001", {"value": "1"}), ("value.factor = thousand", "amount", "0", {"value": "0"}), ("value.factor = 1000", "amount", "007.5", {"value": "7500"}),
        ("value.thousands = ,", "amount", "12,34", None), ("value.thousands = ,", "amount", "1234,567", None), ("value.thousands = ,", "amount", "1,234,567", {"value": "1234567"}),
        ("value.thousands = .\nvalue.decimal = comma", "amount", "1.234,5", {"value": "1234.5"}), ('value.thousands = " "', "amount", "1 234", {"value": "1234"}),
        ("", "amount", "-5", None), ("", "amount", "1e5", None), ("", "amount", "", None), ("", "amount", "1.005", None), ("", "amount", "1.500", {"value": "1.5"}), ("", "amount", "+5", None),
        ("value.round = half-even", "amount", "1.005", {"value": "1", "attributes": {"rounded.value": "1.005"}}), ("value.round = half-even", "amount", "1.015", {"value": "1.02", "attributes": {"rounded.value": "1.015"}}),
        ("value.round = half-even", "amount", "1.0050000000000001", {"value": "1.01", "attributes": {"rounded.value": "1.0050000000000001"}}),
        ("value.round = half-up", "amount", "9.995", {"value": "10", "attributes": {"rounded.value": "9.995"}}), ("value.round = cut", "amount", "9.999", {"value": "9.99", "attributes": {"rounded.value": "9.999"}}),
        ("value.round = cut", "amount", "9.99", {"value": "9.99"}), ("value.round = half-up\nvalue.factor = 万", "amount", "1.23456789", {"value": "12345.68", "attributes": {"rounded.value": "1.23456789"}}),
        ("value.empty = -, n/a\nquantity = 5\nunit = TNE", "amount", "n/a", {"value": None, "currency": None, "quantity": "5", "unit": "TNE"}),
        ("period.date = yyyy-mm", "month", "2024-02", {"period_start": "2024-02-01", "period_end": "2024-02-29"}), ("period.date = yyyy", "month", "2024", {"period_start": "2024-01-01", "period_end": "2024-12-31"}),
        ("period.date = yyyy52, yyyymm", "month", "202452", {"period_start": "2024-01-01", "period_end": "2024-12-31"}), ("period.date = yyyyQq", "month", "2024Q3", {"period_start": "2024-07-01", "period_end": "2024-09-30"}),
        ("period.date = yyyy年m月", "month", "2024年9月", {"period_start": "2024-09-01", "period_end": "2024-09-30"}), ("period.date = d.m.yyyy", "month", "5.1.2024", {"period_start": "2024-01-05", "period_end": "2024-01-05"}),
        ("period.date = yyyymm\nperiod.span = year-to-date", "month", "202409", {"period_start": "2024-01-01", "period_end": "2024-09-30"}), ("period.date = yyyy-mm-dd\nperiod.span = month", "month", "2023-02-03", {"period_start": "2023-02-01", "period_end": "2023-02-28"}),
        ("period.date = yyyy-mm-dd", "month", "2023-02-29", None), ("period.date = yyyymm", "month", "202313", None), ("period.date = yyyymm", "month", "20231", None), ("period.date = yyyymm", "month", "0000 1", None),
        ("partner.codes = m49", "with", "643", {"partner": "RU"}), ("partner.codes = m49", "with", "4", {"partner": "AF"}), ("partner.codes = m49", "with", "842", None), ("partner.codes = comtrade", "with", "842", {"partner": "US"}),
        ("partner.codes = gacc", "with", "344", {"partner": "RU"}), ("partner.codes = names", "with", "俄罗斯", {"partner": "RU"}), ("partner.codes = X1=RU, iso3, *=WORLD", "with", "X1", {"partner": "RU"}),
        ("partner.codes = X1=RU, iso3, *=WORLD", "with", "other", {"partner": "WORLD"}), ("partner.codes = CH=CN, *=*", "with", "KZ", {"partner": "KZ"}), ("partner.codes = RS=RU", "with", "CH", None),
        ("province.codes = gbt2260", "where", "210000", {"province": "CN-LN"}), ("province.codes = gbt2260", "where", "210200", None), ("province.codes = names", "where", "内蒙古", {"province": "CN-NM"}),
        ("commodity.column = with\ncommodity.codes = RUS=", "with", "RUS", {}), ("published_at.column = month\npublished_at.date = yyyymm", "month", "202301", None),
    ]
    for settings, column, cell, want in rows:
        names = {line.split(" = ")[0] for line in settings.splitlines()}
        cells = dict(zip(HEADER.strip().split(","), ["21", "RUS", "出口", "10", "202301"]))
        cells[column] = cell
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([list(cells), list(cells.values())])
        m = Mapped(changed(*settings.splitlines(), drop=names), out.getvalue())
        if want is None:
            need(len(m.refused) == 1 and m.code == 3 and m.refused[0]["line"] == 2 and (m.refused[0].get("column") == column and m.refused[0].get("cell", "") == cell), f"{settings!r} of {cell!r}: {m.err}")
            need(m.refused[0]["message"], "no sentence")
        else:
            m.gives({k: v for k, v in {**RECORD, **want}.items() if v is not None})


def lists_and_texts(_):
    the_map = "type = agreement\nkind.column = kind\nkind.codes = 备忘录=MOU\nprovinces.column = p\nprovinces.codes = names\nprovinces.split = 、\npartners = RU\nparties.column = who\nparties.split = ;\nsigned_on.column = day\nsigned_on.date = yyyy/m/d\nversion.column = v\nsource.name.column = s\nsource.url = https://example.org\n"
    m = Mapped(the_map, 'kind,p,who,day,v,s\n备忘录,辽宁、吉林,"A; B",2023/3/31,7,新华社\n备忘录,辽宁,,2023/3/31,,\n').gives(
        {"type": "agreement", "kind": "MOU", "provinces": ["CN-LN", "CN-JL"], "partners": ["RU"], "parties": ["A", "B"], "signed_on": "2023-03-31", "version": 7, "source": {"name": "新华社", "url": "https://example.org"}},
        {"type": "agreement", "kind": "MOU", "provinces": ["CN-LN"], "partners": ["RU"], "signed_on": "2023-03-31", "source": {"url": "https://example.org"}})
    need(m.end["good"] == 2, f"{m.err}")
    Mapped(the_map, "kind,p,who,day,v,s\n备忘录,Liaoning、吉林省,,2023/3/31,x,\n").refuses((2, "BAD_PROVINCE", "provinces", "p", "CN-JL"))


def rows_that_are_refused(_):
    """The line and the column, and every fault; what lies around them still counts."""
    Mapped(SMALL, HEADER + "21,Russia,export,x,202313\n" + ROW).refuses(
        (2, "BAD_PARTNER", "partner", "with", "RU (Russia)"), (2, "BAD_FLOW", "flow", "way", "EXPORT"), (2, "BAD_VALUE", "value", "amount", "no number"), (2, "BAD_PERIOD", "period", "month", "yyyymm"))
    # what the judge of every line finds, after the map
    Mapped(changed("partner.column = with", drop=["partner.codes", "partner.column"]), HEADER + "21,Russia,出口,10,202301\n").refuses((2, "BAD_PARTNER", "partner", "with", "RU (Russia)"))
    Mapped(SMALL, HEADER + "21,RUS,出口,10,209901\n").refuses((2, "FUTURE", "", None, "2099-01-31"))
    for broken in ('21,"RUS,出口,10,202301\n', '21,RUS",出口,10,202301\n', '21,"RU"S,出口,10,202301\n'):
        m = Mapped(SMALL, HEADER + ROW + broken + ROW + '22,"KAZ",进口,1,202301\n').refuses((3, "BAD_JSON", "", None, "quotation mark"))
        need(m.lines == [2, 4, 5], f"{broken!r}: {m.lines}")
    Mapped(SMALL, HEADER + "21,RUS,出口,1,234,202301\n" + ROW).refuses((2, "BAD_JSON", "", None, "6 cells, and the header 5; is there a delimiter"))
    Mapped(SMALL, HEADER + "21,RUS,出口\n" + ROW).refuses((2, "BAD_JSON", "", None, "3 cells"))
    m = Mapped(SMALL, HEADER + ROW + '21,"' + "x" * 70000 + '",出口,10,202301\n' + ROW).refuses((3, "TOO_LARGE", "", None, "65536"))
    need(m.lines == [2, 4], f"{m.lines}")
    m = Mapped(SMALL, HEADER + ROW + '21,"' + "x\n" * 35000 + ROW)
    need(m.lines[0] == 2 and m.lines[-1] == 35003 and [r["code"] for r in m.refused][:1] == ["TOO_LARGE"], f"{m.lines}, {m.refused[:2]}")
    m = Mapped(SMALL, HEADER + "x" * 300000 + "\n" + ROW)
    need(m.lines == [3] and m.refused[0]["code"] == "TOO_LARGE", f"{m.lines} {m.refused}")
    Mapped(SMALL, (HEADER + ROW).encode().replace("出口".encode(), b"\xff\xfe")).refuses((2, "BAD_TEXT", "flow", "way", "encoding"))
    nul = Mapped(changed("title.column = t"), "t," + HEADER + "a\0b," + ROW)
    need(nul.code == 3 and nul.refused[0]["code"] in ("BAD_TEXT", "BAD_JSON"), f"{nul.err}")


def rows_that_are_skipped(_):
    """None is lost silently: each rule says how many it skipped, of which file."""
    rules = changed("skip = 合计, *nes in with", 'keep = 21, 2? in where', 'skip = "" in amount')
    m = Mapped(rules, HEADER + ROW + "21,合计,出口,1,202301\n21,Areas nes,出口,1,202301\n37,RUS,出口,1,202301\n23,RUS,出口,,202301\n" + ROW)
    need(m.lines == [2, 7] and m.skipped == {"合计, *nes in with": 2, "21, 2? in where": 1, '"" in amount': 1}, f"{m.lines} {m.skipped}")
    need((m.end["read"], m.end["skipped"], m.code) == (2, 4, 0), f"{m.end}")


def maps_that_are_wrong(_):
    """Told before anything is read, with the map's line, what is wrong, and what is wanted; exit 2."""
    rows = [
        (changed("valeu = 1"), "my.map:13: \"valeu\" is neither a field"), (changed("vlaue.column = x"), "my.map:13: \"vlaue.column\" is neither"), (changed("value.factr = 万"), "\"value\" has no \"factr\"; wanted: column"),
        (changed("value.column = amount"), "my.map:13: value.column stands twice, first on line 9"), (changed("currency = USD"), "stands twice, first on line 10"),
        (changed("value = 5"), "value is both a constant and from a column"), (changed("province = CN-LN", drop=["province.column", "province.codes"]), None),
        (changed("province = Liaoning", drop=["province.column", "province.codes"]), "province is \"Liaoning\"; wanted: CN-LN (Liaoning)"), (changed("grade = BEST"), "grade is \"BEST\"; wanted: PRESS, FLASH, PROVISIONAL, FINAL"),
        (changed(drop=["type"]), "type is missing"), (changed("type = treaty", drop=["type"]), "wanted: trade or agreement"), (changed(drop=["flow.column", "flow.codes"]), "flow is missing"), (changed(drop=["flow.column"]), "flow has options, and no column"),
        (changed(drop=["period.column", "period.date"]), "a STATISTIC has a period"), (changed(drop=["period.date"]), "period needs date"), (changed(drop=["currency"]), "value and currency go together"),
        (changed(drop=["value.column", "currency"]), "a record needs a value or a quantity"), (changed("period_end.column = month"), "period is both days"), (changed("kind = MOU"), "no trade event has the field kind"),
        (changed("period.date = mm/yy", drop=["period.date"]), "is no pattern of a date"), (changed("value.factor = dozen"), "factor is \"dozen\""), (changed("value.round = up"), "wanted: half-even, half-up or cut"),
        (changed("partner.codes = fips", drop=["partner.codes"]), "\"fips\" is no table of codes for partner; wanted: m49, iso3, comtrade, gacc, names"), (changed("flow.factor = 万"), "factor, thousands, decimal and round are for value and quantity"),
        (changed("format = xml"), "wanted: csv or json"), (changed("rows = data[]"), "rows is for JSON"), (changed("never = x", "header = none"), "never needs a header"), (changed("encoding = big5"), "encoding is \"big5\""), (changed("delimiter = ,"), "wanted: comma, semicolon, tab or bar"),
        (changed("keep = reporterCode"), "keep wants texts and a column"), (changed("header = none"), "without a header a column is a number"), (changed("source = me"), "wanted: source.name, source.url"), (changed("nonsense"), "my.map:13: no name = value"),
        (changed("currency.name_of = nothing", drop=["currency"]), "name_of is \"nothing\""), (changed("published_at.span = month", "published_at.column = x"), "span needs date"), (changed("value.without = x"), None),
        (changed("unit = tons", "quantity.column = amount"), "unit is \"tons\""), (SMALL + "\x00,flow=EXPRT", "a setting behind its name: flow is \"EXPRT\""), (SMALL + "\x00,nothing", "a setting behind its name: no name = value"),
        (changed("attributes.rounded.value = 1"), "rounded.value and rounded.quantity are the map's own"), (changed(f"attributes.{'x' * 129} = 1"), "names of 1 to 128 bytes"),
        ("# nothing\n", "type is missing"), (SMALL + "x = " + "y" * 70000 + "\n", "over 65536 bytes"), (changed("title = a\udcffb") if False else SMALL + "\x01 = 1\n", "is neither a field"),
    ]
    for the_map, words in rows:
        m = Mapped(the_map, HEADER + ROW)
        if words is None:
            need(m.code in (0, 2), f"{m.err}")
            continue
        need(m.code == 2 and words in m.err and not m.records, f"{words!r} is not in: exit {m.code}: {m.err}")
    need("there is no ready map \"cmtrade\"; there are: china-customs, comext-bulk, comext, comtrade-bulk, comtrade; a file is ./cmtrade" in Mapped("cmtrade", "").err, "ready maps are not listed")
    need("No such file" in Mapped("./nowhere/x.map", "").err, "a file that is not there")
    m = Mapped(SMALL, "where,with,way,sum,month\n" + ROW).refuses((1, "BAD_JSON", "", None, "the header has no column \"amount\", which the map names on line 9; it has: where, with, way, sum, month"))
    need(m.end["read"] == 1, "more than the header was read")
    Mapped(SMALL, "where,with,way,amount,month,month\n" + ROW).refuses((1, "BAD_JSON", "", None, "has \"month\" twice"))
    Mapped(changed("never = mode"), HEADER.strip() + ",mode\n" + ROW.strip() + ",x\n").refuses((1, "BAD_JSON", "", None, "parts of what one record would say"))


FOREIGN = """\
format = json
rows = result.data[]
type = trade
basis = STATISTIC
province = CN-LN
partner.path = who.code
partner.codes = m49
flow.path = flow
flow.codes = X=EXPORT, M=IMPORT
value.path = value
value.round = half-even
currency = USD
period.path = period
period.date = yyyy
keep = false in is.estimate
"""
ONE = {"who": {"code": 643, "name": "Russia"}, "flow": "X", "value": 12.5, "period": 2023, "is": {"estimate": False}, "more": [1, {"deep": "}{][\"\\"}]}
OUT = {"type": "trade", "basis": "STATISTIC", "province": "CN-LN", "partner": "RU", "flow": "EXPORT", "value": "12.5", "currency": "USD", "period_start": "2023-01-01", "period_end": "2023-12-31"}


def rows_of_json(_):
    def whole(*rows, **more):
        return json.dumps({"before": {"data": [{"x": 1}]}, "result": {"other": [[{"data": 1}]], "data": list(rows), "after": {}}, **more})
    for indent in (None, 1):
        m = Mapped(FOREIGN, json.dumps(json.loads(whole(ONE, {**ONE, "flow": "M"})), indent=indent)).gives(OUT, {**OUT, "flow": "IMPORT"})
        need(m.lines == [1, 2], f"{m.lines}")
    m = Mapped(FOREIGN, whole(ONE, {**ONE, "is": {"estimate": True}}, {**ONE, "is": {}}, ONE)).gives(OUT, OUT)
    need(m.skipped == {"false in is.estimate": 2}, f"{m.skipped}")
    Mapped(FOREIGN, whole({**ONE, "flow": "DX", "value": None, "who": 5}, ONE)).refuses((1, "BAD_FLOW", "flow", "flow", "not in the map's codes"))
    Mapped(FOREIGN, whole({**ONE, "who": 5}, ONE)).refuses((1, "BAD_PARTNER", "partner", "who.code", "missing"))
    Mapped(FOREIGN, whole({**ONE, "value": {"x": 1}}, {**ONE, "value": [1]}, {**ONE, "value": "abc"})).refuses(
        (1, "BAD_VALUE", "value", "value", "an object"), (2, "BAD_VALUE", "value", "value", "a list"), (3, "BAD_VALUE", "value", "value", "no number"))
    m = Mapped(FOREIGN, whole(ONE, 5, "x", [ONE], ONE))
    need(m.records == [OUT, OUT] and m.code == 3 and all("no object" in r["message"] for r in m.refused) and m.refused, f"{m.err}")
    for text, words in ((whole(ONE)[:-4], "ends too early"), ('{"result": {"dat": []}}', "no array where the map says"), (whole(ONE).replace('"period"', "period"), "lexical error"),
                        ('{"result": ' + "[" * 2000, "nested too deep"), ("[1,2]", "no array where"), ('{"result": {"data": {"a": 1}}}', "no array where"), ('{"result": {"data": [], "x": "' + "y" * 2000000, "a text of over")):
        m = Mapped(FOREIGN, text)
        need(m.code == 3 and words in m.refused[-1]["message"], f"{words!r}: exit {m.code} {m.err}")
    Mapped(FOREIGN, whole(ONE, {**ONE, "pad": "x" * 70000}, ONE)).refuses((2, "TOO_LARGE", "", None, "65536"))
    Mapped(FOREIGN, whole(ONE).replace('"X"', '"X","flow":"M"')).refuses((1, "BAD_FIELD", "flow", None, "twice"))
    for number, value in (("1.5e3", "1500"), ("12345678901234.125", "12345678901234.12"), ("0.00", "0"), ("4.264E+10", "42640000000"), ("100e-2", "1"), ("1e17", None), ("-1", None), ("0.1e-40", "0"), ("1e-70", None)):
        m = Mapped(FOREIGN, whole({**ONE, "value": "@"}).replace('"@"', number))
        need([r["value"] for r in m.records] == ([value] if value else []) and (value or m.refused[0]["code"] == "BAD_VALUE"), f"{number}: {m.records} {m.err}")
    # without rows each value is one, or each item of an array; what is broken ends with its line
    flat = FOREIGN.replace("rows = result.data[]\n", "")
    for text in (json.dumps([ONE, ONE]), json.dumps(ONE) + "\n" + json.dumps(ONE), json.dumps(ONE, indent=2) + json.dumps(ONE)):
        Mapped(flat, text).gives(OUT, OUT)
    m = Mapped(flat, json.dumps(ONE) + '\n{"broken": }\n' + json.dumps(ONE) + "\n")
    need(m.records == [OUT, OUT] and len(m.refused) == 1 and m.code == 3, f"{m.err}")
    Mapped(FOREIGN.replace("rows = result.data[]", "rows = []"), json.dumps([ONE])).gives(OUT)
    Mapped(FOREIGN.replace("rows = result.data[]", "rows = a[].b[]"), json.dumps({"a": [{"b": [ONE]}, {"c": [ONE]}, {"b": [ONE, ONE]}]})).gives(OUT, OUT, OUT)


def objects_that_are_broken(_):
    """Without a path of rows, an object that is too large and has no end spoils itself alone; behind a bracket that should not be there nobody can read on, and that is told."""
    a_map = "format = json\ntype = trade\nbasis = TRANSACTION\nprovince = CN-LN\npartner = RU\nflow = EXPORT\ncurrency = CNY\nvalue.path = v\noccurred_at.path = t\n"
    row = lambda v: json.dumps({"v": str(v), "t": "2024-01-31T08:00:00+08:00"}) + "\n"
    m = Mapped(a_map, row(1) + '{"v":"' + "x" * 300000 + "\n" + row(3) + row(4))
    need([r["value"] for r in m.records] == ["1", "3", "4"] and len(m.refused) == 1, (m.records, m.err))
    m = Mapped(a_map, row(1) + "[" + "".join(row(v) for v in range(2, 5000)))
    need(m.code != 0 and "was not read" in m.err, m.err[:600])


def any_pieces(_):
    """However a pipe cuts a file, the same comes out."""
    dice = random.Random(9)
    table = HEADER + "".join(dice.choice([ROW, "21,Russia,出口,1,202301\n", '22,"KAZ",进口,"2",202302\r\n', '"x\n', "\n"]) for _ in range(60))
    text = json.dumps({"result": {"data": [{**ONE, "pad": "出" * dice.randint(0, 40)} for _ in range(40)]}}, ensure_ascii=False)
    for the_map, data in ((SMALL, table.encode()), (changed("encoding = utf-8, gb18030"), table.encode("gb18030")), (FOREIGN, text.encode()), (SMALL, gzip.compress(table.encode()))):
        want = Mapped(the_map, data)
        for _ in range(6):
            got = Mapped(the_map, data, chunks=[dice.randint(1, 40) for _ in range(40)])
            need((got.records, got.lines, [r["message"] for r in got.refused]) == (want.records, want.lines, [r["message"] for r in want.refused]) and got.code == want.code, f"{got.err}\ninstead of\n{want.err}")


def encodings_and_packing(_):
    text = HEADER + ROW
    Mapped(changed("encoding = gb18030"), text.encode("gb18030")).gives(RECORD)
    Mapped(changed("encoding = gb18030"), ("\ufeff" + text).encode()).gives(RECORD)
    for data in (text.encode("gb18030"), text.encode(), ("\ufeff" + text).encode()):
        Mapped(changed("encoding = utf-8, gb18030"), data).gives(RECORD)
    for data in (text.rstrip().encode("gb18030"), text.rstrip().encode()):       # the only line that tells has no end
        Mapped(changed("encoding = utf-8, gb18030"), data).gives(RECORD)
        Mapped(changed("encoding = utf-8, gb18030"), data, chunks=[1] * 60).gives(RECORD)
    half = Mapped(changed("encoding = gb18030", "title.column = t"), (HEADER.strip() + ",t\n" + ROW.strip() + ",").encode("gb18030") + b"\xc4")
    half.refuses((2, "BAD_TEXT", "title", "t", "encoding"))
    Mapped(changed("title.column = 名称", "encoding = gb18030"), ("名称," + HEADER + "𠀀㐀€ 商品," + ROW).encode("gb18030")).gives({**RECORD, "title": "𠀀㐀€ 商品"})
    header = "月,where,with,way,amount,month\n"
    Mapped(SMALL, (header + "1," + ROW).encode("gb18030")).refuses((2, "BAD_TEXT", "flow", "way", "encoding"))
    Mapped(changed("title.column = 名"), ("名,").encode("gb18030") + text.encode()).refuses((1, "BAD_JSON", "", None, "encoding = gb18030"))
    Mapped(changed("encoding = gb18030"), text.encode("gb18030").replace("出口".encode("gb18030"), b"\xff\xff")).refuses((2, "BAD_TEXT", "flow", "way", "encoding"))
    Mapped(SMALL, gzip.compress(text.encode())).gives(RECORD)
    Mapped(SMALL, text.encode("utf-16")).refuses((1, "BAD_JSON", "", None, "UTF-16"))
    need(shutil.which("zstd"), "zstd is missing: scripts/install tests")
    pack = lambda data, *how: subprocess.run(["zstd", "-q", "-c", *how], input=data, capture_output=True, check=True).stdout
    Mapped(SMALL, pack(text.encode())).gives(RECORD)
    Mapped(changed("encoding = gb18030"), pack(text.encode("gb18030"))).gives(RECORD)
    many = HEADER.encode() + ROW.encode() * 60000                                # far more than a buffer from few bytes
    for packed in (pack(many, "-19"), pack(many[:100000], "--no-check") + pack(many[100000:]), pack(many, "--no-check", "-1")):
        m = Mapped(SMALL, packed)
        need(len(m.records) == 60000 and m.code == 0, f"{len(m.records)} {m.err[-300:]}")
    plain = "".join(json.dumps(r) + "\n" for r in [RECORD] * 3000).encode()
    done = subprocess.run([INGEST, "check", "-"], input=pack(plain), capture_output=True, timeout=60)
    need(b'"good":3000' in done.stderr and done.returncode == 0, "NDJSON in zstd")
    cut = subprocess.run([INGEST, "check", "-"], input=pack(plain)[:-20], capture_output=True, timeout=60)
    bad = subprocess.run([INGEST, "check", "-"], input=pack(plain)[:20] + b"\xff" * 400, capture_output=True, timeout=60)
    need(cut.returncode == 1 and b"zstd ends too early" in cut.stderr and bad.returncode == 1 and b"zstd is damaged" in bad.stderr, f"{cut.stderr} {bad.stderr}")


FIELDS = "id published_at retrieved_at version grade bound status basis province province_area partner partner_area flow commodity scope currency value unit quantity occurred_at period_start period_end title growth".split()
LISTS = "provinces partners areas parties sectors".split()


def there_and_back(_):
    """Random records, written as CSV by Python and read by a map of plain columns, are the records that they were; and as foreign JSON."""
    wanted = {"trade": [], "agreement": []}
    for line in records.records(7, 3000, refused_rate=0.0):
        record = json.loads(line)
        flat = json.dumps(record, ensure_ascii=False)
        # \\0 is no text of CSV; a bare CR or LF at the end of a cell is trimmed by nobody, but an empty text is left out
        if "\\u0000" in flat or any(v in ("", []) for v in record.values()) or any(v == "" for v in (record.get("source") or {}).values()) or len(flat) > 60000:
            continue
        wanted[record["type"]].append({k: v for k, v in record.items() if v is not None})
    for kind, of_kind in wanted.items():
        names = sorted({k for r in of_kind for k in r} - {"type", "source", "attributes"})
        extras = sorted({k for r in of_kind for k in (r.get("attributes") or {})})[:20]
        of_kind = [r for r in of_kind if set(r.get("attributes") or {}) <= set(extras) and all("|" not in p for p in r.get("parties", []))]
        need(len(of_kind) > 300, f"{len(of_kind)} of {kind}")
        lists = [n for n in names if n in LISTS]
        columns = [(n, n) for n in names] + [("source.name", "source.name"), ("source.url", "source.url")] + [(f"attributes.{e}", f"a{i}") for i, e in enumerate(extras)]
        needed = [f for f in ("basis", "province", "partner", "flow", "kind", "provinces", "partners", "signed_on") if f in names]
        need(needed, "no fields")
        for form in ("csv", "json"):
            word = "column" if form == "csv" else "path"
            the_map = f"type = {kind}\nformat = {form}\n" + "".join(f"{field}.{word} = {column}\n" for field, column in columns) + "".join(f"{n}.split = |\n" for n in lists)
            rows = []
            for r in of_kind:
                cell = {n: r.get(n) for n in names}
                cell.update({"source.name": (r.get("source") or {}).get("name"), "source.url": (r.get("source") or {}).get("url")})
                cell.update({f"a{i}": (r.get("attributes") or {}).get(e) for i, e in enumerate(extras)})
                rows.append(cell)
            if form == "csv":
                out = io.StringIO()
                writer = csv.writer(out, quoting=csv.QUOTE_ALL)
                writer.writerow([c for _, c in columns])
                for cell in rows:
                    writer.writerow(["|".join(cell[c]) if isinstance(cell[c], list) else "" if cell[c] is None else cell[c] for _, c in columns])
                data = out.getvalue()
            else:
                data = json.dumps(rows, ensure_ascii=False)
            m = Mapped(the_map, data)
            need(len(m.records) + len(m.refused) == len(of_kind), f"{len(m.records)} and {len(m.refused)} of {len(of_kind)}: {m.err[:1500]}")
            need(not m.refused, f"{m.refused[:2]}")
            for got, want in zip(m.records, of_kind):
                judged = [oracle.read(json.dumps(x)) for x in (got, want)]
                same = oracle.canonical(judged[0]) == oracle.canonical(judged[1]) and judged[0]["id"] == judged[1]["id"]
                carried = all((got.get(k) or None) == (want.get(k) or None) for k in ("title", "growth", "source", "attributes", "version", "published_at", "grade", "bound"))
                need(same and carried, f"{form}: {got}\ninstead of\n{want}")


def samples_of_ready_maps(_):
    """Files by hand in the form of each source, and what must come of them."""
    seen = set()
    for path in sorted((ROOT / "tests" / "maps").glob("*.expected")):
        want = [json.loads(line) for line in path.read_text().splitlines()]
        head = want.pop(0)
        data = (ROOT / "tests" / "maps" / head["file"]).read_bytes()
        seen.add(head["map"].split(",")[0])
        m = Mapped(head["map"], data)
        got = m.records + [{"line": r["line"], "code": r["code"], "field": r["field"], "column": r.get("column", r.get("path"))} for r in m.refused] + [{"skipped": m.skipped}]
        if os.environ.get("WRITE_EXPECTED"):
            path.write_text("".join(json.dumps(x, ensure_ascii=False) + "\n" for x in [head, *got]))
        need(got == want, f"{path.name}:\n{json.dumps(got, indent=1, ensure_ascii=False)}\ninstead of\n{json.dumps(want, indent=1, ensure_ascii=False)}")
        for record in m.records:
            oracle.read(json.dumps(record))
    ready = {p.stem for p in (ROOT / "maps").glob("*.map")}
    need(seen == ready, f"no sample of {ready - seen}")


def tables_are_whole(_):
    """Every code of the project's own tables is found, and every code of code.def is one."""
    partners = re.findall(r'^PARTNER\(\w+, "(\w\w)", "([^"]*)", "(\w{3})", (\d+), "([^"]*)"\)', (ROOT / "record/partner.def").read_text(), re.MULTILINE)
    codes = re.findall(r'^CODE\("([\w-]+)", "([^"]*)", "(\w+)"\)', (ROOT / "ingest/code.def").read_text(), re.MULTILINE)
    need(len(partners) > 240 and len(codes) > 280, f"{len(partners)} partners, {len(codes)} codes")
    tables = {"m49": [(n, c) for c, _, _, n, _ in partners], "iso3": [(a, c) for c, _, a, _, _ in partners], "names": [(e, c) for c, e, _, _, _ in partners] + [(z, c) for c, _, _, _, z in partners]}
    for table in ("gacc", "comtrade"):
        tables[table] = [(w, c) for t, w, c in codes if t == table]
    for table, pairs in tables.items():
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(HEADER.strip().split(","))
        writer.writerows([["21", w, "出口", "10", "202301"] for w, _ in pairs])
        m = Mapped(changed(f"partner.codes = {table}", drop=["partner.codes"]), out.getvalue())
        need([r["partner"] for r in m.records] == [c for _, c in pairs], f"{table}: {m.err[:600]}")
    units = [(w, c) for t, w, c in codes if t == "gacc-unit"]
    m = Mapped(changed("quantity = 5", "unit.column = u", "unit.codes = gacc-unit"), HEADER.strip() + ",u\n" + "".join(ROW.strip() + f",{w}\n" for w, _ in units))
    need([r["unit"] for r in m.records] == [c for _, c in units], f"{m.err[:600]}")


def memory_is_bounded(_):
    """80 MB of foreign JSON, and of CSV: no more is held than of little."""
    def peak(the_map, make):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "my.map").write_text(the_map)
            with open(f"{folder}/data", "w") as f:
                make(f)
            code = f"import resource,subprocess,sys; p=subprocess.run({[INGEST, 'check', '--map', f'{folder}/my.map', f'{folder}/data']!r},stderr=subprocess.DEVNULL); print(p.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
            quick = {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"}         # a sanitizer keeps what was freed
            done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=True, env=quick).stdout.split()
            need(done[0] == "0", f"exit {done[0]}")
            return int(done[1])

    def many(rows, pad):
        def write(f):
            f.write('{"junk": [' + ",".join(['"' + "x" * 1000 + '"'] * (rows // 4)) + '], "result": {"data": [')
            one = json.dumps({**ONE, "is": {"estimate": True}, "pad": "x" * pad})
            f.write(",".join([one] * rows) + "]}}")
        return write
    small, large = peak(FOREIGN, many(10, 1000)), peak(FOREIGN, many(60000, 1000))
    need(large < small + 8192, f"{large} KiB of 80 MB, {small} of little")
    skip = changed("skip = 21 in where")
    small, large = peak(skip, lambda f: f.write(HEADER + ROW * 10)), peak(skip, lambda f: f.writelines([HEADER] + [ROW * 1000] * 1000))
    need(large < small + 8192, f"CSV: {large} KiB of 25 MB, {small} of little")


def documented():
    """-> files and commands of docs/maps.md: `NAME`: or `NAME` is: before a block is a file; a console has a command and what it says."""
    page = (ROOT / "docs" / "maps.md").read_text()
    files = dict(re.findall(r"`([\w.-]+)`(?: is)?:\n\n```\n(.*?)^```$", page, re.DOTALL | re.MULTILINE))
    return page, files, re.findall(r"^```console\n\$ (tally-ingest .*?)\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


def as_documented(_):
    """docs/maps.md: its example, as a reader would do it; every setting, option, table and ready map is in it."""
    page, files, commands = documented()
    need(len(files) == 2 and len(commands) == 1, f"{list(files)}, {len(commands)} commands")
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            (pathlib.Path(folder) / name).write_text(text)
        for command, says in commands:
            done = subprocess.run(["bash", "-c", command + " 2>&1"], cwd=folder, capture_output=True, text=True, timeout=60, env={**os.environ, "PATH": f"{pathlib.Path(INGEST).resolve().parent}:{os.environ['PATH']}"})
            got = "".join(line + "\n" for line in sorted(done.stdout.splitlines(), key=lambda x: json.loads(x).get("line", 0)) if not line.startswith('{"time"'))
            if os.environ.get("WRITE_EXPECTED"):
                (ROOT / "docs" / "maps.md").write_text(page.replace(says, got))
            need((done.returncode, got) == (3, says), f"exit {done.returncode}, {got} instead of {says}")
    settings = re.findall(r'\{ "(\w+)", (?:true|false), read_', (ROOT / "ingest" / "map_settings.c").read_text())
    options = re.findall(r'\{ "(\w+)", read_', (ROOT / "ingest" / "map_options.c").read_text())
    tables = set(re.findall(r'\{ "([\w-]+)", FIELD_', (ROOT / "ingest" / "map_codes.c").read_text()))
    need(len(settings) == 9 and len(options) == 13 and len(tables) == 8, f"{settings} {options} {tables}")
    missing = [s for s in settings if f"| `{s}` |" not in page] + [o for o in options if f"| `.{o}` |" not in page and f"`FIELD.{o} =" not in page] + [t for t in tables if f"| `{t}` |" not in page]
    missing += [m.stem for m in (ROOT / "maps").glob("*.map") if f"`{m.stem}`" not in page]
    need(not missing, f"docs/maps.md has no {missing}")


CASES = [rows_become_records, what_the_map_can, lists_and_texts, rows_that_are_refused, rows_that_are_skipped, maps_that_are_wrong, rows_of_json, objects_that_are_broken, any_pieces, encodings_and_packing, there_and_back,
         samples_of_ready_maps, as_documented, tables_are_whole, memory_is_bounded]


if __name__ == "__main__":
    sys.exit(play(CASES, sys.argv[2:]))
