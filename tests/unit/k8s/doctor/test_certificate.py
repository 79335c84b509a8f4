"""A certificate passes while clients accept it for some time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import trustme

from k8s.doctor import certificate
from k8s.doctor.check import FailedError, SkippedError, Status
from k8s.doctor.examination import Patient, examine
from k8s.doctor.site import Site
from tests.support.encrypted import encrypted
from tests.support.scripted import Says, scripted


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))


@pytest.mark.usefixtures("trusted")
def test_a_valid_certificate_has_its_days(authority: trustme.CA) -> None:
    with encrypted(authority, ends_in=timedelta(days=60, hours=1), name="localhost") as url:
        assert certificate.examine(Site(url)) == "valid for 60 days, TLSv1.3"


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("days", "name", "found"),
    [
        (13.5, "localhost", "ends in 13 days"),
        (-1, "localhost", "certificate has expired"),
        (60, "other.example", "Hostname mismatch"),
    ],
)
def test_a_bad_certificate_fails(authority: trustme.CA, days: float, name: str, found: str) -> None:
    with (
        encrypted(authority, ends_in=timedelta(days=days), name=name) as url,
        pytest.raises(FailedError, match=found),
    ):
        certificate.examine(Site(url))


def test_an_unknown_authority_fails() -> None:
    with (
        encrypted(trustme.CA(), ends_in=timedelta(days=60), name="localhost") as url,
        pytest.raises(FailedError, match="clients refuse the certificate"),
    ):
        certificate.examine(Site(url))


def test_http_behind_https_fails() -> None:
    with scripted(lambda _: Says()) as url, pytest.raises(FailedError, match="no TLS"):
        certificate.examine(Site(url.replace("http:", "https:")))


def test_plain_http_is_said_as_such() -> None:
    assert certificate.examine(Site("http://127.0.0.1")).startswith("plain http")
    with pytest.raises(SkippedError, match="whoever is on the way can read"):
        certificate.examine(Site("http://valence.example"))


def test_a_bad_certificate_is_one_failure_of_the_report() -> None:
    with encrypted(trustme.CA(), ends_in=timedelta(days=60), name="localhost") as url:
        results = {
            each.check: each for each in examine(Patient(Site(url))) if each.topic == "outside"
        }
    failed = [name for name, each in results.items() if each.status is Status.FAILED]
    assert failed == ["TLS"]
    assert results["reachable"].found == "clients do not get as far: see TLS"
