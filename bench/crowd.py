"""A thousand who watch: server-sent events over as many connections, by one thread that waits in epoll."""
import collections, select, socket, time


class Member:
    """One connection; comes back when it is told to, with the id that it was given last."""

    def __init__(self, crowd, path):
        self.crowd, self.path, self.id, self.socket, self.at, self.retry = crowd, path, None, None, 0, None
        self.last = b""                                            # data of the last totals

    def begin(self):
        self.raw, self.left, self.text, self.is_open = b"", 0, b"", False
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.connect_ex(("127.0.0.1", self.crowd.port))
        id = f"Last-Event-ID: {self.id}\r\n" if self.id else ""
        self.out = f"GET {self.path} HTTP/1.1\r\nHost: localhost\r\n{id}\r\n".encode()
        self.crowd.poll.register(self.socket, select.EPOLLIN | select.EPOLLOUT)
        self.crowd.members[self.socket.fileno()] = self

    def close(self):
        if self.socket:
            self.crowd.members.pop(self.socket.fileno(), None)
            self.socket.close()
            self.socket = None

    def ready(self, events, now):
        try:
            if events & select.EPOLLOUT and self.out:
                self.out = self.out[self.socket.send(self.out):]
                self.crowd.poll.modify(self.socket, select.EPOLLIN)
            if events & ~select.EPOLLOUT:
                piece = self.socket.recv(262144)
                if not piece:
                    raise ConnectionError
                self.take(piece, now)
        except BlockingIOError:
            pass
        except OSError:
            self.close()
            self.crowd.ended(self, now)

    def take(self, piece, now):
        """Chunks become text, text becomes events."""
        self.raw += piece
        if not self.is_open:
            head, found, rest = self.raw.partition(b"\r\n\r\n")
            if not found:
                return
            self.is_open, self.raw = True, rest
        is_over = False
        while self.raw and not is_over:
            if self.left:
                part, self.raw = self.raw[:self.left], self.raw[self.left:]
                self.left -= len(part)
                self.text += part
                continue
            line, found, rest = self.raw.removeprefix(b"\r\n").partition(b"\r\n")
            if not found:
                break
            self.left, self.raw = int(line, 16), rest
            is_over = not self.left                                # the connection could be used again
        *events, self.text = self.text.split(b"\n\n")
        for event in events:
            self.hear(event, now)
        if is_over:
            raise ConnectionError

    def hear(self, event, now):
        name = None
        for line in event.split(b"\n"):
            field, _, value = line.partition(b": ")
            if field == b"id":
                self.id = value.decode()
            elif field == b"retry":
                self.retry = int(value)
            elif field == b"event":
                name = value.decode()
            elif field == b"data":
                data = value
        if name:
            self.crowd.counts[name] += 1
            if name in ("totals", "snapshot"):
                self.last = data
            self.crowd.heard(self, name, data, now)


class Crowd:
    """heard(member, event, data, now) is called for each event; whoever is ended comes back in his time."""

    def __init__(self, port, paths, heard):
        self.port, self.heard, self.poll, self.members, self.counts, self.returns, self.waiting = port, heard, select.epoll(), {}, collections.Counter(), [], []
        self.all = [Member(self, path) for path in paths]
        for member in self.all:
            member.begin()

    def ended(self, member, now):
        self.waiting.append((now + (member.retry or 1000) / 1000, member))

    def play(self, seconds, until=lambda: False):
        """-> whether until() has come true."""
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end and not until():
            due = [m for at, m in self.waiting if at <= now]
            self.waiting = [(at, m) for at, m in self.waiting if at > now]
            for member in due:
                self.returns.append(now)
                member.begin()
            for fd, events in self.poll.poll(0.02):
                if fd in self.members:
                    self.members[fd].ready(events, time.monotonic())
        return until()

    def close(self):
        for member in self.all:
            member.close()
