"""`arrays.npz`: hostile files are refused by what they declare, before they take memory."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bento.model import arrays
from bento.model.arrays import DTYPES, read

MEGABYTE = 1024 * 1024
VALUES: dict[str, NDArray[Any]] = {name: np.ones(3, dtype) for name, dtype in DTYPES.items()}


def npy(values: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values)
    return buffer.getvalue()


def write(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """A file of good arrays, except for these members."""
    members = dict(members)
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in {name: npy(values) for name, values in VALUES.items()}.items():
            archive.writestr(f"{name}.npy", members.pop(name, content))
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return path


def assert_refused(path: Path, message: str) -> None:
    """Refused, with less than 2 MB of memory."""
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=message):
            read(path)
        assert tracemalloc.get_traced_memory()[1] < 2 * MEGABYTE
    finally:
        tracemalloc.stop()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "arrays.npz"


@pytest.mark.parametrize("fortran", [False, True])
def test_what_numpy_writes_is_read(path: Path, fortran: bool) -> None:
    weights = np.arange(6, dtype=np.float32).reshape(2, 3)
    values = {**VALUES, "weights": np.asfortranarray(weights) if fortran else weights}
    for write_file in (np.savez, np.savez_compressed):
        write_file(path, allow_pickle=False, **values)
        assert {name: array.tolist() for name, array in read(path).items()} == {
            name: array.tolist() for name, array in values.items()
        }


def test_an_unknown_array_is_not_inflated(path: Path) -> None:
    write(path, {"more": npy(np.zeros(32 * MEGABYTE, np.uint8))})
    assert_refused(path, "other files than")


def test_an_array_that_occurs_twice_is_refused(path: Path) -> None:
    with (
        pytest.warns(UserWarning, match="Duplicate"),
        zipfile.ZipFile(write(path, {}), "a") as archive,
    ):
        archive.writestr("idf.npy", npy(VALUES["idf"]))
    assert_refused(path, "other files than")


def test_missing_arrays_are_named(path: Path) -> None:
    np.savez(path, idf=VALUES["idf"])
    assert_refused(path, r"lacks intercepts\.npy, negated\.npy, pairs\.npy, tokens\.npy, weights")


def test_a_member_that_inflates_to_too_much_is_not_inflated(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrays, "MAX_BYTES", 8 * MEGABYTE)
    write(path, {"idf": npy(np.zeros(8 * MEGABYTE // 4, np.float32))})
    assert_refused(path, "more than 8,388,608 bytes")
    path.write_bytes(b"\0" * 9 * MEGABYTE)
    assert_refused(path, "more than 8,388,608 bytes")


def with_shape(shape: str) -> bytes:
    """An .npy file that declares this shape and holds three numbers."""
    content = npy(VALUES["idf"])
    header = content[10:128].replace(b"(3,)", shape.encode()).rstrip() + b"\n"
    return content[:10] + header.ljust(117)[:117] + b"\n" + content[128:]


@pytest.mark.parametrize("shape", ["(40000000000,)", "(2, 3)", "(2,)", "()", "(-1, -3)"])
def test_a_shape_that_the_bytes_do_not_fill_is_refused(path: Path, shape: str) -> None:
    write(path, {"idf": with_shape(shape)})
    assert_refused(path, "idf has not as many bytes|cannot reshape|dimension")


def test_another_dtype_is_refused(path: Path) -> None:
    for values in (np.ones(3), np.ones(3, ">f4"), np.ones(3, [("x", np.float32)])):
        write(path, {"idf": npy(values)})
        assert_refused(path, r"idf is .*, not float32")


def test_arrays_of_objects_are_not_unpickled(path: Path) -> None:
    write(path, {"idf": npy(np.array([{}], dtype=object))})
    assert_refused(path, "idf is object")


def test_a_large_zip_directory_is_not_read(path: Path) -> None:
    write(path, {f"more{number}": b"" for number in range(5_000)})
    assert_refused(path, "zip directory is too large")


def test_a_comment_at_the_end_is_refused(path: Path) -> None:
    with zipfile.ZipFile(write(path, {}), "a") as archive:
        archive.comment = b"PK"
    assert_refused(path, "does not end as")


def test_a_64_bit_end_record_is_refused(path: Path) -> None:
    content = write(path, {}).read_bytes()
    locator = b"PK\6\7" + b"\0" * 16
    path.write_bytes(content[:-22] + locator + content[-22:])
    assert_refused(path, "does not end as")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compression_is_refused(path: Path, method: int) -> None:
    write(path, {}, method)
    assert_refused(path, "another method than deflate")


def test_a_newer_npy_format_is_refused(path: Path) -> None:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, VALUES["idf"], version=(2, 0))
    write(path, {"idf": buffer.getvalue()})
    assert_refused(path, "idf has another version")
