"""docs/reading.md's follow.py, which keeps a copy of a pair: before the aggregator itself, while both and their Redis die."""
import collections, json, re, sys, time

from live_faults import PACE
from world import Program, ROOT, mixed, need, until

# What docs/readers.md says of them; the last ones are private.
AS_OF = re.compile(r"complete|through|day|updated|version|whole|runs|ran|partitions|overflow:.*")


class _Copy:
    """follow.py as it stands, but for the address and the pair, and what it keeps of that pair's `all`."""

    def __init__(self, w, place, partner):
        text = re.search(r"^```python\n(# follow\.py: .*?)^```$", (ROOT / "docs" / "reading.md").read_text(), re.DOTALL | re.MULTILINE)[1]
        for written, wanted in (("6379", w.store.url.split(":")[2].split("/")[0]), ("{CN-LN}", place), (":RU:2023", f":{partner}:all"), ('"RU"', f'"{partner}"')):
            need(written in text, f"follow.py has no {written}")
            text = text.replace(written, wanted)
        self.w, self.program, self.file, self.path, self.lives = w, None, w.folder / "copy.json", w.folder / "follow.py", 0
        self.keys = [f"tt:{place}:asof", f"tt:{place}:{partner}:all", f"tt:{place}:changes"]
        self.compared, self.versions = 0, set()
        self.path.write_text(text)

    def start(self):
        self.lives += 1
        self.program = Program(f"follow-{self.lives:02d}", [sys.executable, self.path, self.file], self.w.folder)
        self.w.programs.append(self.program)

    def start_again(self):
        need(self.program.running(), f"follow.py has ended: {self.program.last_words(3)}")
        self.program.kill()
        self.start()

    def read(self):
        return json.loads(self.file.read_text()) if self.file.exists() else {"last": None, "as_of": {}, "totals": {}}

    def compare(self):
        """Where the copy and Redis are of one version, they have the same totals."""
        copy, both = self.read(), self.w.store.client.pipeline(transaction=True)
        as_of, totals = both.hgetall(self.keys[0]).hgetall(self.keys[1]).execute()
        if as_of and copy["as_of"].get("version") == as_of["version"]:
            need(copy["totals"] == totals, f"at version {as_of['version']} the copy has {copy['totals']}, Redis has {totals}")
            self.compared += 1
            self.versions.add(as_of["version"])
        unknown = [field for field in as_of if not AS_OF.fullmatch(field)]
        need(not unknown, f"docs/readers.md does not have these fields of asof: {unknown}")

    def becomes(self, want, so):
        def holds():
            copy = self.read()
            return copy["as_of"].get("complete") == "1" and {f: int(v) for f, v in copy["totals"].items()} == want
        until(30 * self.w.patience, holds, lambda: f"{so}: the copy is {self.read()}, not {want}; {self.program.last_words(3)}")


def _largest_pair(want):
    """-> a province and a country with most to tell in all."""
    keys = [k.split(":") for k in want if k.endswith(":all") and not k.startswith(("{ALL}", "{CN}")) and ":ALL:" not in k]
    return max((k[:2] for k in keys), key=lambda k: (len(want[":".join([*k, "all"])]), k))


def a_readers_copy_stays_exact(w):
    """follow.py of docs/reading.md: killed and started again, its Redis frozen, emptied, killed, come back older: its copy is what the oracle says."""
    lines, want = mixed(9000, seed=29, refused_rate=0)
    place, partner = _largest_pair(want)
    truth = want[f"{place}:{partner}:all"]
    w.begin()
    copy = _Copy(w, place, partner)
    copy.start()
    ingest, feed = w.ingest_slowly(lines, PACE)
    running = w.aggregate("a")

    def flow(share):
        """Until so much is sent; the copy is compared, and now and then its program is killed."""
        end = time.monotonic() + 60 * w.patience
        while not feed.reached(share):
            need(time.monotonic() < end, "records do not flow")
            copy.compare()
            if w.rng.random() < 0.02:
                copy.start_again()
            time.sleep(0.01)
    flow(0.3)
    w.store.client.save()                             # what it comes back with, much later
    flow(0.45)
    w.store.freeze()
    time.sleep(4)
    w.store.thaw()
    until(20 * w.patience, lambda: "the copy stands still" in copy.program.err, "a Redis that is frozen is not told of")
    flow(0.6)
    w.store.client.flushall()
    flow(0.7)
    w.store.kill()
    time.sleep(1)
    w.store.start()
    flow(0.85)
    w.store.client.xtrim(copy.keys[2], maxlen=0, approximate=False)
    feed.hurry()
    need(ingest.wait(60 * w.patience) in (0, 3), "tally-ingest failed")
    w.totals_become(want)
    copy.becomes(truth, "at the end")
    copy.compare()
    entries = [fields for _, fields in w.store.client.xrange("tt:{ALL}:changes")]
    told = collections.Counter(name for fields in entries for name in fields["partners"].split(" "))
    need(all(set(fields) == {"version", "partners"} for fields in entries) and {"ALL", partner} <= set(told), f"changes has {entries[-2:]}")
    running.terminate()
    need(copy.lives > 3 and len(copy.versions) > 2, f"{copy.lives} lives of follow.py, {len(copy.versions)} versions compared: too few to show anything")
    w.note(f"{copy.lives} lives of follow.py, {len(copy.versions)} versions compared, {len(truth)} fields at the end")


def a_copy_of_a_dead_service_is_old(w):
    """The aggregator ends: the copy keeps its totals, its through stands still, and follow.py says that it is old."""
    lines, want = mixed(9000, seed=29, refused_rate=0)
    place, partner = _largest_pair(want)
    w.begin()
    copy = _Copy(w, place, partner)
    copy.path.write_text(copy.path.read_text().replace("<= age <= 60", "<= age <= 3"))
    w.ingest(lines).ends_with(0, 60 * w.patience)
    running = w.aggregate("a")
    w.totals_become(want)
    copy.start()
    until(30 * w.patience, lambda: "fresh: " in copy.program.out, "it is never fresh")
    running.terminate()
    until(30 * w.patience, lambda: copy.program.out.splitlines()[-1].startswith("old: "), "a copy that nobody keeps up to date is not called old")
    copy.becomes(want[f"{place}:{partner}:all"], "after the service has ended")
    again = w.aggregate("a")
    until(30 * w.patience, lambda: copy.program.out.splitlines()[-1].startswith("fresh: "), "it is not fresh again")
    again.terminate()
