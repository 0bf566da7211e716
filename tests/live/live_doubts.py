"""What a careful reader should know: tally-lookup doubts, and the coverage beside totals."""
import json

from world import ROOT, as_documented, need

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
    said = _doubts(w)
    need(said["found"] == {"contradicted": 1, "at_least": 1} and said["left_out"] == 0 and said["complete"], said)
    first = said["doubts"][0]
    need((first["kind"], first["by"], first["guess"], first["fits"]["measure"], first["fits"]["amount"]) == ("contradicted", 2824000000000, "column", "total.CNY", 5490000000000), first)
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
    need(_doubts(w, "CN-HL", "JP")["doubts"][0]["by"] == 1 * bn * 100, "Heilongjiang x Japan alone")


def facts_that_two_sources_tell(w):
    """Of one authority and version: both values; a later version, and what was retracted, is no doubt."""
    deal = {"type": "trade", "basis": "TRANSACTION", "province": "CN-LN", "partner": "RU", "flow": "EXPORT", "currency": "CNY", "occurred_at": "2023-03-31T12:00:00+08:00"}
    signed = {"type": "agreement", "id": "mou", "kind": "MOU", "provinces": ["CN-LN", "CN-JL"], "partners": ["RU"], "signed_on": "2023-03-31"}
    facts = [deal | {"id": "told-twice", "value": "500"}, deal | {"id": "told-twice", "value": "600"},
             deal | {"id": "corrected", "value": "500"}, deal | {"id": "corrected", "value": "600", "version": 2},
             deal | {"id": "moved", "value": "500"}, deal | {"id": "moved", "value": "700", "province": "CN-SD", "version": 2},
             deal | {"id": "gone", "value": "500"}, deal | {"id": "gone", "value": "600"}, deal | {"id": "gone", "value": "600", "version": 3, "status": "RETRACTED"},
             signed, signed | {"kind": "CONTRACT"}]
    _counted(w, [json.dumps(f).encode() for f in facts])
    out = w.lookup("doubts", "LN", "RU").ends_with(0, 30).out
    _says(out, "Liaoning x Russia, a deal in exports, 2023-03-31: 600 CNY is shown, and a source of equal authority says 500 CNY.",
          "an agreement, 2023-03-31: a source of equal authority says something else (kind).")
    need("\n3. " not in out, out)
    need(_doubts(w, "JL", "RU")["found"] == {"undecided": 1}, "the agreement is Jilin's, too")
    need(_doubts(w, "SD", "RU")["found"] == {}, "what was moved is decided")
    need(w.lookup("-J", "totals", "LN", "RU", "2023").ends_with(0, 30).out.count("undecided") == 2, "the totals say otherwise")


def coverage(w):
    """ALL x RU of CN x RU, CN-LN x ALL of CN-LN x WORLD: the share, the days of the whole, and only where both are known."""
    bn = 10 ** 9
    _counted(w, _lines(
        _of("CN", "RU", 100 * bn), _of("CN-LN", "RU", 30 * bn), _of("CN-HL", "RU", 13 * bn, period_end="2023-09-30"), _of("CN-LN", "JP", 10 * bn),
        _of("CN-LN", "WORLD", 80 * bn, period_end="2023-09-30"), _of("CN-LN", "RU", 5 * bn, flow="IMPORT"),
        _of("CN", "KR", 10 * bn), _of("CN-HL", "KR", 4 * bn), _of("CN-HK", "KR", 5 * bn),   # Hong Kong is no part of national figures
    ))

    def ask(*operands):
        return json.loads(w.lookup("-J", *operands).ends_with(0, 30).out)
    said = ask("totals", "ALL", "RU", "2023")["coverage"]
    need(said == [{"window": "2023", "measure": "export.CNY", "parts": {"province": "ALL", "partner": "RU", "total": 43 * bn * 100, "count": 2, "days": [273, 365]},
                   "whole": {"province": "CN", "partner": "RU", "total": 100 * bn * 100, "days": 365}, "percent": 43.0}], said)
    as_documented(w.lookup("totals", "ALL", "RU", "2023").ends_with(0, 30).out, "tally-lookup totals ALL RU 2023")
    _says(w.lookup("totals", "ALL", "KR", "2023").ends_with(0, 30).out, "40.0 % of CN x KR (10,000,000,000.00; of 365 days, one part)")
    _says(w.lookup("totals", "CN", "RU", "2023").ends_with(0, 30).out, "ALL x RU has 43.0 % of it (43,000,000,000.00; 2 parts of 273 to 365 days)")
    said = ask("totals", "LN", "ALL")["coverage"]
    need({c["window"] for c in said} == {"366d", "2023"} and said[0]["percent"] == 50.0 and said[0]["whole"]["days"] == 273, said)
    said = ask("top", "LN", "2023", "export.CNY")
    need(said["coverage"][0]["percent"] == 50.0 and said["coverage"][0]["parts"]["days"] == [365, 365] and said["coverage"][0]["parts"]["count"] == 2, said)
    _says(w.lookup("top", "LN", "2023", "export.CNY").ends_with(0, 30).out, "all of them: 40,000,000,000.00 CNY, 50.0 % of CN-LN x WORLD (80,000,000,000.00; of 273 days, 2 parts of 365)")
    need("coverage" not in ask("totals", "LN", "RU") and "coverage" not in ask("totals", "HL", "ALL") and "coverage" not in ask("top", "LN", "2023", "import.CNY"), "nobody knows the whole")


def coverage_on_a_cluster(w):
    """CN and ALL lie in other slots than a province, and the journals in slots of their own."""
    w.begin_cluster(partitions=4)
    bn = 10 ** 9
    w.ingest(_lines(_of("CN", "RU", 100 * bn), _of("CN-LN", "RU", 43 * bn), _of("CN-LN", "RU", 50 * bn, period_end="2023-09-30"))).ends_with(0, 60)
    w.aggregate_to_end()
    _says(w.lookup("totals", "ALL", "RU", "2023").ends_with(0, 30).out, "43.0 % of CN x RU")
    need(_doubts(w, "LN", "RU")["found"] == {"contradicted": 1}, "no doubt on a cluster")
