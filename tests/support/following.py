"""following.py - programs of docs/reading.md that follow changes: killed, frozen out, trimmed away, and before a Redis that has lost its data.

Here a client writes as the aggregator does, one transaction for each change; tests/live/live_follow.py has the aggregator itself.
"""
import collections, json, subprocess, time

import redis

SECONDS = 20                                          # until a program has noticed
AS_OF, TOTALS, CHANGES = "tt:{CN-LN}:asof", "tt:{CN-LN}:RU:2023", "tt:{CN-LN}:changes"

# lose: Redis dies and comes back empty; None: it can't be done here.  The last two are contexts of a server alone.
Server = collections.namedtuple("Server", "client frozen lose reader_rights wanted_password")


def until(holds, why):
    end = time.monotonic() + SECONDS
    while not (found := holds()):
        if time.monotonic() > end:
            raise AssertionError(why() if callable(why) else why)
        time.sleep(0.02)
    return found


class Following:
    """A program that runs, and what it has said."""

    def __init__(self, command, folder, environment):
        self.command, self.folder, self.environment, self.runs = command, folder, environment, 0
        self.process = None

    def start(self):
        self.runs += 1
        self.out, self.err = (self.folder / f"{self.runs:02d}.{name}" for name in ("out", "err"))
        with self.out.open("w") as out, self.err.open("w") as err:
            self.process = subprocess.Popen(self.command, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err)

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait()

    def said(self):
        return self.out.read_text().splitlines()

    def says(self, line, so):
        until(lambda: line in self.said(), lambda: f"{so}: it does not say {line!r}, but {self.out.read_text()!r} {self.err.read_text()[-400:]!r}")

    def ends(self, so):
        """By itself, with a reason."""
        until(lambda: self.process.poll() is not None, f"{so}: it does not end")
        if self.process.returncode == 0 or not self.err.read_text().strip():
            raise AssertionError(f"{so}: exit code {self.process.returncode}, stderr {self.err.read_text()!r}")


# ---- what the aggregator would write -------------------------------------------------------------------------------
class Writer:
    def __init__(self, client):
        self.client, self.version, self.total = client, 100, 1000

    def begin(self):
        """Nothing but a complete province, without changes."""
        self.client.delete(TOTALS, AS_OF, CHANGES)
        self.change("RU ALL")

    def change(self, partners, id="*", scope="CN-LN", **as_of):
        """One change of the province, told or (None) not; Russia's total is another one, if it is among them."""
        self.version += 1
        self.total += 1
        both = self.client.pipeline(transaction=True)
        fields = {"complete": "1", "through": f"{1000 * time.time():.0f}", "day": "2024-01-31", "version": str(self.version)} | as_of
        both.hset("tt:{%s}:asof" % scope, mapping=fields)
        if partners is None or set(partners.split()) & {"RU", "*"}:
            both.hset("tt:{%s}:RU:2023" % scope, "total.CNY", self.total)
        if partners:
            both.xadd("tt:{%s}:changes" % scope, {"version": str(self.version), "partners": partners}, id=id)
        both.execute()


# ---- follow.* --------------------------------------------------------------------------------------------------------
class Pair:
    """A copy of a pair in copy.json."""

    def __init__(self, command, folder, environment, server):
        self.program, self.server, self.cases = Following(command, folder, environment), server, 0
        self.writer, self.path = Writer(server.client), folder / "copy.json"

    def agrees(self):
        text = lambda found: {key.decode(): value.decode() for key, value in found.items()}
        try:
            copy = json.loads(self.path.read_text())
        except (FileNotFoundError, ValueError):
            return False
        return copy["totals"] == text(self.server.client.hgetall(TOTALS)) and copy["as_of"] == text(self.server.client.hgetall(AS_OF))

    def is_exact(self, so):
        until(self.agrees, lambda: f"{so}: the copy is {self.path.read_text() if self.path.exists() else 'not there'}, Redis has {self.server.client.hgetall(TOTALS)}; "
                                   f"it said {self.program.err.read_text()[-400:]!r}")
        self.cases += 1

    def away(self, so, *changes):
        """Killed; meanwhile something happens; started again."""
        self.program.kill()
        for change in changes:
            change()
        self.program.start()
        self.is_exact(so)

    def restart_behind(self, id):
        """The stream is another one, whose ids are lower than before."""
        self.server.client.delete(CHANGES)
        self.writer.change("RU", id=id)


def follow(command, folder, environment, server):
    """-> how many cases."""
    pair = Pair(command, folder, environment, server)
    program, writer, client = pair.program, pair.writer, server.client
    try:
        client.delete(TOTALS, AS_OF, CHANGES)
        program.start()
        program.says("partial: 0 fen", "nothing is there")
        pair.is_exact("nothing is there")
        writer.begin()
        pair.is_exact("the first change")
        program.says(f"fresh: {writer.total} fen", "the first change")
        for partners in ("RU", "KR ALL", "*", "ALL RU WORLD", "KR"):
            writer.change(partners)
            pair.is_exact(f"a change of {partners}")
        writer.change("KR", complete="0")
        program.says(f"partial: {client.hget(TOTALS, 'total.CNY').decode()} fen", "not complete")
        writer.change("KR", through="1")
        program.says(f"old: {client.hget(TOTALS, 'total.CNY').decode()} fen", "old")
        while_gone(pair)
        while_it_runs(pair)
        how_it_ends(pair)
    finally:
        program.kill()
    return pair.cases + 2


