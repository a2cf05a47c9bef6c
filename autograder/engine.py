"""How a batch talks to nbgrader's gradebook: one database engine, and one transaction at a time.

nbgrader makes an engine for each of the seven looks into its gradebook that a hand-in takes, and
each compiles all its statements anew: a third of the time of the one writer. And it commits every
point and comment by itself: each waits for the disk, and who is killed in between leaves half.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from unittest.mock import patch

import nbgrader.api
from nbgrader.api import Gradebook


@contextmanager
def one_engine() -> Iterator[None]:
    """Let every `Gradebook` opened within share an engine per address; to be used by one thread.

    Closing a gradebook still closes its connection.
    """
    with patch.object(nbgrader.api, "create_engine", cache(nbgrader.api.create_engine)):
        yield


@contextmanager
def one_transaction(db_url: str) -> Iterator[None]:
    """Let every `Gradebook` opened within see and write one transaction; to be used by one thread.

    It is committed at the end, or nothing of it where an exception leaves the block.
    """
    engine = nbgrader.api.create_engine(db_url, echo=False, future=True)  # as nbgrader asks for it
    try:
        with (
            engine.begin() as connection,
            # A session on a connection in a transaction leaves the commit to whoever began it.
            patch.object(nbgrader.api, "create_engine", lambda *_, **__: connection),
            patch.object(Gradebook, "close", lambda book: book.db.remove()),
        ):
            yield
    finally:
        engine.dispose()
