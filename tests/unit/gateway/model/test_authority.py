"""The client of a Bento that is reached by HTTPS."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme

from environment import SettingsError
from gateway.errors import UnavailableError
from gateway.model import authority
from gateway.model.client import ModelClient
from tests.support.bad_bento import BadBento, bad_bento
from tests.support.until import until

NAME = "localhost"


@pytest.fixture
def signer() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def file(signer: trustme.CA, tmp_path: Path) -> Path:
    """Who is trusted."""
    file = tmp_path / "ca.crt"
    signer.cert_pem.write_to_path(file)
    return file


def context(signer: trustme.CA, name: str = NAME) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    signer.issue_cert(name).configure_cert(context)
    return context


@pytest.fixture
async def bento(signer: trustme.CA) -> AsyncIterator[BadBento]:
    async with bad_bento(context(signer)) as bento:
        yield bento


def url(bento: BadBento) -> str:
    """By name, as a certificate has it."""
    return bento.url.replace("127.0.0.1", NAME)


async def test_texts_are_classified(bento: BadBento, file: Path) -> None:
    async with ModelClient(url(bento), call_seconds=5, ca_file=file) as model:
        await model.check()
        assert await model.explain("good") is None  # this one has no explanations
    assert bento.calls


async def test_a_signer_who_is_not_trusted_is_named_as_the_cause(
    bento: BadBento, tmp_path: Path
) -> None:
    other = tmp_path / "other.crt"
    trustme.CA().cert_pem.write_to_path(other)
    async with ModelClient(url(bento), call_seconds=5, ca_file=other) as model:
        with pytest.raises(UnavailableError, match=r"certificate is not accepted: .*issuer"):
            await model.check()
    assert not bento.calls


async def test_a_certificate_of_another_name_is_not_accepted(
    signer: trustme.CA, file: Path
) -> None:
    async with (
        bad_bento(context(signer, "elsewhere")) as bento,
        ModelClient(url(bento), call_seconds=5, ca_file=file) as model,
    ):
        with pytest.raises(UnavailableError, match=f"not accepted: .*'{NAME}'"):
            await model.check()


async def test_a_bento_without_encryption_is_not_asked(file: Path) -> None:
    async with bad_bento() as bento:
        address = url(bento).replace("http:", "https:")
        async with ModelClient(address, call_seconds=5, ca_file=file) as model:
            with pytest.raises(UnavailableError, match="answers without TLS"):
                await model.check()


async def test_a_renewed_authority_is_trusted_too(
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(authority.Authority.__init__, "__defaults__", (None, 0.01))
    caplog.set_level("INFO")
    next_one = trustme.CA()
    async with (
        bad_bento(context(next_one)) as bento,
        ModelClient(url(bento), call_seconds=5, ca_file=file) as model,
    ):
        with pytest.raises(UnavailableError, match="not accepted"):
            await model.check()
        trustme.Blob(b"half of a").write_to_path(file)
        await until(lambda: "stay as they are: holds no cert" in caplog.text, seconds=20)
        next_one.cert_pem.write_to_path(file)
        await until(lambda: "were read again" in caplog.text, seconds=20)
        await model.check()


@pytest.mark.parametrize(("content", "reason"), [(None, "No such file"), ("hello", "holds no")])
def test_an_unusable_file_is_named(tmp_path: Path, content: str | None, reason: str) -> None:
    file = tmp_path / "ca.crt"
    if content:
        file.write_text(content)
    with pytest.raises(SettingsError, match=f"^MICROSERVICE_CA_FILE='{file}': {reason}"):
        authority.Authority(file)
