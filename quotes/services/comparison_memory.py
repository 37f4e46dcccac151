"""Comparisons lately made in this process, by all that went into them.

Turning the pages of a finished test of 2 000 buyers × 5 partners would otherwise read and rank 10 000 answers each
time. Nothing is ever stale: whoever asks gives a key that changes with all that is read.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

from quotes.comparison import Comparison

KEPT = 8  # a few megabytes each


_kept: OrderedDict[Hashable, Comparison] = OrderedDict()
_lock = Lock()


def remembered(key: Hashable, make: Callable[[], Comparison]) -> Comparison:
    """What `make` gave for the same `key`, or gives now."""
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    made = make()
    with _lock:
        _kept[key] = made
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return made
