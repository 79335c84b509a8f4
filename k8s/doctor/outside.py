"""What an installation's clients notice."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from k8s.doctor import builds
from k8s.doctor.builds import Build
from k8s.doctor.check import FailedError, SkippedError, gather, needs
from k8s.doctor.site import TIMEOUT_SECONDS, Answer, Site

__all__ = [
    "REFUSALS",
    "anonymous",
    "clock",
    "health",
    "metrics",
    "models",
    "reach",
    "roles",
    "skew",
    "unhealthy",
]

MAX_SKEW_SECONDS = 5.0
"""Listings are in order of the gateways' clocks. AWS refuses calls that are five minutes off."""
ROLES_SECONDS = 4.0
MODEL_ANSWERS = 10
MODEL_SECONDS = 2.0
TEXT = "The doctor asks for nothing to be stored."
NOBODY = "/comments/00000000-0000-0000-0000-000000000000"
"""The address of no record: ids are random."""
REFUSALS = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


def reach(site: Site) -> str:
    """Whether Valence answers."""
    answer = site.ask("GET", "/openapi.json", authorization="")
    if answer.response.is_redirect:
        target = answer.response.headers.get("location", "")
        raise FailedError(f"it redirects to {target}", "give that URL")
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise FailedError(
            f"GET /openapi.json gave {answer.status}",
            "no gateway is ready behind the Ingress: kubectl -n NAMESPACE get pods,endpointslices",
        )
    if answer.json().get("info", {}).get("title") != "Valence":
        raise FailedError(
            f"not Valence: GET /openapi.json gave {answer.status}",
            "check the URL, and the host and the paths of the Ingress",
        )
    return site.url


def anonymous(site: Site) -> str:
    """Whether a request without a token is refused."""
    answer = site.ask("GET", "/comments?limit=1", authorization="")
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return "refused with 401"
    if answer.status != HTTPStatus.OK:
        raise SkippedError(f"GET /comments gave {answer.status}: {answer.detail}")
    if site.is_local:
        return "no token is needed, on this machine"
    raise FailedError(
        "everybody may do everything",
        "give the gateway tokens (gateway/README.md#tokens, k8s/components/tokens), and no"
        " GATEWAY_AUTH=none",
    )


def roles(site: Site) -> str:
    """What the token may do. Nothing is changed: each request is wrong in another way, too."""
    if not site.token:
        raise SkippedError("no TOKEN_FILE")
    answers = gather(
        {
            "": lambda: site.ask("GET", "/comments?limit=1", authorization=""),
            "read": lambda: site.ask("GET", "/comments?limit=1"),
            "submit": lambda: site.ask("POST", "/comments", json={"comment": ""}),
            "correct": lambda: site.ask("PUT", f"{NOBODY}/correction", json={"sentiment": ""}),
            "delete": lambda: site.ask("DELETE", NOBODY),
        },
        ROLES_SECONDS,
    )
    asked: dict[str, Answer] = {name: needs(each) for name, each in answers.items()}
    if asked.pop("").status == HTTPStatus.OK:
        raise SkippedError("no token is needed here, so none is looked at")
    if any(each.status == HTTPStatus.UNAUTHORIZED for each in asked.values()):
        raise FailedError(
            "the token is not known, or has ended",
            "compare its SHA-256 with the lines of GATEWAY_TOKENS or the Secret `tokens`;"
            " `python -m gateway --new-token NAME ROLE` makes another",
        )
    crowded = [each for each in asked.values() if each.status == HTTPStatus.TOO_MANY_REQUESTS]
    if crowded:
        raise SkippedError(f"the token's rate is used up: {crowded[0].detail}")
    allowed = [name for name, each in asked.items() if each.status != HTTPStatus.FORBIDDEN]
    if not allowed:
        raise FailedError("the token may do nothing", "use one with a role that suits its owner")
    return f"may {', '.join(allowed)}"


def models(site: Site) -> Counter[str]:
    """The digests in answers, and how often each came. Asked as Amazon Comprehend is, for which
    nothing is stored."""
    found: Counter[str] = Counter()
    end = time.monotonic() + MODEL_SECONDS
    while found.total() < MODEL_ANSWERS and (not found or time.monotonic() < end):
        answer = site.ask(
            "POST",
            "/",
            authorization=f"AWS4-HMAC-SHA256 Credential={site.token}/doctor",
            headers={
                "Content-Type": "application/x-amz-json-1.1",
                "X-Amz-Target": "Comprehend_20171127.DetectSentiment",
            },
            json={"Text": TEXT, "LanguageCode": "en"},
        )
        kind = answer.response.headers.get("x-amzn-errortype", "")
        if kind in {"UnrecognizedClientException", "AccessDeniedException"}:
            raise SkippedError("it takes a token with the role submit (TOKEN_FILE)")
        if answer.status != HTTPStatus.OK:
            raise FailedError(
                f"a text is not classified: {answer.detail}",
                "see what /healthz says below, and the logs of the gateway and the Bento",
            )
        digest = answer.response.headers.get("x-model")
        if digest is None:
            raise SkippedError("this gateway is older, and does not tell its model without storing")
        found[digest] += 1
    return found


def health(site: Site) -> str:
    """Whether the gateway reaches the model and the store."""
    answer = site.ask("GET", "/healthz", authorization="")
    if answer.status == HTTPStatus.NOT_FOUND:
        raise SkippedError("/healthz is closed to the outside, as it should be; see the cluster")
    if answer.status == HTTPStatus.OK:
        return "both answer"
    raise unhealthy(answer.detail)


def unhealthy(detail: str) -> FailedError:
    """The failure that /healthz tells of."""
    advice = []
    if "model" in detail:
        advice.append("see whether the Bento runs, and MICROSERVICE_URL")
    if "store" in detail:
        advice.append("see whether the store answers: its file or table, credentials, throttling")
    return FailedError(detail, "; ".join(advice) or "see the logs of the gateway")


def clock(site: Site) -> str:
    """Whether the server's clock agrees with this machine's."""
    answer = site.ask("GET", "/openapi.json", authorization="")
    return skew(answer, answer.response.headers.get("date"))


def skew(times: Answer | tuple[float, float], date: str | None) -> str:
    """How far a `Date` is off.

    Args:
        times: an answer, or when (seconds since 1970) it was asked for and received.
        date: its header.
    """
    sent, received = times[-2:]
    try:
        told = parsedate_to_datetime(date or "").timestamp()
    except ValueError:
        raise SkippedError("the answer has no Date") from None
    # A date is without fractions, and servers make it once a second.
    ahead = max(told - received, 0) or min(told + 2 - sent, 0)
    if abs(ahead) > MAX_SKEW_SECONDS:
        raise FailedError(
            f"{abs(ahead):,.0f} s {'ahead of' if ahead > 0 else 'behind'} this machine",
            "set the clock of the one that is wrong: chronyc tracking, or timedatectl",
        )
    return f"within {max(abs(ahead), 2):.0f} s of this machine"


def metrics(urls: Sequence[str]) -> list[Build]:
    """What the metrics at some addresses say of the code behind them."""
    if not urls:
        raise SkippedError("no METRICS: addresses of parts outside of a cluster")
    found = []
    for url in urls:
        address = url if url.endswith("/metrics") else f"{url.rstrip('/')}/metrics"
        try:
            text = httpx.get(address, timeout=TIMEOUT_SECONDS).text
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise FailedError(
                f"{address} cannot be reached: {error}", "check METRICS, and *_METRICS_PORT"
            ) from None
        found += builds.read(url, text)
    return found
