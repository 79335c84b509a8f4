"""The file of the rows that were refused, with the reasons."""

from __future__ import annotations

import csv
from pathlib import Path
from types import TracebackType
from typing import Self

from gateway.importing.rows import ImportFailedError, Row


class RefusedRows:
    """The file while it is written. If it stays without rows, there is none afterwards."""

    def __init__(self, imported: Path, chosen: Path | None, column: str) -> None:
        """
        Args:
            imported: the file of comments, whose name it gets by default.
            chosen: the file to write, which must not exist; None for the default, which is
                replaced.
            column: the name of the column with the comments.
        """
        self.path = chosen or imported.with_name(f"{imported.name}.refused.csv")
        self._mode = "x" if chosen else "w"
        self._column = column
        self._rows = 0

    def __enter__(self) -> Self:
        """
        Raises:
            ImportFailedError: the file exists, or cannot be written.
        """
        try:
            # What is not a character is written as JSON has it.
            self._file = self.path.open(
                self._mode, newline="", encoding="utf-8", errors="backslashreplace"
            )
        except FileExistsError:
            raise ImportFailedError(f"--refused: {self.path} exists already") from None
        except OSError as error:
            raise ImportFailedError(f"--refused: {self.path}: {error.strerror}") from None
        self._writer = csv.writer(self._file)
        self._writer.writerow(("row", "reason", self._column))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()
        if not self._rows:
            self.path.unlink()

    def add(self, row: Row, reason: str) -> None:
        """
        Raises:
            ImportFailedError: the file cannot be written.
        """
        try:
            self._writer.writerow((row.number, reason, row.text))
        except OSError as error:
            raise ImportFailedError(f"--refused: {self.path}: {error.strerror}") from None
        self._rows += 1
