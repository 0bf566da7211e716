"""Who watches: server-sent events as a browser hears them, and a Redis of a test's own that is written to as the aggregator's scripts write."""
import http.client, json, os, queue, signal, socket, subprocess, tempfile, threading, time

import redis

import programs

DEADLINE_S = 30


class Event:
    def __init__(self, name, data, id, at):
        self.name, self.text, self.id, self.at = name, data, id, at

    @property
    def data(self):
        return json.loads(self.text)

    def value(self, measure="export.CNY", window="all"):
        """The number of a row, None if there is none."""
        return next((float(r["value"]) for r in self.data["rows"] if (r["measure"], r["window"]) == (measure, window)), None)

    def __repr__(self):
        return f"{self.name} {self.text[:120]} {self.id}"


class Watcher:
    """A stream; .events are those that have come, .last_id and .retry as a browser would keep them. It ends when the server ends it, or by close()."""

    def __init__(self, port, query="", id=None, receive_bytes=None, reads=True, tls=None, token=None):
        self.socket = socket.socket()
        if receive_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(DEADLINE_S)
        self.socket.connect(("127.0.0.1", port))
        self.events, self.seen, self.comments, self.last_id, self.retry, self.ended, self.at = queue.Queue(), [], 0, id, None, threading.Event(), 0
        more = f"Last-Event-ID: {id}\r\n" if id is not None else ""
        more += f"Authorization: Bearer {token}\r\n" if token is not None else ""
        self.socket.sendall(f"GET /v1/stream{query} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n{more}\r\n".encode())
        self.response = http.client.HTTPResponse(self.socket)
        self.thread = threading.Thread(target=self.read, daemon=True)
        if reads:
            self.begin()

    def begin(self):
        self.response.begin()
        self.status, self.headers = self.response.status, self.response.headers
        self.thread.start()

    def read(self):
        name, data, got = "message", [], b""
        try:
            while line := self.response.readline():
                line = line.decode().rstrip("\n")
                if line == "":
                    if data:
                        event = Event(name, "\n".join(data), self.last_id, time.monotonic())
                        self.seen.append(event)
                        self.events.put(event)
                    name, data = "message", []
                    continue
                field, _, value = line.partition(":")
                value = value.removeprefix(" ")
                if field == "":
                    self.comments += 1
                elif field == "event":
                    name = value
                elif field == "data":
                    data.append(value)
                elif field == "id":
                    self.last_id = value
                elif field == "retry":
                    self.retry = int(value)
        except (OSError, ValueError, http.client.HTTPException, AttributeError):
            pass
        self.ended.set()
        self.events.put(None)

    def next(self, *names, seconds=DEADLINE_S):
        """The next event, of one of these names."""
        try:
            event = self.events.get(timeout=seconds)
        except queue.Empty:
            raise AssertionError(f"nothing comes; before: {self.seen[-3:]}")
        assert event is not None, f"the stream has ended; before: {self.seen[-3:]}"
        assert not names or event.name in names, f"{event!r} instead of {names}"
        return event

    def snapshot(self, resync=None):
        """{(province, partner): document} up to ready; with resync: that comes first."""
        if resync:
            event = self.next("resync")
            assert event.data == {"reason": resync}, event
        pairs = {}
        while (event := self.next("snapshot", "totals", "ready")).name != "ready":
            pairs[event.data["province"], event.data["partner"]] = event
        return pairs

    def nothing(self, seconds=0.4):
        try:
            event = self.events.get(timeout=seconds)
            raise AssertionError(f"{event!r} instead of nothing")
        except queue.Empty:
            pass

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        if self.thread.is_alive():
            self.thread.join(DEADLINE_S)
        self.response.close()
        self.socket.close()


CHANGE = """
local asof, version = ARGV[1] .. '{' .. ARGV[2] .. '}:asof'
version = string.format('%.0f', math.max(tonumber(redis.call('HGET', asof, 'version') or '0') + 1, tonumber(ARGV[4])))
redis.call('HSET', asof, 'version', version, 'complete', '1', 'whole', '1', 'day', ARGV[5], 'through', ARGV[4])
for partner in ARGV[3]:gmatch('%S+') do
  if partner ~= '*' then redis.call('HINCRBY', ARGV[1] .. '{' .. ARGV[2] .. '}:' .. partner .. ':all', 'export.CNY', '100') end
end
if ARGV[3] ~= '' then
  redis.call('XADD', ARGV[1] .. '{' .. ARGV[2] .. '}:changes', 'MAXLEN', '~', '10000', '*', 'version', version, 'partners', ARGV[3])
end
return version"""


class OwnRedis:
    """A redis-server on a socket, until the block ends; what is written stays when it is killed."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = f"{self.folder.name}/redis.sock"
        self.url = f"unix://{self.path}"
        self.start()

    def start(self):
        self.process = subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", self.path, "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--dir", self.folder.name],
                                        stdout=subprocess.DEVNULL)
        self.client = redis.Redis(unix_socket_path=self.path, decode_responses=True)
        deadline = time.monotonic() + DEADLINE_S
        while True:
            try:
                self.client.ping()
                break
            except redis.RedisError:
                assert time.monotonic() < deadline, "redis-server did not start"
                time.sleep(0.02)
        self.script = self.client.register_script(CHANGE)

    def change(self, province, partners, day="2024-01-31", prefix="tt:"):
        """As PUSH does: totals, asof and the entry at one moment; each of the partners has one more."""
        return self.script(args=[prefix, province, partners, int(time.time() * 1000), day])

    def commands(self):
        """{command: calls}"""
        return {name.removeprefix("cmdstat_"): stat["calls"] for name, stat in self.client.info("commandstats").items()}

    def kill(self):
        self.process.kill()
        self.process.wait()

    def signal(self, number):
        os.kill(self.process.pid, number)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.signal(signal.SIGCONT)
        self.kill()
        self.folder.cleanup()


class Lookup(programs.Reader):
    """tally-lookup --listen, until the block ends; it listens at .port."""

    def watch(self, query="", **how):
        return Watcher(self.port, query, **how)

    def get(self, path):
        status, _, told = self.ask("GET", path)
        return status, told

    def end(self):
        """SIGTERM, and all is well."""
        self.__exit__()
