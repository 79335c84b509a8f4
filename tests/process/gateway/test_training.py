"""What training reads from a running gateway."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from bento import settings
from bento.model.artifact import load
from gateway.http.access import tokens
from tests.support.gateways import Gateway
from training.__main__ import cli
from training.commands import options
from training.data import exports, feedback


@pytest.fixture(scope="module")
def given() -> dict[str, tuple[str, str]]:
    """For each role, a token and its line of configuration."""
    return {role: tokens.new(f"{role}-app", role) for role in ("submit", "read", "admin")}


@pytest.fixture(scope="module")
def url(
    bento_url: str,
    given: dict[str, tuple[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """Of a gateway with 600 comments, of which every tenth is corrected."""
    file = tmp_path_factory.mktemp("tokens") / "tokens"
    file.write_text("\n".join(line for _, line in given.values()))
    with (
        Gateway(bento_url, GATEWAY_TOKENS_FILE=file) as gateway,
        httpx.Client(
            base_url=gateway.url, headers={"Authorization": f"Bearer {given['admin'][0]}"}
        ) as client,
    ):
        texts = [f"number {n} works perfectly\nthanks" for n in range(600)]
        for start in (0, 300):
            comments = [{"comment": text} for text in texts[start : start + 300]]
            outcomes = client.post("/comments/batch", json={"comments": comments}).json()
            for outcome in outcomes["outcomes"][::10]:
                path = f"/comments/{outcome['record']['comment_id']}/correction"
                assert client.put(path, json={"sentiment": "negative"}).is_success
        yield gateway.url


def run(*arguments: str | Path | int) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def test_corrections_are_read(url: str, given: dict[str, tuple[str, str]], tmp_path: Path) -> None:
    path = tmp_path / "export"
    with path.open("wb") as file:
        assert sum(exports.download(url, given["read"][0], file)) == 60
    rows = feedback.read([path])
    assert set(rows["label"]) == {"negative"}
    assert rows["comment_id"].nunique() == 60
    assert len(list(exports.read(url, given["read"][0]))) == 600


@pytest.mark.parametrize(("role", "status"), [("submit", 403), (None, 401)])
def test_a_token_without_the_role_is_refused_in_one_line(
    url: str,
    given: dict[str, tuple[str, str]],
    tmp_path: Path,
    role: str | None,
    status: int,
) -> None:
    given_token: list[str | Path] = []
    if role:
        (tmp_path / "token").write_text(f"{given[role][0]}\n")
        given_token = ["--token-file", tmp_path / "token"]
    result = run("train", "--feedback", url, *given_token, "--output", tmp_path / "artifact")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith(f"Error: {url} answered {status}: ")
    assert not (tmp_path / "artifact").exists()


def test_a_replay_reads_the_running_gateway(
    url: str, given: dict[str, tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(options.TOKEN, given["read"][0])
    result = run("replay", settings.load().bento_artifact_dir, "--from", url, "--limit", 100)
    assert result.exit_code == 1
    assert "100" in result.stderr
    assert result.stderr.endswith(
        f"{url}: all answers are the candidate's own; there is no other model.\n"
    )


def test_drift_reads_the_running_gateway(
    url: str, given: dict[str, tuple[str, str]], tmp_path: Path
) -> None:
    (tmp_path / "token").write_text(given["read"][0])
    arguments: list[str | Path | int] = ["drift", "--from", url, "--token-file"]
    arguments += [tmp_path / "token", "--json", "--max-psi"]
    result = run(*arguments, "0.25")
    # They are all alike.
    assert result.exit_code == 1
    assert "The index of " in result.stderr
    compared = json.loads(result.stdout)
    model = load(Path(settings.load().bento_artifact_dir)).digest
    assert compared["answered_by"] == [{"model": model, "comments": 600}]
    # What the model reads again is what the gateway recorded.
    counts = [record.sentiment for record in exports.read(url, given["read"][0])]
    [sentiment] = [each for each in compared["measures"] if each["measure"] == "sentiment"]
    assert {each["bin"]: each["now"] for each in sentiment["bins"]} == {
        name: counts.count(name) / 600 for name in ("negative", "neutral", "positive")
    }
