"""Requests for each route of a gateway, and for each refusal."""

from __future__ import annotations

from collections.abc import Mapping

import boto3
import httpx
from botocore.config import Config

from gateway.http.access import tokens
from gateway.http.comprehend.protocols import PATH as COMPREHEND
from tests.support.gateways import Gateway

COMMENT = {"comment": "a private word, loved it"}
BLAME = {"comment": "It broke on the first day, what a waste of money."}
ID = "a1b2c3d4-e5f6-4890-a1b2-c3d4e5f67890"


def bearers() -> tuple[str, dict[str, dict[str, str]]]:
    """The gateway's tokens, as its setting, and the headers of `send_everything`'s callers."""
    lines, headers = [], {"missing": {}, "unknown": {"Authorization": "Bearer x"}}
    for name, options in (("admin", ""), ("expired", "until=2020-01-01"), ("limited", "2/min")):
        token, line = tokens.new(name, "admin" if name == "admin" else "submit")
        lines.append(f"{line} {options}")
        headers[name] = {"Authorization": f"Bearer {token}"}
    return "\n".join(lines), headers


def send_everything(gateway: Gateway, bearers: Mapping[str, dict[str, str]]) -> str:
    """Send them; return the artifact's digest.

    Args:
        gateway: which knows the tokens.
        bearers: headers with the token that is `admin`, `expired`, `unknown`, `missing`, or
            `limited` to two comments and the role `submit`.
    """
    with httpx.Client(base_url=gateway.url, headers=bearers["admin"], timeout=60) as client:
        assert client.get("/metrics").status_code == 404  # they have a port of their own
        record = client.post("/comments", json=COMMENT).json()
        record_path = f"/comments/{record['comment_id']}"
        correction = f"{record_path}/correction"
        client.post("/comments/batch", json={"comments": [COMMENT, COMMENT, BLAME]})
        client.post("/comments?explain=true", json={"comment": "Die Lieferung war sehr langsam."})
        for path in (
            *(record_path, "/comments", "/comments/export", "/statistics", f"/comments/{ID}"),
            *("/", "/docs", "/openapi.json", "/static/page.js", "/static/none.js"),
            *("/livez", "/readyz", "/healthz", "/nowhere", "/comments/", "//", f"/comments/{ID}x"),
        ):
            client.get(path)
            client.request("X" + path[-3:].strip("/."), path)
        client.put(correction, json={"sentiment": "negative"})
        client.put(correction, json={"sentiment": "negative"})
        client.put(correction, json={"sentiment": "?"})
        client.put(correction, content="no JSON", headers={"Content-Type": "application/json"})
        client.put(correction)
        client.put(f"/comments/{ID}/correction", json={"sentiment": "neutral"})
        client.delete(correction)
        client.delete(record_path)
        client.post("/comments", json={"comment": ""})
        client.get("/comments", headers=[("Authorization", "Bearer x")] * 2)
        client.options("/comments", headers={"Origin": "x", "Access-Control-Request-Method": "PUT"})
        for operation in ("DetectEntities", *(f"{number}" for number in range(20))):
            client.post(COMPREHEND + operation)
    for role in ("missing", "unknown", "expired", "limited", "limited", "limited"):
        httpx.post(f"{gateway.url}/comments", json=COMMENT, headers=bearers[role])
    httpx.get(f"{gateway.url}/comments", headers=bearers["limited"])
    comprehend = boto3.client(
        "comprehend",
        endpoint_url=gateway.url,
        region_name="eu-central-1",
        aws_access_key_id=bearers["admin"]["Authorization"].partition(" ")[2],
        aws_secret_access_key="unused",
        config=Config(retries={"total_max_attempts": 1}),
    )
    comprehend.detect_sentiment(Text="I love it", LanguageCode="en")
    comprehend.batch_detect_sentiment(TextList=["I love it", "x" * 5_001], LanguageCode="en")
    return str(record["model"])
