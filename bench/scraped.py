"""tally-aggregate with --metrics, scraped once a second: beside the same without, by turns, it shows what its numbers cost."""
import json, re, threading, time, urllib.request

import measure

SCRAPE_S = 1.0


class Scraper(threading.Thread):
    """Asks until nobody answers any more."""

    def __init__(self, world, name):
        super().__init__(daemon=True)
        self.world, self.name_, self.count = world, name, 0
        self.start()

    def port(self):
        """As the program's log says it; None: the program has ended before."""
        give_up = time.monotonic() + 20
        while time.monotonic() < give_up:
            said = re.search(r'"event":"monitoring".*?"port":(\d+)', self.world.said(self.name_, "err"))
            if said:
                return int(said[1])
            time.sleep(0.01)
        return None

    def run(self):
        port = self.port()
        try:
            while port:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
                    self.count += b"\ntally_records_read_total" in answer.read()
                time.sleep(SCRAPE_S)
        except OSError:
            pass


class Scraped(measure.Tally):
    name = "tally-aggregate --metrics"

    def begin(self, world, group, follow, instance=None, more=()):
        program, argv = "tally-aggregate", self.arguments(world, group, instance)
        cost = world.begin(instance or group, program, *argv, "--metrics", "127.0.0.1:0", *more, *([] if follow else ["--exit-at-end"]))
        self.scraper = Scraper(world, instance or group)
        return cost

    def told(self, world, group):
        self.scraper.join(20)
        measure.need(self.scraper.count > 0, "it was not scraped")
        return {**super().told(world, group), "scrapes": self.scraper.count}
