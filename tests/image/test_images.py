"""Both images, built on a base of Debian packages and run as locked down as in Kubernetes.

These tests need root, mmdebstrap, podman (whose builder is buildah) and runc, and are skipped
without them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from bento.model.model import Model
from gateway.stores.dynamodb import client as aws
from gateway.stores.dynamodb import table
from processes import Process, answers, free_port
from tests.support.api import post_comment
from tests.support.otlp import Receiver, receiver
from tests.support.s3 import ARTIFACT, REGISTRY, published, variables

ROOT = Path(__file__).parents[2]
TAG = "test"
# The uncompressed size on a node's disk; registries such as https://hub.docker.com state the
# compressed size.
MAX_MEGABYTES = {"gateway": 150, "bento": 600}
# Restrictions like those of a pod under the profile `restricted`.
LOCKED_DOWN = (
    *("--read-only", "--read-only-tmpfs=false", "--cap-drop=ALL"),
    *("--security-opt=no-new-privileges", "--network=host", "--pull=never"),
    # podman may not raise these limits where the machine is a container itself.
    *("--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024"),
)
PYTHON = "--entrypoint=/usr/bin/python3"
PODMAN = ("podman", "--runtime=runc", "--cgroup-manager=cgroupfs")

pytestmark = pytest.mark.timeout(900)


def podman(*arguments: str) -> str:
    done = subprocess.run([*PODMAN, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module", autouse=True)
def images() -> None:
    """Build both images."""
    missing = [name for name in ("mmdebstrap", "podman", "runc") if not shutil.which(name)]
    if missing or os.geteuid():
        pytest.skip(f"images cannot be built here without {', '.join(missing) or 'root'}")
    # The build trusts the certificates of this machine, which may be those of a proxy.
    environment = {"TAG": TAG, "BUILD_FLAGS": "--volume=/etc/ssl/certs:/etc/ssl/certs:ro"}
    done = subprocess.run(
        ["k8s/images.sh", "--debian"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-5_000:]


def run(part: str, *options: str, **settings: object) -> Process:
    variables = [f"--env={name}={value}" for name, value in settings.items()]
    name = f"valence-{part}-{uuid.uuid4()}"
    command = [*PODMAN, "run", "--rm", f"--name={name}", *LOCKED_DOWN, *options, *variables]
    return Process(part, [*command, f"localhost/valence-{part}:{TAG}"])


def folders(part: str) -> list[str]:
    """podman's options for the folders that a part's pod may write to, and their sizes."""
    deployment = yaml.safe_load((ROOT / f"k8s/base/{part}/deployment.yaml").read_text())
    pod = deployment["spec"]["template"]["spec"]
    sizes = {volume["name"]: volume["emptyDir"]["sizeLimit"] for volume in pod["volumes"]}
    return [
        f"--tmpfs={mount['mountPath']}:rw,mode=1777,size={sizes[mount['name']].removesuffix('i')}"
        for mount in pod["containers"][0]["volumeMounts"]
    ]


@pytest.fixture(scope="module")
def traces() -> Iterator[Receiver]:
    with receiver() as received:
        yield received


@pytest.fixture(scope="module")
def bento(traces: Receiver) -> Iterator[str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = {
        "BENTO_HOST": "127.0.0.1",
        "BENTO_PORT": port,
        "BENTO_METRICS_PORT": 0,
        "OTEL_EXPORTER_OTLP_ENDPOINT": traces.url,
    }
    with run("bento", *folders("bento"), **settings) as process:
        process.wait_until(lambda: answers(f"{url}/readyz"), seconds=60)
        yield url


@pytest.fixture(scope="module")
def gateway(bento: str, dynamodb_url: str, traces: Receiver) -> Iterator[str]:
    port, name = free_port(), f"comments-{uuid.uuid4()}"
    table.create(aws.connect(), name)
    settings = {
        "GATEWAY_HOST": "127.0.0.1",
        "GATEWAY_PORT": port,
        "GATEWAY_METRICS_PORT": 0,
        "MICROSERVICE_URL": bento,
        "DYNAMODB_TABLE_NAME": name,
        "AWS_ENDPOINT_URL_DYNAMODB": dynamodb_url,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "OTEL_EXPORTER_OTLP_ENDPOINT": traces.url,
    }
    with run("gateway", **settings) as process:
        url = f"http://127.0.0.1:{port}"
        process.wait_until(lambda: answers(f"{url}/readyz"), seconds=60)
        yield url


def test_comments_are_classified_and_stored(gateway: str, traces: Receiver) -> None:
    digest = Model.load(ARTIFACT).digest
    with httpx.Client(base_url=gateway, timeout=10) as client:
        for text, sentiment in (
            ("A fantastic image!", "positive"),
            ("Awful and broken.", "negative"),
        ):
            record = post_comment(client, text)
            assert (record["sentiment"], record["model"]) == (sentiment, digest)
            assert client.get(f"/comments/{record['comment_id']}").json() == record
    for service in ("valence-gateway", "valence-bento"):
        assert traces.wait_for(service=service)


def test_the_pages_are_served(gateway: str) -> None:
    for path in ("/", "/docs", "/static/swagger-ui/swagger-ui-bundle.js"):
        assert httpx.get(f"{gateway}{path}", timeout=10).status_code == 200


INSPECT = """
import json, os, pathlib
lines = pathlib.Path("/proc/self/status").read_text().splitlines()
status = dict(line.split(":\\t", 1) for line in lines if ":\\t" in line)
def writable(path):
    try:
        (pathlib.Path(path) / "x").touch()
    except OSError:
        return False
    return True
