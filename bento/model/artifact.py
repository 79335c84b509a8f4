"""The artifact: one trained model as a folder of data.

`arrays.npz` holds the arrays, `artifact.json` everything else and the digest over both. Neither
contains code, so loading an artifact cannot run any. Other files in the folder (the model card)
describe the model: they carry its digest, but the digest does not cover them, and nothing here
reads them.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from bento.model import arrays as archive
from bento.model import manifest as manifests
from bento.model import reference
from bento.model.calibration import STAGES
from bento.model.manifest import CLASSES, RETRAIN, ArtifactError, Manifest
from bento.model.vocabulary import SPECIAL, Terms

__all__ = ["FILES", "Artifact", "check_replaceable", "load", "save"]

_ARRAYS = "arrays.npz"
FILES = (_ARRAYS, "card.json", "card.html", "corrections.csv", manifests.FILE)
"""All that the folder of an artifact may have, the manifest last; the files between the first and
the last may be missing."""


class Artifact(msgspec.Struct, frozen=True):
    """A model as data: for its n terms `idf` (n,) float32 and `weights` (n, 5) float32, and
    `intercepts` (5,) float64. The columns are those of STAGES."""

    manifest: Manifest
    terms: Terms
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]
    intercepts: NDArray[np.float64]

    @property
    def features(self) -> list[str]:
        """The names of the n terms."""
        return self.terms.names()

    @property
    def digest(self) -> str:
        """The artifact's identity: `sha256:` and 64 hex digits over all content except the time of
        its creation."""
        return _digest(self.manifest, self._arrays())

    def _arrays(self) -> dict[str, NDArray[Any]]:
        return {
            "tokens": _pack(self.terms.tokens),
            "negated": self.terms.negated,
            "pairs": self.terms.pairs,
            "idf": self.idf,
            "weights": self.weights,
            "intercepts": self.intercepts,
        }


def save(
    artifact: Artifact,
    folder: Path,
    beside: Mapping[str, bytes] | None = None,
    arrays_from: Path | None = None,
) -> str:
    """Write the artifact to `folder` and return its digest. A previous artifact is replaced only
    once everything is written.

    Args:
        beside: further files for the folder, by name: some of FILES.
        arrays_from: the folder of an artifact with the same arrays. Copying them spares half a
            second of compressing.

    Raises:
        OSError: it cannot be written.
        ArtifactError: `folder` has other files than FILES, or `arrays_from` other arrays.
    """
    check_replaceable(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    digest = artifact.digest
    manifest = msgspec.structs.replace(artifact.manifest, digest=digest)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as name:
        new, old = Path(name, "new"), Path(name, "old")
        new.mkdir()
        if arrays_from:
            shutil.copyfile(arrays_from / _ARRAYS, new / _ARRAYS)
            if _digest(manifest, _read_arrays(new)) != digest:
                raise ArtifactError(f"The artifact in {arrays_from} was replaced; start again.")
        else:
            arrays: dict[str, Any] = {**artifact._arrays()}
            np.savez_compressed(new / _ARRAYS, **arrays)
        text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
        (new / manifests.FILE).write_bytes(text + b"\n")
        for file, content in (beside or {}).items():
            (new / file).write_bytes(content)
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    return digest


def check_replaceable(folder: Path) -> None:
    """Raises ArtifactError if the folder has other files than FILES: `save` would delete them,
    because it replaces the folder as a whole."""
    others = sorted({each.name for each in folder.iterdir()} - {*FILES}) if folder.is_dir() else []
    if others:
        raise ArtifactError(
            f"{folder} has other files than an artifact's ({others[0]}); name another folder."
        )


def load(folder: Path, expected_digest: str = "") -> Artifact:
    """Read and verify the artifact in `folder`. Raises ArtifactError.

    `artifact.json` states a digest of its own, which shows damage only; `expected_digest` also
    tells this artifact from every other one.
    """
    manifest = manifests.read(folder)
    arrays = _read_arrays(folder)
    digest = _digest(manifest, arrays)
    if digest != manifest.digest:
        raise ArtifactError(
            f"The artifact in {folder} is damaged: its content has the digest {digest}, but "
            f"artifact.json states {manifest.digest or 'none'}; {RETRAIN}."
        )
    if expected_digest and digest != expected_digest:
        raise ArtifactError(
            f"The artifact in {folder} has the digest {digest}, but BENTO_ARTIFACT_DIGEST is "
            f"{expected_digest}."
        )
    try:
        tokens = _unpack(arrays["tokens"])
        _check(manifest, tokens, arrays)
    except ValueError as error:
        raise ArtifactError(f"The artifact in {folder} is invalid: {error}; {RETRAIN}.") from None
    return Artifact(
        manifest=manifest,
        terms=Terms(tokens, arrays["negated"], arrays["pairs"]),
        idf=arrays["idf"],
        weights=arrays["weights"],
        intercepts=arrays["intercepts"],
    )


def _read_arrays(folder: Path) -> dict[str, NDArray[Any]]:
    path = folder / _ARRAYS
    try:
        return archive.read(path)
    except FileNotFoundError:
        raise ArtifactError(f"The artifact in {folder} has no arrays.npz; {RETRAIN}.") from None
    # The error of a damaged archive depends on where the damage is.
    except Exception as error:
        raise ArtifactError(f"{path} cannot be read: {error}; {RETRAIN}.") from error


def _check(manifest: Manifest, tokens: Sequence[str], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Raises ValueError if shapes or values contradict each other; it says which."""
    reference.check(manifest.references)
    if manifest.classes != CLASSES:
        raise ValueError(f"classes are {', '.join(manifest.classes)}, not {', '.join(CLASSES)}")
    if tuple(tokens[: len(SPECIAL)]) != SPECIAL:
        raise ValueError("tokens do not begin with the words of bento.model.vocabulary.SPECIAL")
    terms = len(tokens) + len(arrays["negated"]) + len(arrays["pairs"])
    shapes = {
        "negated": (arrays["negated"].size,),
        "pairs": (arrays["pairs"].size // 2, 2),
        "idf": (terms,),
        "weights": (terms, len(STAGES)),
        "intercepts": (len(STAGES),),
    }
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            raise ValueError(f"{name} has the shape {arrays[name].shape}, not {shape}")
    for name in ("negated", "pairs"):
        numbers = arrays[name]
        if numbers.size and not 1 <= numbers.min() <= numbers.max() <= len(tokens):
            raise ValueError(f"{name} refers to tokens beyond the {len(tokens)} there are")
    for name in ("idf", "weights", "intercepts"):
        if not np.isfinite(arrays[name]).all():
            raise ValueError(f"{name} has values that are not finite")


def _digest(manifest: Manifest, arrays: Mapping[str, NDArray[Any]]) -> str:
    digested = msgspec.structs.replace(manifest, created="", digest="")
    content = hashlib.sha256(msgspec.json.encode(digested, order="deterministic"))
    for name in sorted(arrays):
        array = arrays[name]
        content.update(f"\n{name} {array.dtype.str} {array.shape}\n".encode())
        content.update(np.ascontiguousarray(array).tobytes())
    return f"sha256:{content.hexdigest()}"


def _pack(strings: list[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(strings).encode(), dtype=np.uint8)


def _unpack(packed: NDArray[np.uint8]) -> list[str]:
    return packed.tobytes().decode().split("\n") if packed.size else []
