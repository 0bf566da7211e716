"""The end of a run: everything that must be so, whatever was played."""
import statistics

from world import TOPICS, Failed, need


def all_is_right(s, said, result, repeats):
    """Judges one thing after another; each is one passed, the first that is wrong ends it. repeats: a broker was away, so that a message may be there twice."""
    def passed(text):
        result[0] += 1
        said(text)
    s.restless = 0
    s.everybody()
    s.feed.finish()
    took, messages, fields = s.right(240)
    passed(f"{s.feed.sent} records, {s.feed.astray} astray, {s.feed.poisons} poisons: 0 of {fields} fields differ, all scopes complete")
    s.verify.stop()
    need(not s.verify.wrong, "; ".join(s.verify.wrong[:3]))
    need(s.verify.rounds > 0, "verify never ran")
    code, out, err = s.verify.once()
    need(code == 0, f"verify ends with {code}: {out.strip()[-300:]} {err.strip()[-300:]}")
    passed(f"verify: {s.verify.rounds} rounds meanwhile, {s.verify.partial} partial, {s.verify.away} without Redis; no difference")
    while s.leaving:
        s.sleep(0.2)
    last = [m.program for m in s.running()]
    for m in s.members.values():
        m.program = None
    for program in last:
        program.process.terminate()
    for program in last:
        program.ends_with(0, 60 * s.patience)
    _, fields, wrong = s.truth.ask("compare", s.store.url, s.today_number())
    need(not wrong, f"after the last one left {len(wrong)} of {fields} fields differ: {'; '.join(wrong[:3])}")
    passed("all left with 0, and nothing changed")
    missing, twice = s.truth.ask("missing", s.feed.ids), messages - (s.feed.sent - s.feed.refused + s.feed.poisons + s.feed.astray + len(s.feed.others))
    need(missing == 0 and (twice == 0 or repeats and twice > 0), f"{messages} messages of {s.feed.sent} lines, {s.feed.refused} refused, {s.feed.poisons} poisons, {s.feed.astray} astray, {len(s.feed.others)} of transactions; {missing} records are missing")
    passed(f"every record that was sent is in Kafka, {twice} of them twice")
    lost, astray = s.truth.ask("lost")
    need(lost == 0 and astray == s.feed.astray, f"{lost} of {astray} records that lay astray have no copy where they belong")
    passed(f"each of {astray} records that lay astray has a copy where it belongs")
    dead_letters(s, passed)
    reader(s, passed)
    sums(s, said)


def dead_letters(s, passed):
    """Each that is to be set aside is, with its refusal, and nothing else; some may be there twice."""
    want, have, twice = s.truth.ask("dead"), {}, 0
    for topic in TOPICS:
        for m in s.kafka.messages(topic + ".dlq"):
            told = {k.removeprefix("__connect.errors."): v.decode() for k, v in m.headers() if k.startswith("__connect.errors.")}
            place = told["topic"], int(told["partition"]), int(told["offset"])
            twice += place in have
            have[place] = told["exception.class.name"]
    if have != want:
        _differ(want, have)
    passed(f"{len(want)} dead letters as expected, {twice} of them more than once")


def _differ(want, have):
    lost, more = sorted(set(want) - set(have)), sorted(set(have) - set(want))
    other = [p for p in want if p in have and want[p] != have[p]]
    raise Failed(f"dead letters: {len(lost)} are missing {lost[:2]}, {len(more)} too many {more[:2]}, {len(other)} of another refusal {other[:2]}")


def reader(s, passed):
    """What was read while `complete` was 1."""
    s.reader.tell("over")
    got = s.reader.hear(600 * s.patience)
    need(not got["wrong"], f"reader: {len(got['wrong'])} wrong: {'; '.join(got['wrong'][:2])}")
    spoilt = next(([(day, offsets, {key: {**h, next(iter(h)): 1 + next(iter(h.values()))}}, {})] for day, offsets, hashes, _ in got["samples"]
                   for key, h in hashes.items() if h), [])   # one unit too many: a judge that does not see it judges nothing
    *judged, seen = s.truth.ask("judge", got["samples"] + spoilt, seconds=7200) or [""]
    need(not spoilt or seen, "reader: the judge did not see a sample that was spoilt")
    need(spoilt, f"reader: nothing was judged: {({k: v for k, v in got.items() if k != 'samples'})}")
    wrong = [j for j in judged if j]
    need(not wrong, f"reader: {len(wrong)} of {len(judged)} samples are wrong: {'; '.join(wrong[:3])}")
    passed(f"reader: {got['asked']} asked, {got['complete']} complete, {got['partial']} partial, {got['away']} without Redis; {len(judged)} judged, 0 wrong "
           f"({got['unknown']} of versions that no journal showed)")
    readings(s, passed, got)


def readings(s, passed, got):
    """All of them: what was acknowledged before `through` is in."""
    s.ends_known.tell("over")
    known = s.ends_known.hear(60 * s.patience)
    judged, bad, seen = s.truth.ask("judge_readings", got["readings"], known, seconds=7200)
    wrong = [j for j in judged if j]
    need(not wrong, f"readings: {len(wrong)} of {len(judged)} kinds are wrong: {'; '.join(wrong[:3])}")
    need(bad == 2 and seen == 2, f"readings: the judge saw {seen} of {bad} that were spoilt, and there should be 2")
    passed(f"readings: {sum(r['count'] for r in got['readings'])} judged, 0 wrong ({len(judged)} sets of records; {got['unread']} more of versions that no journal showed)")



def sums(s, said):
    s.count_cuts()
    said(", ".join(f"{v} {k}" for k, v in s.counts.items() if v) or "nothing to count")
    if s.refusals:
        said("Redis refused: " + ", ".join(f"{name} {n}" for name, n in s.refusals.most_common()))
    if s.points:
        said("killed at points: " + ", ".join(f"{when} {script} {n}" for (script, when), n in sorted(s.points.items())))
    every = sorted(t for times in s.times.values() for t in times)
    if every:
        said(f"right again: {len(every)} times, median {statistics.median(every):.1f} s, longest {every[-1]:.1f} s; "
             + ", ".join(f"{k} {statistics.median(v):.1f}/{max(v):.1f}" for k, v in sorted(s.times.items())))
