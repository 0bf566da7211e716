"""Totals are exact on a Redis Cluster, and behind sentinels, whatever happens to its masters."""
import time

from live_faults import _end, _flow
from world import CLOCK, mixed, need, until


def a_cluster_of_three_masters(w):
    """Records through two aggregators into three masters: every field as the oracle says; lookup and verify agree."""
    lines, want = mixed(8000, seed=12)
    w.begin_cluster()
    w.ingest(lines).ends_with(3, 60 * w.patience)
    w.aggregate_to_end(instances=2)
    w.totals_are(want)
    w.no_dead_letters()
    need(all(w.store.node(n).dbsize() > 100 for n in (1, 2, 3)), "the keys do not lie on all masters")
    w.lookup("verify").ends_with(0, 60 * w.patience)
    shown = w.lookup("totals", "CN-LN", "RU", "all").ends_with(0, 30)
    need("CN-LN" in shown.out, f"lookup shows {shown.out[:200]}")
    w.lookup("top", "CN-LN", "all", "export.CNY").ends_with(0, 30)
    w.lookup("series", "CN-LN", "RU", "export.CNY").ends_with(0, 30)
