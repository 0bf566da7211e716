"""A TCP proxy between the aggregators and Redis, in a process of its own: it cuts replies after the script ran, and kills an aggregator at a named point.

One listener a member, so that it is known whose connection it is. What a client sends until it waits for answers is a burst: commands in a row. A
script is recognised by its SHA-1 (EVALSHA) or by the first line of its own (EVAL). Bytes are parsed only of bursts that something is to happen to; their
answers are held back until the last one is there, so that everything of the burst ran when a byte of it is lost.
"""
import asyncio, ctypes, hashlib, os, pathlib, random, signal

SCRIPTS = pathlib.Path(__file__).resolve().parent.parent.parent / "aggregator" / "scripts"
MARKS = {}                                           # script -> what its calls contain
HEAD = (SCRIPTS / "asof.lua").read_bytes()            # before each script that writes a scope, see CMakeLists.txt
for path in sorted(set(SCRIPTS.glob("*.lua")) - {SCRIPTS / "asof.lua"}):
    text = path.read_bytes()
    whole = HEAD + text if path.stem in ("push", "tell", "reset", "swap") else text
    MARKS[path.stem] = (hashlib.sha1(whole).hexdigest().encode(), text[:40])
MARKS["sync"] = (b"*2\r\n$3\r\nGET\r\n",)           # reads a chunk of a journal
SHAS = [marks[0] for name, marks in MARKS.items() if name != "sync"]
LONGEST = 64                                         # bytes that a mark may lie across two chunks with
STYLES = ["close"] * 12 + ["half"] * 4 + ["late"] * 2 + ["silent"]   # how the rest of an answer is lost


class Count:
    """How many top-level items of RESP a stream of bytes holds; fed piece by piece."""

    def __init__(self):
        self.bytes, self.at, self.done, self.open, self.ends = bytearray(), 0, 0, [], []

    def feed(self, data):
        self.bytes += data
        while True:
            end = self.bytes.find(b"\r\n", self.at)
            if end < 0:
                return
            kind, after = self.bytes[self.at], end + 2
            if kind in b"$*":
                size = int(self.bytes[self.at + 1:end])
                if kind == 36 and size >= 0:
                    if len(self.bytes) < after + size + 2:
                        return
                    after += size + 2
                if kind == 42 and size > 0:
                    self.open.append(size)
                    self.at = after
                    continue
            self.at = after
            while self.open:
                self.open[-1] -= 1
                if self.open[-1]:
                    break
                self.open.pop()
            if not self.open:
                self.done += 1
                self.ends.append(self.at)


class Proxy:
    def __init__(self, pipe, target, names, seed):
        self.pipe, self.target, self.names, self.rng = pipe, target, names, random.Random(f"{seed} proxy")
        self.chance, self.styles, self.point, self.links = 0.0, STYLES, None, set()
        self.rests, self.spared = False, {}          # member -> how many of its bursts pass
        self.cut = {"bursts": 0, "scripts": 0}

    async def run(self):
        ports, servers = {}, []
        for name in self.names:
            server = await asyncio.start_server(lambda r, w, name=name: Link(self, name).run(r, w), "127.0.0.1", 0, limit=1 << 20)
            servers.append(server)
            ports[name] = server.sockets[0].getsockname()[1]
        self.pipe.send(ports)
        over, loop = asyncio.Event(), asyncio.get_running_loop()
        loop.add_reader(self.pipe.fileno(), self.told, over)
        await over.wait()

    def told(self, over):
        try:
            what, value = self.pipe.recv()
        except EOFError:
            return over.set()
        if what == "cut":                            # chance of each burst with a script, how, and whether a member has some peace after each
            self.chance, self.styles, self.rests = value
        elif what == "point":                        # (script, 'before' or 'after', {name: pid}), or None
            self.point = value
        elif what == "drop":                         # all connections, now
            for link in list(self.links):
                link.drop()
        elif what == "count":
            self.pipe.send(("count", dict(self.cut)))

    def spares_no_more(self, name):
        """Without some peace between two cuts, more than a turn, a member's pauses would double each time."""
        if self.rests and self.spared.get(name, 0) > 0:
            self.spared[name] -= 1
            return False
        self.spared[name] = self.rng.randint(3, 8)
        return True

    def reached(self, name):
        """The point that is armed: its process is killed, once."""
        script, when, pids = self.point
        self.point = None
        os.kill(pids[name], signal.SIGKILL)
        self.pipe.send(("killed", name))


