"""Each check from outside passes, fails and is skipped on what a server answers."""

from __future__ import annotations

import contextlib
import json
import time
from collections import Counter
from collections.abc import Iterator
from email.utils import formatdate

import pytest

from k8s.doctor import outside
from k8s.doctor.check import FailedError, SkippedError
from k8s.doctor.site import Site
from processes import free_port
from tests.support.scripted import VALENCE, Asked, Says, Script, scripted

A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64


@contextlib.contextmanager
def site(script: Script, token: str = "") -> Iterator[Site]:
    with scripted(script) as url:
        yield Site(url, token)


class Remote(Site):
    """The same server, as if it were on another machine."""

    is_local = False


def test_valence_is_reached() -> None:
    with site(lambda _: Says(200, VALENCE)) as it:
        assert outside.reach(it) == it.url


@pytest.mark.parametrize(
    ("says", "found"),
    [
        (Says(200, "<html>nginx</html>"), "not Valence: GET /openapi.json gave 200"),
        (Says(200, [1]), "not Valence"),
        (Says(404, {}), "not Valence: GET /openapi.json gave 404"),
        (Says(503, "<html>"), "GET /openapi.json gave 503"),
        (Says(301, "", {"Location": "https://a.example/"}), "it redirects to https://a.example/"),
    ],
)
def test_what_is_not_valence_is_not_reached(says: Says, found: str) -> None:
    with site(lambda _: says) as it, pytest.raises(FailedError, match=found) as failure:
        outside.reach(it)
    assert failure.value.advice


@pytest.mark.parametrize(
    ("url", "found"),
    [
        (f"http://127.0.0.1:{free_port()}", "cannot be reached: Connection refused"),
        ("http://nowhere.invalid", "cannot be reached: "),
    ],
    ids=["port", "name"],
)
def test_a_site_that_is_down_is_one_line(url: str, found: str) -> None:
    with pytest.raises(FailedError, match=found) as failure:
        outside.reach(Site(url))
    assert "\n" not in str(failure.value)


@pytest.mark.parametrize("url", ["", "valence", "ftp://a", "http://", "http://a/?b", "http://a:b"])
def test_a_wrong_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="not a URL"):
        Site(url)


def test_a_request_without_a_token_is_refused() -> None:
    with site(lambda asked: Says(200 if asked.has_token else 401), "secret") as it:
        assert outside.anonymous(it) == "refused with 401"


def test_an_open_gateway_is_for_this_machine_only() -> None:
    with site(lambda _: Says(200, {"comments": []})) as it:
        assert "on this machine" in outside.anonymous(it)
        with pytest.raises(FailedError, match="everybody may do everything"):
            outside.anonymous(Remote(it.url))


def test_an_unavailable_gateway_tells_nothing_about_tokens() -> None:
    with (
        site(lambda _: Says(503, {"detail": "it is crowded"})) as it,
        pytest.raises(SkippedError, match="gave 503: it is crowded"),
    ):
        outside.anonymous(it)


def test_the_roles_are_those_that_are_not_forbidden() -> None:
    asked: list[Asked] = []

    def script(request: Asked) -> Says:
        if not request.has_token:
            return Says(401)
        asked.append(request)
        return Says({"GET": 200, "POST": 422}.get(request.method, 403), {})

    with site(script, "secret") as it:
        assert outside.roles(it) == "may read, submit"
    assert {each.headers["authorization"] for each in asked} == {"Bearer secret"}
    [post] = [each for each in asked if each.method == "POST"]
    assert json.loads(post.body) == {"comment": ""}


@pytest.mark.parametrize(
    ("status", "error", "found"),
    [
        (401, FailedError, "not known"),
        (403, FailedError, "may do nothing"),
        (429, SkippedError, "rate is used up"),
    ],
)
def test_a_token_without_roles(status: int, error: type[Exception], found: str) -> None:
    with (
        site(lambda asked: Says(status if asked.has_token else 401), "secret") as it,
        pytest.raises(error, match=found),
    ):
        outside.roles(it)


def test_no_token_has_no_roles() -> None:
    with pytest.raises(SkippedError, match="no TOKEN_FILE"):
        outside.roles(Site("http://127.0.0.1:1"))
    with (
        site(lambda _: Says(200), "secret") as it,
        pytest.raises(SkippedError, match="no token is needed"),
    ):
        outside.roles(it)


def test_models_are_counted() -> None:
    digests = iter([A, B] * 5)
    with site(lambda _: Says(200, {}, {"X-Model": next(digests)})) as it:
        assert outside.models(it) == Counter({A: 5, B: 5})


@pytest.mark.parametrize(
    ("says", "error", "found"),
    [
        (Says(200, {}), SkippedError, "older"),
        (
            Says(400, {}, {"x-amzn-errortype": "AccessDeniedException"}),
            SkippedError,
            "takes a token with the role submit",
        ),
        (
            Says(400, {"message": "The model is out."}, {"x-amzn-errortype": "Throttling"}),
            FailedError,
            "not classified: The model is out",
        ),
    ],
)
def test_no_model(says: Says, error: type[Exception], found: str) -> None:
    with site(lambda _: says) as it, pytest.raises(error, match=found):
        outside.models(it)


@pytest.mark.parametrize(
    ("detail", "advice"),
    [
        ("the model is out (no answer)", "MICROSERVICE_URL"),
        ("the store is out (throttled)", "store answers"),
    ],
)
def test_a_part_that_is_out_has_advice(detail: str, advice: str) -> None:
    with (
        site(lambda _: Says(503, {"detail": detail})) as it,
        pytest.raises(FailedError, match="is out") as failure,
    ):
        outside.health(it)
    assert advice in failure.value.advice


def test_healthz_may_be_closed() -> None:
    with site(lambda _: Says(404)) as it, pytest.raises(SkippedError, match="closed"):
        outside.health(it)
    with site(lambda _: Says(200, "ok")) as it:
        assert outside.health(it) == "both answer"


@pytest.mark.parametrize(
    ("off", "found"), [(60, r"[56]\d s ahead of"), (-60, r"5\d s behind"), (86400, "86,[34]")]
)
def test_a_clock_that_is_off_fails(off: int, found: str) -> None:
    says = Says(200, VALENCE, {"Date": formatdate(time.time() + off, usegmt=True)})
    with site(lambda _: says) as it, pytest.raises(FailedError, match=found):
        outside.clock(it)


def test_a_clock_that_is_right_passes() -> None:
    with site(lambda _: Says(200, VALENCE)) as it:
        assert outside.clock(it) == "within 2 s of this machine"


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_an_answer_without_a_date_tells_no_time(date: str) -> None:
    with (
        site(lambda _: Says(200, VALENCE, {"Date": date})) as it,
        pytest.raises(SkippedError, match="no Date"),
    ):
        outside.clock(it)


def test_metrics_tell_the_builds() -> None:
    text = (
        f'# TYPE valence_build info\nvalence_build_info{{part="bento",version="1",model="{A}"}} 1\n'
    )
    with scripted(lambda _: Says(200, text)) as url:
        [build] = outside.metrics([url])
        assert build == (url, "bento", "1", A)
        assert outside.metrics([f"{url}/metrics"]) == [build._replace(where=f"{url}/metrics")]
    with pytest.raises(FailedError, match="cannot be reached"):
        outside.metrics([url])
    with pytest.raises(SkippedError, match="no METRICS"):
        outside.metrics([])
