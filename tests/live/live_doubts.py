"""What a careful reader should know: tally-lookup doubts, and the coverage beside totals."""
import json, random, re

from answer import minor, shares, totals
from world import ROOT, as_documented, judged, mixed, need, oracle

SERIES = {"type": "trade", "basis": "STATISTIC", "currency": "CNY", "period_start": "2023-01-01", "period_end": "2023-12-31"}


def _lines(*figures):
    return [json.dumps({**SERIES, **f}).encode() for f in figures]


def _of(province, partner, value, flow="EXPORT", **more):
    return {"province": province, "partner": partner, "value": str(value), "flow": flow, **more}


def _counted(w, lines):
    w.begin()
    w.ingest(lines).wait(60)
    w.aggregate_to_end()


def _example(name):
    return (ROOT / "examples" / name).read_bytes().splitlines()


def _doubts(w, *operands, code=0):
    return json.loads(w.lookup("-J", "doubts", *operands).ends_with(code, 30).out)


def _says(text, *words):
    for word in words:
        need(word in text, f"it does not say {word!r}: {text}")


def doubts_of_the_northeast(w):
    """42.64 billion of exports are larger than their year, by how much, and where they would fit; nothing about dollars."""
    _counted(w, _example("northeast-2023.ndjson"))
    out = w.lookup("doubts", "CN-LN", "RU").ends_with(0, 30).out
    _says(out, "1. [contradicted] Liaoning x Russia, exports, 2023-01 to 2023-09: 42.64 billion CNY is larger than the 14.4 billion CNY of 2023 that stand, by 28.24 billion CNY.",
          "A guess: it fits as a total, within the 54.9 billion CNY of 2023.")
    need("USD" not in out and "dollar" not in out and "\n2. " not in out, out)
    as_documented(out, "tally-lookup doubts CN-LN RU")
    why = w.lookup("-b", w.kafka.address, "why", "CN-LN", "RU", "2023", "export.CNY").ends_with(0, 30).out
    as_documented(why, "tally-lookup -b localhost:9092 why CN-LN RU 2023 export.CNY")
    as_documented(w.lookup("--csv", "totals", "CN-LN", "RU", "2023").ends_with(0, 30).out, "tally-lookup --csv totals CN-LN RU 2023")
    said = _doubts(w)
    need(said["found"] == {"contradicted": 1, "at_least": 1} and said["left_out"] == 0 and said["complete"], said)
    first = said["doubts"][0]
    need((first["kind"], first["by"], first["guess"], first["fits"]["measure"], first["fits"]["amount"]) == ("contradicted", "28240000000.00", "column", "total.CNY", "54900000000.00"), first)
    need(said["doubts"][1]["figure"]["province"] == "CN-JL", said)
    need(_doubts(w, "CN-SD", "RU")["doubts"] == [], "Shandong is in doubt")
    said = _doubts(w, "--limit", "1")
    need(len(said["doubts"]) == 1 and said["left_out"] == 1, said)
    _says(w.lookup("doubts", "--limit", "1").ends_with(0, 30).out, "\nand 1 more (--limit 1)\n")


def doubts_of_a_swap(w):
    """An agency printed June's exports and imports swapped: both are named, and that they fit swapped."""
    _counted(w, _example("press-china-russia-2023.ndjson"))
    out = w.lookup("doubts", "CN", "RU").ends_with(0, 30).out
    _says(out, "China x Russia, exports, 2023-06: 11.28 billion USD and the 42.95 billion USD of 2023-01 to 2023-05 come to 54.23 billion USD, 1.946 billion USD more than the 52.284 billion USD",
          "China x Russia, imports, 2023-06: 9.551 billion USD and the 50.85 billion USD of 2023-01 to 2023-05 come to 60.401 billion USD, 1.862 billion USD less than the 62.263 billion USD",
          "A guess: exports and imports are swapped; it fits as imports, and 9.551 billion USD as exports.")
    need("\n3. " not in out, out)
    p = w.lookup("doubts", "CN", "RU", "--fail").ends_with(3, 30)
    need("2 doubts" in p.err, p.err)
    w.lookup("doubts", "CN-LN", "RU", "--fail").ends_with(0, 30)