def while_gone(pair):
    writer, client = pair.writer, pair.server.client
    pair.away("nothing has changed")
    pair.away("another pair has changed", lambda: writer.change("KR"))
    pair.away("the pair has changed", lambda: writer.change("KR"), lambda: writer.change("RU"), lambda: writer.change("KR"))
    pair.away("more has changed than is read in one go", lambda: writer.change("RU"), lambda: [writer.change("KR") for _ in range(1500)])
    pair.away("trimmed behind the last one seen", lambda: writer.change("RU"), lambda: writer.change("KR"), lambda: client.xtrim(CHANGES, maxlen=1, approximate=False))
    pair.away("trimmed to nothing", lambda: writer.change("RU"), lambda: client.xtrim(CHANGES, maxlen=0, approximate=False))
    pair.away("ids went back", lambda: pair.restart_behind("5-1"))
    pair.away("the same id, of another change", lambda: pair.restart_behind("5-1"))
    pair.away("the stream is gone", lambda: client.delete(CHANGES), lambda: writer.change(None))
    pair.away("a file of which only half is there", lambda: pair.path.write_text('{"last": ["1'), lambda: writer.change("RU"))


def while_it_runs(pair):
    program, writer, server = pair.program, pair.writer, pair.server
    pair.restart_behind("4-1")
    pair.is_exact("ids went back while it runs")
    writer.change("RU", id="4-2")
    pair.is_exact("and go on from there")
    with server.frozen():
        until(lambda: "no answer" in program.err.read_text(), "Redis is frozen: it says nothing")
    writer.change("RU")
    pair.is_exact("Redis was frozen")
    server.lose()
    writer.change("RU", id="3-1")
    pair.is_exact("Redis has lost everything, and ids went back")
    with server.reader_rights():
        pair.away("the rights of docs/users.acl")


def how_it_ends(pair):
    program, client = pair.program, pair.server.client
    client.delete(TOTALS)
    client.set(TOTALS, "1")
    pair.writer.change("KR WORLD")                    # not read again: nobody has named it
    client.xadd(CHANGES, {"version": "9", "partners": "RU"})
    program.ends("another type")
    client.delete(TOTALS)
    with pair.server.wanted_password():
        program.start()
        program.ends("a password is wanted")
    pair.cases += 2


# ---- provinces.* -------------------------------------------------------------------------------------------------------
def provinces(command, folder, environment, server):
    """-> how many cases; what needs a server alone is left out on a cluster."""
    program, writer, client = Following(command, folder, environment), Writer(server.client), server.client
    cases = 0

    def tells(line, so):
        nonlocal cases
        program.says(line, so)
        cases += 1

    def away(so, lines, *changes):
        """Killed; meanwhile something happens; started again it says these lines, and no others."""
        program.kill()
        for change in changes:
            change()
        program.start()
        for line in lines:
            tells(line, so)
        if set(program.said()) != set(lines):
            raise AssertionError(f"{so}: it also says {program.said()}")

    try:
        for scope in ("CN-LN", "CN-HL", "ALL", "CN"):
            client.delete("tt:{%s}:changes" % scope)
        program.start()
        writer.change("RU", scope="CN-HL")
        tells("CN-HL *", "the first of a stream")
        for scope, partners, line in (("CN-HL", "RU ALL", "CN-HL ALL RU"), ("ALL", "RU", "ALL *"), ("CN", "KR ALL", "CN *"), ("CN", "ALL JP", "CN ALL JP"),
                                      ("CN", "*", "CN *"), ("CN-LN", "RU", "CN-LN *")):
            writer.change(partners, scope=scope)
            tells(line, f"a change of {partners} in {scope}")
        until(lambda: json.loads((folder / "seen.json").read_text()).get("CN-LN"), "seen.json is not written")
        away("changes while it was gone", ["CN-LN JP KR"], lambda: writer.change("KR"), lambda: writer.change("JP"))
        away("trimmed behind the last one seen", ["CN-LN *"], lambda: [writer.change("KR") for _ in range(3)], lambda: client.xtrim(CHANGES, maxlen=1, approximate=False))
        away("ids went back", ["CN-LN *"], lambda: client.delete(CHANGES), lambda: writer.change("KR", id="5-1"))
        writer.change("VN", id="5-2")
        tells("CN-LN VN", "and go on from there")
        with server.frozen():
            program.ends("Redis is frozen")
        until(client.ping, "Redis does not come back")
        if server.lose:
            cases += provinces_alone(program, writer, server, away)
    finally:
        program.kill()
    return cases + 1


def provinces_alone(program, writer, server, away):
    away("it goes on where it was", ["CN-LN DE"], lambda: writer.change("DE"))
    server.lose()
    program.ends("Redis is gone")
    away("Redis has lost everything", ["CN-LN *", "CN-HL *", "ALL *", "CN *"], lambda: writer.change("KR", id="3-1"))
    program.kill()
    writer.change("FR", id="3-2")
    with server.reader_rights():
        away("the rights of docs/users.acl", ["CN-LN FR"])
    with server.wanted_password():
        program.kill()
        program.start()
        program.ends("a password is wanted")
    return 2


ATTEMPTS = {"follow": follow, "provinces": provinces}
