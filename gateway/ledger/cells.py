"""The cells of an export as CSV, which spreadsheets must not take for formulas.

Such a cell begins with an apostrophe, as OWASP recommends
(https://owasp.org/www-community/attacks/CSV_Injection). So does one that has apostrophes before
what would be a formula, so that from each that was given one it can be taken away again.
"""

from __future__ import annotations

import re

from gateway.records import ANSWERED, Correction

__all__ = ["COLUMNS", "CORRECTION", "guard", "unguard"]

CORRECTION = Correction.__struct_fields__
COLUMNS = (*ANSWERED, *(f"correction_{name}" for name in CORRECTION))
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")


def guard(cell: str) -> str:
    """The cell as an export has it.

    >>> guard("=1+1"), guard("'=1+1"), guard("it's 1+1")
    ("'=1+1", "''=1+1", "it's 1+1")
    """
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguard(cell: str) -> str:
    """The cell as it was before `guard`."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