names = ("sh", "bash", "dash", "busybox", "perl", "gcc", "cc", "pip", "pip3", "apt-get", "git")
print(json.dumps({
    "user": os.getuid(),
    "capabilities": int(status["CapEff"], 16) | int(status["CapBnd"], 16),
    "no_new_privileges": int(status["NoNewPrivs"]),
    "writable": [path for path in ("/", "/app", "/tmp", "/usr") if writable(path)],
    "tools": [name for name in names for folder in os.environ["PATH"].split(":")
              if os.path.exists(f"{folder}/{name}")],
    "set_uid": [str(path) for path in pathlib.Path("/usr").rglob("*")
                if path.is_file() and path.stat().st_mode & 0o6000],
}))
"""


@pytest.mark.parametrize("part", MAX_MEGABYTES)
def test_the_attack_surface_is_small(part: str) -> None:
    image = f"localhost/valence-{part}:{TAG}"
    printed = podman("run", "--rm", *LOCKED_DOWN, PYTHON, image, "-c", INSPECT)
    assert json.loads(printed) == {
        "user": 10001,
        "capabilities": 0,
        "no_new_privileges": 1,
        "writable": [],
        "tools": [],
        "set_uid": [],
    }


@pytest.mark.parametrize("part", MAX_MEGABYTES)
def test_the_image_is_small_and_labelled(part: str) -> None:
    [image] = json.loads(podman("image", "inspect", f"localhost/valence-{part}:{TAG}"))
    assert image["Size"] <= MAX_MEGABYTES[part] * 1_000_000
    assert image["User"] == "10001:10001"
    labels = image["Labels"]
    assert labels["org.opencontainers.image.version"] == TAG
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert labels["org.opencontainers.image.revision"]
    assert labels["org.opencontainers.image.base.name"]


def test_the_image_of_the_bento_contains_only_the_service() -> None:
    code = "import os; print(*sorted(os.listdir('/app/bento')))"
    image = f"localhost/valence-bento:{TAG}"
    printed = podman("run", "--rm", *LOCKED_DOWN, PYTHON, image, "-c", code)
    modules = [path.name for path in Path("bento").glob("*.py")] + ["model"]
    assert printed.split() == sorted(["__pycache__", "artifact", *modules])


def test_the_image_of_the_bento_fetches_a_model_from_s3() -> None:
    digest = Model.load(ARTIFACT).digest
    writable = [f"--tmpfs={folder}:rw,mode=1777,size=96M" for folder in ("/artifact", "/tmp")]
    with published() as url:
        settings = {
            **variables(url),
            "BENTO_ARTIFACT_DIR": "/artifact/model",
            "BENTO_ARTIFACT_DIGEST": digest,
            "BENTO_ARTIFACT_REGISTRY": REGISTRY,
        }
        given = [f"--env={name}={value}" for name, value in settings.items()]
        # Fails if a part of the AWS client that it needs was left out of the image.
        image = f"localhost/valence-bento:{TAG}"
        podman("run", "--rm", *LOCKED_DOWN, *writable, *given, PYTHON, image, "-m", "bento.fetch")


@pytest.mark.parametrize("part", MAX_MEGABYTES)
def test_the_sbom_lists_pinned_packages_only(part: str) -> None:
    bill = json.loads(Path(f".data/images/valence-{part}-{TAG}.cdx.json").read_text())
    assert bill["bomFormat"] == "CycloneDX"
    component = bill["metadata"]["component"]
    assert (component["name"], component["version"]) == (f"valence-{part}", TAG)
    listed = {
        (re.sub(r"[-_.]+", "-", item["name"]).lower(), item["version"])
        for item in bill["components"]
    }
    lines = Path(f"{part}/requirements.txt").read_text().splitlines()
    pins = [line.split(";")[0].strip(" \\") for line in lines if "==" in line]
    pinned = {tuple(pin.split("==")) for pin in pins}
    assert listed <= pinned
    assert {name for name, _ in listed} >= {"granian", "msgspec"}
