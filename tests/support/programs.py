"""Programs that run as long as a test needs them: tally-broker, Kafka's stand-in, and a gateway."""
import os, re, subprocess, tempfile, time


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


class Gateway:
    """tally-ingest --listen, until the block ends; it listens at .port. Without a broker its Kafka is not there."""

    def __init__(self, program, *arguments, broker="127.0.0.1:1"):
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([program, "--listen", "127.0.0.1:0", "-b", broker, *arguments], stderr=self.errors, stdin=subprocess.DEVNULL)
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
