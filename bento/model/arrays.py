"""`arrays.npz`: the artifact's arrays, in a zip file of `.npy` files.

The file may come from a stranger. What it declares is checked before anything is inflated, so that
it can take no more memory than `MAX_BYTES`, and nothing in it is ever unpickled.
"""

import math
import struct
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

__all__ = ["DTYPES", "MAX_BYTES", "read"]

DTYPES = {
    "tokens": np.uint8,
    "negated": np.int32,
    "pairs": np.int32,
    "idf": np.float32,
    "weights": np.float32,
    "intercepts": np.float64,
}
# Of the file and of all arrays in it; those that training writes have 11 MB.
MAX_BYTES = 128 * 1024 * 1024
# The zip directory has fewer than 100 bytes for each array. Python's zipfile makes an object of
# each of its entries, before anybody can count them.
_MAX_DIRECTORY_BYTES = 4096
# The zip format's end record, without a comment: https://libzip.org/specifications/appnote_iz.txt
_END = struct.Struct("<4s8xL6x")
_LOCATOR_BYTES = 20


def read(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays by name: exactly those of `DTYPES`, each with its dtype.

    Raises FileNotFoundError; ValueError if there are other arrays, dtypes or sizes; and whatever
    `zipfile` and numpy raise for a damaged file.
    """
    with path.open("rb") as file:
        _check_directory(file)
        with zipfile.ZipFile(file) as archive:
            members = {info.filename: info for info in archive.infolist()}
            expected = {f"{name}.npy" for name in DTYPES}
            if missing := expected - members.keys():
                raise ValueError(f"it lacks {', '.join(sorted(missing))}")
            if len(archive.infolist()) != len(expected):
                raise ValueError(f"it has other files than {', '.join(sorted(expected))}")
            if sum(info.file_size for info in members.values()) > MAX_BYTES:
                raise ValueError(f"its arrays have more than {MAX_BYTES:,} bytes")
            return {name: _read_array(archive, members[f"{name}.npy"], name) for name in DTYPES}


def _check_directory(file: IO[bytes]) -> None:
    """Raises ValueError if the file or its zip directory is too large."""
    size = file.seek(0, 2)
    if size > MAX_BYTES:
        raise ValueError(f"it has more than {MAX_BYTES:,} bytes")
    file.seek(-min(size, _LOCATOR_BYTES + _END.size), 2)
    tail = file.read()
    signature, directory_bytes = (
        _END.unpack(tail[-_END.size :]) if len(tail) >= _END.size else (b"", 0)
    )
    # A 64-bit end record, which this locator announces, would take precedence.
    is_64_bit = tail.startswith(b"PK\x06\x07")
    if signature != b"PK\x05\x06" or is_64_bit:
        raise ValueError("it does not end as numpy's zip files do")
    if directory_bytes > _MAX_DIRECTORY_BYTES:
        raise ValueError("its zip directory is too large")


def _read_array(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> NDArray[Any]:
    # The other methods may take much memory for a dictionary of the file's choice.
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise ValueError(f"{name} is compressed by another method than deflate")
    with archive.open(info) as member:
        if npy.read_magic(member) != (1, 0):
            raise ValueError(f"{name} has another version of the .npy format than 1.0")
        shape, _, dtype = npy.read_array_header_1_0(member)
        if dtype != DTYPES[name]:
            raise ValueError(f"{name} is {dtype}, not {np.dtype(DTYPES[name])}")
        if member.tell() + math.prod(shape) * dtype.itemsize != info.file_size:
            raise ValueError(f"{name} has not as many bytes as its shape {shape} needs")
    # zipfile inflates no more than `info.file_size` bytes.
    with archive.open(info) as member:
        array: NDArray[Any] = npy.read_array(member, allow_pickle=False)
    return array
