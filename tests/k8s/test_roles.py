"""Who may do what at AWS beside the gateway's calls: after a restore, in a release, for tokens."""

from __future__ import annotations

import fnmatch
import json
import re
from pathlib import Path
from typing import Any

import boto3
import cfnlint.decode
import pytest
import yaml

from gateway.stores.dynamodb.items import INDEX
from tests.k8s.manifests import Objects
from tests.k8s.rendering import ROOT, objects
from tests.k8s.test_cloudformation import REGION, created_stack, resources

AWS = ROOT / "k8s/aws"
OLD, NEW = "someone/valence", "someone@123456/valence@456789"

Json = dict[str, Any]


def records_policy(**parameters: str) -> list[Json]:
    """The statements of the gateway's policy in a stack with these parameters."""
    with created_stack(**parameters) as stack:
        role = stack["RoleArn"].rpartition("/")[2]
        policy = boto3.client("iam").get_role_policy(RoleName=role, PolicyName="records")
        document: Any = policy["PolicyDocument"]
    if isinstance(document, str):  # moto returns Python's notation, which is YAML too
        document = yaml.safe_load(document)
    statements: list[Json] = document["Statement"]
    return statements


def test_a_restored_table_may_be_used_like_the_table() -> None:
    statements = records_policy(RestoredTable="comments-2")
    named = [each["Resource"] for each in statements]
    assert [table.partition(":table/")[2] for table, _ in named] == [
        "comments",
        f"comments/index/{INDEX}",
    ]
    for table, restored in named:
        assert restored == table.replace(":table/comments", ":table/comments-2")
        assert f":dynamodb:{REGION}:" in restored


def template(file: Path) -> Json:
    decoded, problems = cfnlint.decode.decode(str(file))
    assert not problems
    parsed: Json = decoded
    return parsed


@pytest.mark.parametrize(
    ("repository", "fine"),
    [
        *((OLD, True), (NEW, True), ("some.one-1/a_b.c", True)),
        *(("someone", False), ("*/valence", False), ("someone@/valence@1", False)),
        *(("someone/valence:ref", False), ("someone@x/valence", False)),
    ],
)
def test_a_repository_is_named_as_github_s_tokens_name_it(repository: str, fine: bool) -> None:
    """https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/"""
    pattern = template(AWS / "release.yaml")["Parameters"]["Repository"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, repository)) == fine


@pytest.mark.parametrize("repository", [OLD, NEW])
def test_only_a_tag_of_a_version_may_push_images(repository: str) -> None:
    role = template(AWS / "release.yaml")["Resources"]["Role"]["Properties"]
    [statement] = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Condition"].keys() == {"StringEquals", "StringLike"}
    assert statement["Condition"]["StringEquals"] == {
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com"
    }
    [subject] = statement["Condition"]["StringLike"].values()
    pattern = subject["Fn::Sub"].replace("${Repository}", repository)

    def may(subject: str) -> bool:
        return fnmatch.fnmatchcase(subject, pattern)

    assert may(f"repo:{repository}:ref:refs/tags/v1.20.3")
    for other in ("refs/tags/vfoo", "refs/tags/v1", "refs/heads/main", "refs/heads/v1.2.3"):
        assert not may(f"repo:{repository}:ref:{other}")
    assert not may(f"repo:{repository}:pull_request")
    assert not may("repo:another/valence:ref:refs/tags/v1.2.3")


def test_the_operator_reads_the_tokens_and_no_other_secret() -> None:
    """EKS gives a role to pods that start after the association: it comes with the role."""
    parts = template(AWS / "tokens.yaml")["Resources"]
    assert {item["Type"] for item in parts.values()} == {
        "AWS::IAM::Role",
        "AWS::EKS::PodIdentityAssociation",
    }
    role, association = parts["Role"]["Properties"], parts["Association"]["Properties"]
    assert association["RoleArn"] == {"Fn::GetAtt": ["Role", "Arn"]}
    [statement] = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert statement["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    assert statement["Condition"] == {
        "StringEquals": {
            "aws:SourceAccount": {"Ref": "AWS::AccountId"},
            "aws:RequestTag/eks-cluster-name": association["ClusterName"],
            "aws:RequestTag/kubernetes-namespace": association["Namespace"],
            "aws:RequestTag/kubernetes-service-account": association["ServiceAccount"],
        }
    }
    [policy] = role["Policies"]
    [allowed] = policy["PolicyDocument"]["Statement"]
    assert allowed["Action"] == ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
    secret = Objects(objects("edge")).find("ExternalSecret", "tokens", "valence")
    assert secret
    [entry] = secret["spec"]["data"]
    assert allowed["Resource"]["Fn::Sub"].endswith(f":secret:{entry['remoteRef']['key']}-??????")


def test_the_operator_starts_after_its_role_where_the_guide_puts_it() -> None:
    text = (ROOT / "k8s/README.md").read_text()
    store, _ = yaml.safe_load_all(
        (ROOT / "k8s/components/external-secrets/external-secret.yaml").read_text()
    )
    assert "auth" not in store["spec"]["provider"]["aws"], "it has the pod's own identity"
    stack = text.index("--template-file k8s/aws/tokens.yaml")
    assert stack < text.index("$ helm upgrade --install external-secrets ")
    namespace = template(AWS / "tokens.yaml")["Resources"]["Association"]["Properties"]["Namespace"]
    assert f"-n {namespace} --create-namespace" in text


def test_what_expired_releases_leave_expires_too() -> None:
    """A rule for tags takes the index of a release, and leaves the images that it named."""
    for repository in resources("AWS::ECR::Repository"):
        policy = json.loads(repository["Properties"]["LifecyclePolicy"]["LifecyclePolicyText"])
        *tagged, rest = sorted(policy["rules"], key=lambda rule: int(rule["rulePriority"]))
        assert {rule["selection"]["tagStatus"] for rule in tagged} == {"tagged"}
        assert rest["selection"]["tagStatus"] == "untagged"
        assert rest["selection"]["countType"] == "sinceImagePushed"


def test_a_release_pushes_only_our_images() -> None:
    role = template(AWS / "release.yaml")["Resources"]["Role"]["Properties"]
    [policy] = role["Policies"]
    login, push = policy["PolicyDocument"]["Statement"]
    assert login["Action"] == "ecr:GetAuthorizationToken"
    assert [each["Fn::Sub"].rpartition(":repository/")[2] for each in push["Resource"]] == [
        "valence/gateway",
        "valence/bento",
    ]
    assert not [each for each in push["Action"] if "Delete" in each or "*" in each]
