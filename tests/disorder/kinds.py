"""The table of faults. A fault is a function of the stage and of a random of its own; its first line says what it is."""
import collections, inspect

Kind = collections.namedtuple("Kind", "name function sentence domain where loses")
KINDS = {}


def kind(domain, where="both", loses=False):
    """Of what it disturbs ('members', 'redis', 'kafka'): two at once are never of one domain. where: on 'one' Redis, a 'cluster',
    with one 'broker', three 'brokers', or 'both': wherever. loses: Redis forgets
    something. How long it takes until all is right again is noted of those, and of 'kafka'."""
    def enter(function):
        name = function.__name__.replace("_", "-")
        KINDS[name] = Kind(name, function, inspect.getdoc(function).splitlines()[0], domain, where, loses)
        return function
    return enter
