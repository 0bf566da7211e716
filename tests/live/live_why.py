"""Why a number is what it is: the records behind it come to it, to the last unit, and the others have their reasons."""
import collections, json, random, re

import confluent_kafka

from answer import digits, minor, unit
from world import ROOT, judged, mixed, need, numbers, oracle, questions, records, until

AMOUNT = re.compile(r"(deals\.)?(export|import|total)\.(qty\.[0-9A-Z]{2,3}|[A-Z]{3})|agreements|agreements\.(?!MOU)[A-Z]{3}")
SEEN = collections.Counter()


def _why(w, *question, code=0, brokers=True, more=()):
    """-> the object, and the text of the same question."""
    asked = ["--max-age", "0", *(["-b", w.kafka.address] if brokers else []), *more, "why", *question]
    said = json.loads(w.lookup("-J", *asked).ends_with(code, 30).out)
    return said, w.lookup(*asked).ends_with(code, 30).out


def _shown(unit_digits, number):
    whole = f"{abs(number):0{unit_digits + 1}d}"
    head = f"{int(whole[:len(whole) - unit_digits] or 0):,}"
    return ("-" if number < 0 else "") + head + ("." + whole[len(whole) - unit_digits:] if unit_digits else "")


def _holds(w, want, province, partner, when, measure=None, more=("--limit", "1000")):
    """Both forms of one answer, against the oracle."""
    question = [province, partner, when, *([measure] if measure else [])]
    said, text = _why(w, *question, more=more)
    theirs = {m: v for m, v in numbers(want, province, partner, when).items() if measure in (None, m)}
    need(said["complete"] and not said["moved"] and said["kafka"] == "answered", f"{question}: {said['kafka']}")
    have = {m: minor(m, about["total"]) for m, about in said["measures"].items() if minor(m, about["total"])}
    need(have == theirs, f"{question}: totals are {have}, not {theirs}")
    for m, about in said["measures"].items():
        need(about["unit"] == unit(m), f"{question} {m}: {about['unit']}")
        need(about["equal"] and about["sum"] == about["total"], f"{question} {m}: records come to {about['sum']}, not {about['total']}")
        SEEN.update(r["as"] for r in about["left_out"])
        SEEN.update(r["as"] for r in about["adds"])
        SEEN.update("undecided" for r in about["adds"] if r["undecided"])
        SEEN.update("mismatched" for r in about["adds"] if "mismatched" in r)
        need(all(r["id"] for r in about["adds"] + about["left_out"]), f"{question} {m}: a record without its id")
        if about["records"] == len(about["adds"]):
            need(sum(minor(m, r["adds"]) for r in about["adds"]) == minor(m, about["sum"]), f"{question} {m}: those shown do not come to {about['sum']}")
        if not (measure or AMOUNT.fullmatch(m)):
            line = re.search(rf"^{re.escape(m)} +(\S+) +\S+$", text, re.M)
            need(line and line[1] == _shown(digits(m), minor(m, about["total"])), f"{question} {m}: {about['total']}, but the text says {line and line[0]}")
            continue
        line = re.search(rf"^{re.escape(m)}: (\S+) \S+ from (\d+) records?, as in the totals$", text, re.M)

        need(line and line[1] == _shown(digits(m), minor(m, about["sum"])) and int(line[2]) == about["records"], f"{question} {m}: {about['sum']} from {about['records']}, but the text says {line and line[0]}")
    need("NOT THE SAME" not in text, text)
    return said, text


def records_come_to_the_totals(w):
    """Hundreds of random numbers of mixed and of dense records: pairs, margins, CN, groups, windows and months; text and JSON."""
    SEEN.clear()
    for seed, count, knobs in ((41, 3000, {}), (42, 1500, {"kind": "statistics", "provinces": 2, "partners": 3})):
        lines, want = mixed(count, seed=seed, **knobs)
        w.begin()
        w.ingest(lines).wait(60)
        w.aggregate_to_end()
        rng = random.Random(seed)
        asked = 0
        for province, partner, when, measure in questions(want, rng, 110):
            _holds(w, want, province, partner, when, measure)
            asked += 1
        for province, partner in (("ALL", "ALL"), ("CN", "ALL"), ("ALL", rng.choice(sorted({k.split(":")[1] for k in want} & oracle.GROUPS) or ["RU"]))):
            _holds(w, want, province, partner, "all")
        few = _why(w, "ALL", "ALL", "all", more=("--limit", "3"))[0]
        for m, about in few["measures"].items():
            need(about["equal"] and len(about["adds"]) <= 6, f"{m}: {len(about['adds'])} records for --limit 3")
    missing = {"stated", "derived", "unsplit", "adjusted", "contradicted", "covered", "vaguer", "disputes", "retraction", "retracted", "part",
               "not_in_force", "undecided", "mismatched", "moved", "limits"} - set(SEEN)
    need(not missing, f"never seen: {sorted(missing)}; {dict(SEEN)}")
    w.note(f"{sum(SEEN.values())} records: {', '.join(f'{n} {k}' for k, n in SEEN.most_common())}")


