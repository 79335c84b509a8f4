"""The load balancer of Amazon EKS, and what may stand before it."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import yaml

from gateway import settings as gateway_settings
from tests.k8s.manifests import Objects, environment, pod
from tests.k8s.rendering import KUBECTL, ROOT, objects


def attributes(annotation: str, overlay: str = "eks") -> dict[str, str]:
    """The attributes that an annotation of the load balancer's Ingress sets."""
    ingress = Objects(objects(overlay)).find("Ingress", "valence", "valence")
    assert ingress
    value = ingress["metadata"]["annotations"][f"alb.ingress.kubernetes.io/{annotation}"]
    return dict(pair.split("=") for pair in value.split(","))


def test_it_waits_longer_than_the_gateway_and_not_for_ever() -> None:
    balancer = attributes("load-balancer-attributes")
    request_seconds = gateway_settings.load(
        environment(Objects(objects("eks")), "gateway")
    ).gateway_request_seconds
    assert request_seconds < int(balancer["idle_timeout.timeout_seconds"]) <= 60
    assert int(balancer["client_keep_alive.seconds"]) <= 600


def test_it_deregisters_a_pod_before_it_terminates() -> None:
    known = Objects(objects("eks"))
    ingress = known.find("Ingress", "valence", "valence")
    assert ingress
    annotations = ingress["metadata"]["annotations"]
    delay = attributes("target-group-attributes")
    [container] = pod(known, "gateway")["containers"]
    pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert int(delay["deregistration_delay.timeout_seconds"]) < pause
    assert annotations["alb.ingress.kubernetes.io/target-type"] == "ip"


def test_access_logs_keep_the_other_attributes_of_the_load_balancer() -> None:
    own, logged = (
        attributes("load-balancer-attributes"),
        attributes("load-balancer-attributes", overlay="edge"),
    )
    assert logged == logged | own
    assert set(logged.keys() - own.keys()) == {
        f"access_logs.s3.{name}" for name in ("enabled", "bucket", "prefix")
    }
    template = (ROOT / "k8s/aws/edge.yaml").read_text()
    bucket = logged["access_logs.s3.bucket"].replace("111122223333", "${AWS::AccountId}")
    assert f"BucketName: !Sub {bucket}\n" in template
    assert f"/{logged['access_logs.s3.prefix']}/AWSLogs/" in template


def test_the_overlay_in_the_documentation_sets_what_it_says(tmp_path: Path) -> None:
    text = (ROOT / "k8s/EKS.md").read_text()
    [block] = re.findall(r"```yaml\n(components: .*?access-logs.*?)```", text, re.DOTALL)
    manifests = os.path.relpath(ROOT / "k8s", tmp_path.resolve())
    (tmp_path / "kustomization.yaml").write_text(
        f"resources: [{manifests}/overlays/eks]\n{block.replace('../..', manifests)}"
    )
    command = [str(KUBECTL), "kustomize", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    ingress = Objects(yaml.safe_load_all(done.stdout)).find("Ingress", "valence", "valence")
    assert ingress
    found = ingress["metadata"]["annotations"]
    assert found["external-dns.alpha.kubernetes.io/hostname"] == "comments.example.com"
    assert found["alb.ingress.kubernetes.io/inbound-cidrs"] == "203.0.113.0/24,198.51.100.7/32"
    assert found["alb.ingress.kubernetes.io/wafv2-acl-arn"].startswith("arn:aws:wafv2:us-east-1:")
    logged = found["alb.ingress.kubernetes.io/load-balancer-attributes"]
    assert logged.endswith(",access_logs.s3.bucket=valence-access-logs-222233334444")