class Link:
    """A connection and its twin."""

    def __init__(self, proxy, name):
        self.proxy, self.name = proxy, name
        self.waiting = False                         # answers came since the last request: the next one begins a burst
        self.watch = None                            # 'cut', 'after', or None: this burst's answers pass as they come
        self.tail = b""
        self.scripts = 0

    async def run(self, reader, writer):
        self.writer, self.far = writer, None
        self.proxy.links.add(self)
        try:
            far_reader, self.far = await asyncio.open_connection(*self.proxy.target, limit=1 << 20)
            pumps = [asyncio.ensure_future(self.up(reader)), asyncio.ensure_future(self.down(far_reader))]
            _, rest = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in rest:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
        except OSError:
            pass
        finally:
            self.drop()
            self.proxy.links.discard(self)

    def drop(self):
        for w in (self.writer, self.far):
            if w:
                w.transport.abort()

    def is_there(self, script, data):
        return any(mark in data for mark in MARKS[script])

    def burst(self):
        """The first bytes of a burst: is anything to happen to it?"""
        self.watch, self.requests, self.replies = None, Count(), Count()
        self.tail = b""
        self.chosen = self.proxy.chance > 0 and self.proxy.rng.random() < self.proxy.chance

    async def up(self, reader):
        self.burst()
        while data := await reader.read(1 << 18):
            if self.waiting:
                self.waiting = False
                self.burst()
            point = self.proxy.point
            if self.chosen or point or self.watch:
                seen = self.tail + data
                self.tail = seen[-LONGEST:]
                self.requests.feed(data)
                if point and self.name in point[2] and self.is_there(point[0], seen):
                    if point[1] == "before":
                        self.proxy.reached(self.name)
                        return
                    self.watch = "after"
                elif self.chosen and not self.watch and any(sha in seen for sha in SHAS):
                    self.watch = "cut" if self.proxy.spares_no_more(self.name) else "pass"
            self.far.write(data)
            await self.far.drain()

    async def down(self, reader):
        while data := await reader.read(1 << 18):
            if self.watch in (None, "pass"):
                self.waiting = True
                self.writer.write(data)
                await self.writer.drain()
                continue
            self.replies.feed(data)
            if self.replies.done < self.requests.done or self.requests.at < len(self.requests.bytes):
                continue
            if self.watch == "after":
                if self.proxy.point and self.name in self.proxy.point[2]:
                    self.proxy.reached(self.name)
                    return
                self.watch, self.waiting = None, True
                self.writer.write(bytes(self.replies.bytes))
                await self.writer.drain()
                continue
            await self.lose()
            return

    async def lose(self):
        """All of the burst ran; the client sees some bytes of the answers."""
        proxy, rng = self.proxy, self.proxy.rng
        held, style = self.replies, rng.choice(proxy.styles)
        kept = rng.randrange(len(held.bytes) if rng.random() < 0.5 else min(8, len(held.bytes)))
        begins, lost = 0, 0
        for end, answered in zip(self.requests.ends, held.ends):
            lost += answered > kept and b"EVAL" in self.requests.bytes[begins:begins + 24]
            begins = end
        proxy.cut["bursts"] += 1
        proxy.cut["scripts"] += lost
        self.writer.write(bytes(held.bytes[:kept]))
        if style == "half":                          # FIN to the client, while Redis' side stays open
            self.writer.write_eof()
            await asyncio.sleep(rng.uniform(0, 0.3))
        elif style == "late":
            await asyncio.sleep(rng.uniform(0, 0.5))
        elif style == "silent":                      # until the client's patience is over
            await asyncio.sleep(rng.uniform(1, 3))


def serve(pipe, target, names, seed):
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)       # dies with who started it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        asyncio.run(Proxy(pipe, target, names, seed).run())
    except (KeyboardInterrupt, BrokenPipeError):
        pass
