"""A Bento whose artifact comes from S3: the init container, its digest, and the role at AWS."""

from __future__ import annotations

import re
from typing import Any

import cfnlint.decode
import yaml

from bento import settings
from bento.model import arrays
from tests.k8s.manifests import Objects, environment, pod
from tests.k8s.rendering import ROOT, Object, objects

NAMES = ("bento", "bento-canary")
SIZES = {"Mi": 1024 * 1024}


def known() -> Objects:
    return Objects(objects("everything"))


def init_container(name: str) -> Object:
    [container] = pod(known(), name)["initContainers"]
    found: Object = container
    return found


def test_the_init_container_runs_a_program_of_the_image_without_a_shell() -> None:
    for name in NAMES:
        container = init_container(name)
        program, option, module = container["command"]
        assert (program, option) == ("/usr/bin/python3", "-m")
        assert (ROOT / f"{module.replace('.', '/')}.py").exists()
        assert program in (ROOT / "bento/Dockerfile").read_text()
        assert container["image"].startswith("valence-bento:")
        [own] = pod(known(), name)["containers"]
        assert container["envFrom"][0] == own["envFrom"][0]


def test_stable_and_canary_have_digests_of_their_own() -> None:
    digests = set()
    for name in NAMES:
        deployment = known().find("Deployment", name, "valence")
        assert deployment
        annotations = deployment["spec"]["template"]["metadata"]["annotations"]
        [variable] = init_container(name)["env"]
        key = re.fullmatch(
            r"metadata\.annotations\['(\w+)'\]", variable["valueFrom"]["fieldRef"]["fieldPath"]
        )
        assert key
        digest = annotations[key[1]]
        loaded = settings.load({variable["name"]: digest})
        assert loaded.bento_artifact_digest == digest
        digests.add(digest)
    assert len(digests) == 2


def test_the_bento_reads_what_the_init_container_writes() -> None:
    chosen = settings.load(environment(known(), "bento"))
    assert chosen.bento_artifact_registry.startswith("s3://")
    for name in NAMES:
        spec = pod(known(), name)
        writes, reads = (
            {mount["name"]: mount for mount in container["volumeMounts"]}
            for container in (init_container(name), *spec["containers"])
        )
        folder = chosen.bento_artifact_dir.rpartition("/")[0]
        assert writes["artifact"]["mountPath"] == reads["artifact"]["mountPath"] == folder
        assert "readOnly" not in writes["artifact"]
        assert reads["artifact"]["readOnly"]
        assert "tmp" in writes, "what arrives is verified there"
        [limit] = [
            volume["emptyDir"]["sizeLimit"]
            for volume in spec["volumes"]
            if volume["name"] == "artifact"
        ]
        assert int(limit[:-2]) * SIZES[limit[-2:]] > arrays.MAX_BYTES


def template() -> dict[str, Any]:
    decoded, _ = cfnlint.decode.decode(str(ROOT / "k8s/aws/models.yaml"))
    found: dict[str, Any] = decoded["Resources"]
    return found


def test_the_role_reads_models_and_nothing_else() -> None:
    role = template()["Role"]["Properties"]
    [policy] = role["Policies"]
    read, see = policy["PolicyDocument"]["Statement"]
    assert read["Action"] == "s3:GetObject"
    assert read["Resource"] == {"Fn::Sub": "${Bucket.Arn}/${Prefix}/*"}
    assert see["Action"] == "s3:ListBucket"
    assert see["Resource"] == {"Fn::GetAtt": ["Bucket", "Arn"]}


def test_only_bentos_of_the_cluster_can_take_the_role() -> None:
    gateway, _ = cfnlint.decode.decode(str(ROOT / "k8s/aws/cloudformation.yaml"))
    [theirs] = gateway["Resources"]["Role"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    [own] = template()["Role"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    account = "aws:RequestTag/kubernetes-service-account"
    association = template()["Association"]["Properties"]
    assert own["Condition"]["StringEquals"].pop(account) == association["ServiceAccount"] == "bento"
    theirs["Condition"]["StringEquals"].pop(account)
    assert own == theirs
    pods = pod(known(), "bento")
    assert pods["serviceAccountName"] == association["ServiceAccount"]


def test_the_registry_is_the_bucket_of_the_template() -> None:
    registry = settings.load(environment(known(), "bento")).bento_artifact_registry
    bucket = template()["Bucket"]["Properties"]["BucketName"]["Fn::Sub"]
    parameters = yaml.safe_load((ROOT / "k8s/aws/models.yaml").read_text().split("Resources:")[0])[
        "Parameters"
    ]
    account = "111122223333"
    own = bucket.replace("${AWS::AccountId}", account)
    assert registry == f"s3://{own}/{parameters['Prefix']['Default']}"