def no_doubts(w):
    """A bulletin of customs, to the last yuan: nothing is said, and --fail ends with 0; an empty Redis is partial."""
    w.begin()
    w.lookup("doubts").ends_with(3, 30)
    _counted(w, _example("bulletin-2024-ru-ua.ndjson"))
    out = w.lookup("doubts", "--fail").ends_with(0, 30).out
    _says(out, "\nno doubts\n")
    need(_doubts(w)["doubts"] == [], "JSON has some")
    for wrong in (["CN-XX"], ["CN-LN", "XX"], ["CN-LN", "RU", "2023"]):
        w.lookup("doubts", *wrong).ends_with(2, 30)


def parts_above_their_wholes(w):
    """Chapters, cities, provinces, members, all provinces and all partners, yuan and dollars, two sources: each is told, and the worst first."""
    bn = 1001 * 10 ** 6                              # in four digits: rounding explains little
    _counted(w, _lines(
        _of("CN-LN", "RU", 10 * bn), _of("CN-LN", "RU", 12 * bn, commodity="87"), _of("CN-LN", "RU", 14 * bn, commodity="8703"),
        _of("CN-SD", "RU", 20 * bn), _of("CN-SD", "RU", 25 * bn, province_area="370300"),
        _of("CN", "RU", 25 * bn), _of("CN", "JP", 10 * bn), _of("CN-HL", "JP", 11 * bn), _of("CN-HK", "JP", 99 * bn),
        _of("CN-GD", "VN", 30 * bn), _of("CN-GD", "ASEAN", 28 * bn), _of("CN-GD", "TH", 25 * bn), _of("CN-GD", "WORLD", 50 * bn),
        _of("CN-FJ", "VN", 20 * bn), _of("CN-FJ", "ASEAN", 28 * bn), _of("CN-FJ", "TH", 15 * bn),
        _of("CN-SC", "RU", 71 * bn // 100), _of("CN-SC", "RU", 1 * bn, currency="USD"),
        _of("CN-JL", "KP", 5 * bn, id="a"), _of("CN-JL", "KP", 6 * bn, id="b"),
    ))
    said = _doubts(w)
    told = [(d["kind"], d["figure"]["province"], d["figure"]["partner"], d["figure"].get("commodity", "")) for d in said["doubts"]]
    for want in [("part_above_whole", "CN-LN", "RU", "87"), ("part_above_whole", "CN-LN", "RU", "8703"), ("part_above_whole", "CN-SD", "RU", ""), ("part_above_whole", "CN-HL", "JP", ""),
                 ("part_above_whole", "CN-GD", "VN", ""), ("provinces_above_nation", "CN", "RU", ""), ("partners_above_world", "CN-GD", "WORLD", ""), ("no_rate", "CN-SC", "RU", ""),
                 ("undecided", "CN-JL", "KP", ""), ("parts_above_whole", "CN-FJ", "ASEAN", "")]:
        need(want in told, f"{want} is not told: {told}")
    need(("part_above_whole", "CN-HK", "JP", "") not in told, "Hong Kong is no part of national figures")
    kinds = [d["kind"] for d in said["doubts"]]
    order = ["contradicted", "mismatched", "part_above_whole", "parts_above_whole", "provinces_above_nation", "partners_above_world", "no_rate", "undecided", "adjusted", "at_least"]
    need(kinds == sorted(kinds, key=order.index), kinds)
    out = w.lookup("doubts").ends_with(0, 30).out
    _says(out, "6.006 billion CNY is shown, and a source of equal authority says 5.005 billion CNY", "0.7100 yuan per dollar")
    need([d["figure"]["province"] for d in _doubts(w, "CN", "JP")["doubts"]] == ["CN-HL"], "CN x JP alone")
    need(_doubts(w, "CN-HL", "JP")["doubts"][0]["by"] == f"{bn}.00", "Heilongjiang x Japan alone")


def facts_that_two_sources_tell(w):
    """Of one authority and version: both values; a later version, and what was retracted, is no doubt."""
    deal = {"type": "trade", "basis": "TRANSACTION", "province": "CN-LN", "partner": "RU", "flow": "EXPORT", "currency": "CNY", "occurred_at": "2023-03-31T12:00:00+08:00"}
    signed = {"type": "agreement", "id": "mou", "kind": "MOU", "provinces": ["CN-LN", "CN-JL"], "partners": ["RU"], "signed_on": "2023-03-31"}
    facts = [deal | {"id": "told-twice", "value": "500"}, deal | {"id": "told-twice", "value": "600"},
             deal | {"id": "corrected", "value": "500"}, deal | {"id": "corrected", "value": "600", "version": 2},
             deal | {"id": "moved", "value": "500"}, deal | {"id": "moved", "value": "700", "province": "CN-SD", "version": 2},
             deal | {"id": "gone", "value": "500"}, deal | {"id": "gone", "value": "600"}, deal | {"id": "gone", "value": "600", "version": 3, "status": "RETRACTED"},
             signed, signed | {"kind": "CONTRACT"}]
    lines = [json.dumps(f).encode() for f in facts]
    _counted(w, lines)
    out = w.lookup("doubts", "LN", "RU").ends_with(0, 30).out
    _says(out, "Liaoning x Russia, a deal in exports, 2023-03-31: 600 CNY is shown, and a source of equal authority says 500 CNY.",
          "an agreement, 2023-03-31: a source of equal authority says something else (kind).")
    need("\n3. " not in out, out)
    need(_doubts(w, "JL", "RU")["found"] == {"undecided": 1}, "the agreement is Jilin's, too")
    need(_doubts(w, "SD", "RU")["found"] == {}, "what was moved is decided")
    said, want = totals(json.loads(w.lookup("-J", "totals", "LN", "RU", "2023").ends_with(0, 30).out)), judged(lines)[0]["{CN-LN}:RU:2023"]
    need(said == {"2023": want} and {"deals.export.undecided", "agreements.undecided"} <= set(want), f"the totals say otherwise: {said}")


def coverage(w):
    """ALL x RU of CN x RU, CN-LN x ALL of CN-LN x WORLD: the share, the days of the whole, and only where both are known."""
    bn = 10 ** 9
    _counted(w, _lines(
        _of("CN", "RU", 100 * bn), _of("CN-LN", "RU", 30 * bn), _of("CN-HL", "RU", 13 * bn, period_end="2023-09-30"), _of("CN-LN", "JP", 10 * bn),
        _of("CN-LN", "WORLD", 80 * bn, period_end="2023-09-30"), _of("CN-LN", "RU", 5 * bn, flow="IMPORT"),
        _of("CN", "KR", 10 * bn), _of("CN-HL", "KR", 4 * bn), _of("CN-HK", "KR", 5 * bn),   # Hong Kong is no part of national figures
    ))

    def ask(*operands):
        return shares(json.loads(w.lookup("-J", *operands).ends_with(0, 30).out))
    said = ask("totals", "ALL", "RU", "2023")
    need(said == {("2023", "export.CNY"): [{"parts": {"province": "ALL", "partner": "RU", "value": f"{43 * bn}.00", "count": 2, "days": [273, 365]},
                                            "whole": {"province": "CN", "partner": "RU", "value": f"{100 * bn}.00", "days": 365}, "percent": "43.0"}]}, said)
    as_documented(w.lookup("totals", "ALL", "RU", "2023").ends_with(0, 30).out, "tally-lookup totals ALL RU 2023")
    _says(w.lookup("totals", "ALL", "KR", "2023").ends_with(0, 30).out, "40.0 % of CN x KR (10,000,000,000.00; of 365 days, one part)")
    _says(w.lookup("totals", "CN", "RU", "2023").ends_with(0, 30).out, "ALL x RU has 43.0 % of it (43,000,000,000.00; 2 parts of 273 to 365 days)")
    said = ask("totals", "LN", "ALL")
    need({window for window, _ in said} == {"366d", "2023"} and all(c["percent"] == "50.0" and c["whole"]["days"] == 273 for (c,) in said.values()), said)
    said = ask("top", "LN", "2023", "export.CNY")
    need(list(said) == [("2023", "export.CNY")] and said["2023", "export.CNY"][0]["percent"] == "50.0", said)
    need(said["2023", "export.CNY"][0]["parts"] == {"province": "CN-LN", "partner": "ALL", "value": f"{40 * bn}.00", "count": 2, "days": [365, 365]}, said)
    _says(w.lookup("top", "LN", "2023", "export.CNY").ends_with(0, 30).out, "all of them: 40,000,000,000.00 CNY, 50.0 % of CN-LN x WORLD (80,000,000,000.00; of 273 days, 2 parts of 365)")
    need(not ask("totals", "LN", "RU") and not ask("totals", "HL", "ALL") and not ask("top", "LN", "2023", "import.CNY"), "nobody knows the whole")


def _shared(want, province, partner, window):
    """What coverage is to say, by the oracle: measure -> list."""
    of = lambda p, q: want.get(f"{{{p}}}:{q}:{window}", {})
    provinces, countries = [p for p in oracle.PROVINCES if p not in ("CN", "CN-HK", "CN-MO", "CN-TW")], sorted(oracle.PARTNERS - oracle.GROUPS)
    sides = []                                       # the whole, its parts, what is no part of it, the pairs that are parts; is the whole asked for?
    if partner != "ALL" and province in ("ALL", "CN"):
        sides.append((("CN", partner), ("ALL", partner), [(p, partner) for p in ("CN-HK", "CN-MO", "CN-TW")], [(p, partner) for p in provinces], province == "CN"))
    if partner in ("ALL", "WORLD") and province != "ALL":
        sides.append(((province, "WORLD"), (province, "ALL"), [], [(province, q) for q in countries], partner == "WORLD"))
    told = {}
    for measure in of(province, partner):
        if not re.fullmatch(r"(export|import|total)\.(qty\.)?[0-9A-Z]{2,3}", measure) or window == "all":
            continue
        days = measure.replace(".", ".days.", 1)
        for whole, parts, apart, pairs, is_whole in sides:
            of_whole, of_parts = of(*whole).get(measure, 0), of(*parts).get(measure, 0) - sum(of(*pair).get(measure, 0) for pair in apart)
            if of_whole <= 0 or of_parts <= 0:
                continue
            counted = [of(*pair)[days] for pair in pairs if days in of(*pair)]
            said = {"parts": (*parts, of_parts, len(counted), [min(counted), max(counted)] if counted else None),
                    "whole": (*whole, of_whole, None if is_whole else of(*whole).get(days)), "percent": f"{of_parts * 1000 // of_whole / 10:.1f}"}
            told.setdefault(measure, []).append(said)
    return told


def coverage_is_what_the_oracle_says(w):
    """Hundreds of margins and wholes of random statistics: each share, its two amounts, the days and the number of its parts."""
    lines, want = mixed(4000, seed=51, kind="statistics", provinces=4, partners=4)
    more = [_of(place, partner, random.Random(f"{place}{partner}").randrange(1, 10 ** 11), flow=flow) for place in ("CN", "CN-LN", "CN-HK") for partner in ("RU", "WORLD") for flow in ("EXPORT", "IMPORT")]
    lines = [*lines, *_lines(*more)]
    want, _ = judged(lines)
    _counted(w, lines)
    places = sorted({tuple(key.split(":")[:3]) for key in want if ":detail" not in key and ":top:" not in key and ":months" not in key})
    asked = [(p.strip("{}"), q, window) for p, q, window in places if q in ("ALL", "WORLD") or p in ("{ALL}", "{CN}")]
    seen = 0
    for province, partner, window in random.Random(5).sample(asked, min(150, len(asked))):
        told = shares(json.loads(w.lookup("-J", "totals", province, partner, window).ends_with(0, 30).out))
        have = {}
        for (when, measure), said in told.items():
            need(when == window, f"{province} {partner} {window}: {when}")
            flat = lambda side: (side["province"], side["partner"], minor(measure, side["value"]))
            have[measure] = [{"parts": (*flat(c["parts"]), c["parts"].get("count", 0), c["parts"].get("days")), "whole": (*flat(c["whole"]), c["whole"].get("days")), "percent": c["percent"]} for c in said]
        theirs = _shared(want, province, partner, window)
        need(have == theirs, f"{province} {partner} {window}: {have}, not {theirs}")
        seen += sum(map(len, have.values()))
    need(seen > 100, f"only {seen} shares")
    w.note(f"{seen} shares in {len(asked)} margins and wholes")


def coverage_on_a_cluster(w):
    """CN and ALL lie in other slots than a province, and the journals in slots of their own."""
    w.begin_cluster(partitions=4)
    bn = 10 ** 9
    w.ingest(_lines(_of("CN", "RU", 100 * bn), _of("CN-LN", "RU", 43 * bn), _of("CN-LN", "RU", 50 * bn, period_end="2023-09-30"))).ends_with(0, 60)
    w.aggregate_to_end()
    _says(w.lookup("totals", "ALL", "RU", "2023").ends_with(0, 30).out, "43.0 % of CN x RU")
    need(_doubts(w, "LN", "RU")["found"] == {"contradicted": 1}, "no doubt on a cluster")