def the_examples_say_why(w):
    """The two figures of June that the press printed swapped, and Liaoning's 42.64 billion."""
    files = sorted((ROOT / "examples").glob("*.ndjson"))
    lines = [line for f in files for line in f.read_bytes().splitlines() if line.strip()]
    want, _ = judged(lines)
    w.begin()
    w.ingest(lines).wait(60)
    w.aggregate_to_end()
    for province, partner, when, measure in questions(want, random.Random(4), 60):
        _holds(w, want, province, partner, when, measure)

    for flow in ("export", "import"):
        said, text = _holds(w, want, "CN", "RU", "2023", f"{flow}.USD")
        out = [r for r in said["measures"][f"{flow}.USD"]["left_out"] if r["as"] == "contradicted" and (r["from"], r["to"]) == ("2023-06-01", "2023-06-30")]
        need(len(out) == 1, f"{flow}s of June 2023: {said['measures'][f'{flow}.USD']['left_out']}")
        against = out[0]["with"]["records"][0]
        need(against["from"] == "2023-01-01" and minor(f"{flow}.USD", out[0]["with"]["by"]) > 0 and against["id"], f"{flow}s of June 2023 are contradicted by {out[0]['with']}")
        need("contradicted by " + against["id"] in text, text)
        w.note(out[0]["why"])
    everything = _holds(w, want, "CN-LN", "RU", "2023")[0]["measures"]
    held = [r for about in everything.values() for r in about["adds"] + about["left_out"] if r["states"] == "42640000000.00"]
    need(held and held[0]["as"] == "contradicted", f"Liaoning's 42.64 billion: {held}")
    w.note(held[0]["why"])


def what_a_count_is_told_with(w):
    """A record that states a value and a quantity, of which one stands and the other is contradicted: a count of contradictions is told with the quantity, in its unit."""
    def figure(id, value, quantity, **more):
        return json.dumps({"type": "trade", "id": id, "version": 1, "basis": "STATISTIC", "province": "CN-LN", "partner": "RU", "flow": "EXPORT", "value": value, "currency": "CNY",
                           "quantity": quantity, "unit": "TNE", "period_start": "2023-01-01", "period_end": "2023-12-31"} | more).encode()
    lines = [figure("year", "100.21", "50.111", grade="FINAL"), figure("part", "60.13", "97.333", period_end="2023-06-30")]
    want, _ = judged(lines)
    w.begin()
    w.ingest(lines).wait(60)
    w.aggregate_to_end()
    said, text = _holds(w, want, "CN-LN", "RU", "2023", "export.contradicted")
    record = said["measures"]["export.contradicted"]["adds"][0]
    need((record["of"], record["states"], record["as"]) == ("export.qty.TNE", "97.333", "contradicted"), f"{record}")
    need("97.333 TNE" in text and " TNE more than that one allows" in text and "60.13" not in text, text)
    text = _holds(w, want, "CN-LN", "RU", "2023", "export.events")[1]
    need("60.13 CNY" in text and "contradicted" not in text, text)


def why_without_kafka(w):
    """Kafka is not asked, or does not answer: what the journals know is told, and that Kafka was not there."""
    lines, want = mixed(600, seed=43)
    w.begin()
    w.ingest(lines).wait(60)
    w.aggregate_to_end()
    said, text = _why(w, "ALL", "ALL", "all", brokers=False)
    need(said["kafka"] == "not asked" and "Kafka was not asked" in text, text)
    need(all(about["equal"] for about in said["measures"].values()), "sums are not the totals")
    need(re.search(r"trade-events/\d+ at \d+", text), text)
    said = json.loads(w.lookup("-J", "--max-age", "0", "-b", "127.0.0.1:1", "why", "ALL", "ALL").ends_with(0, 30).out)
    need(said["kafka"] == "no answer", said["kafka"])
    w.kafka.freeze()
    try:
        p = w.lookup("--max-age", "0", "-b", w.kafka.address, "why", "ALL", "ALL").ends_with(0, 30)
        need("Kafka did not answer" in p.out, p.out[:500])
    finally:
        w.kafka.thaw()
    w.lookup("-b", w.kafka.address, "-X", "no.such=1", "why", "ALL", "ALL").ends_with(2, 10)
    w.lookup("why", "CN-LN", "RU", "2023-13").ends_with(2, 10)
    w.lookup("why", "CN-LN", "RU", "2023", "no.such").ends_with(2, 10)
    w.lookup("why", "CN-LN").ends_with(2, 10)


