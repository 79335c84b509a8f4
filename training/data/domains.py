"""The held-out part as the sets that measures are given for."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["domains"]


def domains(test: pd.DataFrame) -> dict[str, NDArray[np.bool_]]:
    """Name → which of the held-out rows (columns label, source) belong to it: each source, files of
    the user's (`file:…`) last, and those with neutral rows once more without them."""
    found = {}
    polar = (test["label"] != "neutral").to_numpy(dtype=bool)
    by_kind = sorted(test["source"].unique(), key=lambda name: (name.startswith("file:"), name))
    for source in by_kind:
        rows = (test["source"] == source).to_numpy(dtype=bool)
        found[source] = rows
        if not polar[rows].all() and polar[rows].any():
            found[f"{source}, without neutral"] = rows & polar
    return found
