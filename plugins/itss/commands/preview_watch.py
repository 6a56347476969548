"""`preview --watch`: draw the report again whenever a file of its template is saved, from the figures at hand.

Polls the times of the files, half a second apart, so that it works on every disk and in every editor. A template that
cannot be used is said with file and line, and the last good files stay as they are.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from itss.errors import ConfigurationError

PAUSE_S = 0.5
Times = dict[Path, int]


def times(folders: Iterable[Path]) -> Times:
    """When each file of the templates in ``folders`` was changed last."""
    return {path: path.stat().st_mtime_ns for folder in folders for path in folder.glob("*/*") if path.is_file()}


def saves(folders: Iterable[Path], pause: Callable[[], None]) -> Iterator[list[Path]]:
    """The files that were saved, added or deleted, whenever there are any; ends with a `KeyboardInterrupt` only."""
    before = times(folders)
    while True:
        pause()
        now = times(folders)
        changed = [path for path in {**before, **now} if before.get(path) != now.get(path)]
        before = now
        if changed:
            yield changed


def watch(draw: Callable[[], None], folders: Iterable[Path], pause: Callable[[], None] | None = None) -> None:
    """Draw at every save until Ctrl-C."""
    print(f"Watching {', '.join(map(str, folders))}. Ctrl-C ends it.", flush=True)
    try:
        for changed in saves(folders, pause or (lambda: time.sleep(PAUSE_S))):
            print(f"saved: {', '.join(path.name for path in changed)}", flush=True)
            attempt(draw)
    except KeyboardInterrupt:
        print("ended")


def attempt(draw: Callable[[], None]) -> None:
    """Draw once; what the template does wrong is printed."""
    begin = time.monotonic()
    try:
        draw()
    except ConfigurationError as error:
        print(f"{error}\n  The files of before are as they were.", file=sys.stderr, flush=True)
    else:
        print(f"  drawn in {time.monotonic() - begin:.1f} s", flush=True)