def what_is_outranked_is_in_the_log(w):
    """--all: former versions, a repeat, and a fact that a correction moved to another pair."""
    def deal(**changes):
        return json.dumps({"type": "trade", "id": "one", "basis": "TRANSACTION", "province": "CN-LN", "partner": "RU", "flow": "EXPORT", "value": "100.00",
                           "currency": "CNY", "occurred_at": "2024-01-10T10:00:00+08:00", "version": 1} | changes).encode()

    def figure(**changes):
        return json.dumps({"type": "trade", "id": "f", "basis": "STATISTIC", "province": "CN-LN", "partner": "RU", "flow": "IMPORT", "value": "1234.00", "currency": "CNY",
                           "period_start": "2023-01-01", "period_end": "2023-03-31", "version": 1} | changes).encode()
    lines = [deal(), deal(value="120.00", version=2, title="corrected"), deal(value="120.00", version=2, title="again"),
             deal(id="gone", value="7.00"), deal(id="gone", value="7.00", partner="KZ", version=2),
             figure(), figure(value="1300.00", version=2, id="g"), figure(value="1500.00", grade="FINAL", id="h")]
    want, _ = judged(lines)
    w.begin()
    w.ingest(lines).ends_with(0, 60)
    w.aggregate_to_end()
    said, text = _holds(w, want, "CN-LN", "RU", "all")
    deals = said["measures"]["deals.export.CNY"]
    need([r["title"] for r in deals["adds"]] == ["corrected"] and [(r["id"], r["as"]) for r in deals["left_out"]] == [("gone", "moved")], f"deals: {deals}")
    need("CN-LN x KZ" in text, text)
    said, text = _holds(w, want, "CN-LN", "RU", "all", more=("--all",))
    deals, imports = said["measures"]["deals.export.CNY"], said["measures"]["import.CNY"]
    left = sorted((r["id"], r["as"], r["states"]) for r in deals["left_out"])
    need(left == [("gone", "moved", "7.00"), ("gone", "outranked", "7.00"), ("one", "outranked", "100.00"), ("one", "repeats", "120.00")], f"deals left out: {left}")
    left = sorted((r["id"], r["as"], r["states"]) for r in imports["left_out"])
    need(left == [("f", "outranked", "1234.00"), ("g", "outranked", "1300.00")], f"imports left out: {left}")
    need(said["scanned_all"] and said["scanned"] >= len(lines) and "outranked by h (" in text, text)
    said = _why(w, "CN-LN", "KZ", "all")[0]["measures"]["deals.export.CNY"]
    need([(r["id"], r["adds"]) for r in said["adds"]] == [("gone", "7.00")], f"where it went: {said}")


def why_while_the_service_runs(w):
    """Records flow, and the sums are the totals of their moment; a journal that is compacted meanwhile is read again."""
    lines, want = mixed(12000, seed=44)
    w.begin()
    running = [w.aggregate(f"run-{i}", "--compact-kib", "1") for i in range(2)]
    ingest, feed = w.ingest_slowly(lines, 2000)
    asked = moved = 0
    until(60, lambda: w.store.client.hget("tt:{ALL}:asof", "complete") == "1", "nothing is complete")
    while ingest.running():
        p = w.lookup("-J", "--max-age", "0", "why", "ALL", "ALL", "all")
        code = p.wait(30)
        need(code in (0, 3), f"it ended with {code}; {p.last_words()}")
        said = json.loads(p.out)
        moved += said["moved"]
        need(said["moved"] or all(about["equal"] for about in said["measures"].values()), "sums are not the totals")
        asked += 1
    w.totals_become(want)
    for p in running:
        p.terminate()
    _holds(w, want, "ALL", "ALL", "all", more=("--limit", "20"))
    w.note(f"asked {asked} times, {moved} of them too soon after a change")


def why_with_another_log(w):
    """What is gone from the log, and a log that was made anew: no record is taken for another one."""
    lines, want = mixed(400, seed=45)
    w.begin(partitions=2)
    w.ingest(lines).wait(60)
    w.aggregate_to_end()
    whole = _why(w, "ALL", "ALL", "all")[0]
    need(whole["not_in_kafka"] == 0, f"{whole['not_in_kafka']} are not in Kafka")

    cut = {(t, p): end // 2 for (t, p), end in w.kafka.ends().items()}
    for done in w.kafka.admin.delete_records([confluent_kafka.TopicPartition(t, p, n) for (t, p), n in cut.items()]).values():
        done.result(30)
    said, text = _why(w, "ALL", "ALL", "all", more=("--all",))
    for m, about in said["measures"].items():
        need(about["equal"], f"{m}: {about['sum']} is not {about['total']}")
        for r in about["adds"]:
            need((r["id"] is None) == (r["offset"] < cut[r["topic"], r["partition"]]), f"{m}: {r}, where the log begins at {cut}")
    need(said["not_in_kafka"] > 0 and "are not in Kafka's log any more" in text, text[:500])

    w.new_topics(2)
    w.ingest(list(records.records(46, 100))).wait(60)
    said, text = _why(w, "ALL", "ALL", "all", more=("--all",))
    known = [r for about in said["measures"].values() for r in about["adds"] if r["id"]]
    need(said["kafka"] == "answered" and not known, f"{len(known)} records are taken for others: {known[:2]}")
    need(all(about["equal"] for about in said["measures"].values()), "the sums are others now")


def why_on_a_cluster(w):
    """Journals and scopes lie on several servers."""
    lines, want = mixed(800, seed=47)
    w.begin_cluster(3)
    w.ingest(lines).wait(60)
    w.aggregate_to_end()
    for province, partner, when, measure in questions(want, random.Random(47), 12):
        _holds(w, want, province, partner, when, measure)
    _holds(w, want, "ALL", "ALL", "all")
