"""Periodic samples beside a measurement."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def sampling(sample: Callable[[], None], seconds: float) -> Iterator[None]:
    """Call `sample` in a thread, at once and every `seconds`, while the context lasts."""
    stop = threading.Event()

    def run() -> None:
        while True:
            sample()
            if stop.wait(seconds):
                return

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
