"""Programs that run as long as a test needs them: tally-broker, Kafka's stand-in; a gateway; a server of totals, and a Redis."""
import contextlib, http.client, json, os, pathlib, re, shutil, signal, socket, subprocess, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class Broker:
    """tally-broker, until the block ends; .address is what -b takes."""

    def __init__(self, program, partitions=5):
        self.process = subprocess.Popen([program, f"--partitions={partitions}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        code = self.process.wait(10)
        assert code == 0, f"tally-broker ended with {code}"


def certificate(folder, name):
    """-> a certificate of this machine's own that signs itself, and its key; both PEM."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.pem"], check=True, capture_output=True)
    return pathlib.Path(folder, f"{name}.pem"), pathlib.Path(folder, f"{name}.key")


class Listener:
    """A program that listens for HTTP at .port until the block ends, and what is asked of it."""

    def __init__(self, *argv, tls=None):
        self.tls = tls
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([*map(str, argv)], stderr=self.errors, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while not (port := re.search(r'"event":"listening".*?"port":(\d+)', self.said())):
            if time.monotonic() > deadline or self.process.poll() is not None:
                self.process.kill()
                raise AssertionError(f"it does not listen: {self.said()}")
            time.sleep(0.02)
        self.port = int(port[1])

    def said(self):
        fd = self.errors.fileno()
        return os.pread(fd, os.fstat(fd).st_size, 0).decode()

    def connect(self):
        if self.tls:
            return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=self.tls)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def ask(self, method, path, body=None, headers=None, connection=None):
        """-> status, headers, body (JSON where it is some). An answer that says no is a problem as RFC 9457 has it."""
        c = connection or self.connect()
        c.request(method, path, body, headers or {})
        r = c.getresponse()
        text = r.read()
        told = json.loads(text) if "json" in r.headers.get("Content-Type", "") and text and "Content-Encoding" not in r.headers else text
        if connection is None:
            c.close()
        if r.status >= 400 and method != "HEAD":
            assert r.headers["Content-Type"] == "application/problem+json" and told["status"] == r.status and told["detail"], f"{r.status} is no problem: {text}"
        return r.status, r.headers, told

    def raw(self, text, wait=5):
        """All that comes back on a connection of its own until it is closed, or nothing comes for so long."""
        with socket.create_connection(("127.0.0.1", self.port), wait) as s:
            s.sendall(text)
            got = b""
            with contextlib.suppress(TimeoutError, ConnectionError):
                while piece := s.recv(65536):
                    got += piece
            return got

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            code = self.process.wait(30)
        finally:
            self.process.kill()
        assert code == 0, f"it ended with {code}: {self.said()[-3000:]}"


class Gateway(Listener):
    """tally-ingest --listen. Without a broker its Kafka is not there."""

    def __init__(self, program, *arguments, broker="127.0.0.1:1", tls=None):
        super().__init__(program, "--listen", "127.0.0.1:0", "-b", broker, *arguments, tls=tls)


class Reader(Listener):
    """tally-lookup --listen, in front of a Redis."""

    def __init__(self, program, redis, *arguments, tls=None):
        super().__init__(program, "--listen", "127.0.0.1:0", "--redis", redis, *arguments, tls=tls)


def freeze(pid):
    """SIGSTOP, and wait until no thread of it runs: a broker of many threads answers a moment longer."""
    def stands(task):
        try:
            return (task / "stat").read_text().rpartition(")")[2].split()[0] in "Tt"
        except (FileNotFoundError, ProcessLookupError):
            return True                                      # it has ended meanwhile
    os.kill(pid, signal.SIGSTOP)
    tasks, deadline = pathlib.Path(f"/proc/{pid}/task"), time.monotonic() + 10
    while tasks.exists() and not all(map(stands, tasks.iterdir())):
        assert time.monotonic() < deadline, f"{pid} does not stop"
        time.sleep(0.01)


class Redis:
    """A redis-server of a test's own, until the block ends."""

    def __init__(self, *options):
        self.folder, self.options = tempfile.mkdtemp(), options
        self.start()

    def script(self, *arguments):
        done = subprocess.run([str(ROOT / "scripts" / "redis"), *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert done.returncode == 0, f"scripts/redis {arguments[0]}: {done.stderr[-500:]}"
        return done.stdout.strip()

    def start(self, *options):
        """Again: at the same port."""
        import redis
        self.url = self.script("start", self.folder, *self.options, *options)
        self.pid = int(pathlib.Path(self.folder, "pid").read_text())
        self.client = redis.Redis.from_url(self.url, decode_responses=True)

    def kill(self):
        self.script("kill", self.folder)

    def freeze(self):
        freeze(self.pid)

    def thaw(self):
        os.kill(self.pid, signal.SIGCONT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.thaw()
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
