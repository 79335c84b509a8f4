"""Who may do what at AWS beside the gateway's calls: after a restore, and in a release."""

from __future__ import annotations

from typing import Any

import boto3
import cfnlint.decode
import yaml

from gateway.stores.dynamodb.items import INDEX
from tests.k8s.rendering import ROOT
from tests.k8s.test_cloudformation import REGION, created_stack

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
    resources = [each["Resource"] for each in statements]
    assert [table.partition(":table/")[2] for table, _ in resources] == [
        "comments",
        f"comments/index/{INDEX}",
    ]
    for table, restored in resources:
        assert restored == table.replace(":table/comments", ":table/comments-2")
        assert f":dynamodb:{REGION}:" in restored


def test_only_a_tag_of_a_version_may_push_and_only_our_images() -> None:
    template, _ = cfnlint.decode.decode(str(ROOT / "k8s/aws/release.yaml"))
    role = template["Resources"]["Role"]["Properties"]
    [trust] = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Action"] == "sts:AssumeRoleWithWebIdentity"
    issuer = "token.actions.githubusercontent.com"
    assert trust["Condition"] == {
        "StringEquals": {f"{issuer}:aud": "sts.amazonaws.com"},
        "StringLike": {f"{issuer}:sub": {"Fn::Sub": "repo:${Repository}:ref:refs/tags/v*"}},
    }
    [policy] = role["Policies"]
    login, push = policy["PolicyDocument"]["Statement"]
    assert login["Action"] == "ecr:GetAuthorizationToken"
    assert [each["Fn::Sub"].rpartition(":repository/")[2] for each in push["Resource"]] == [
        "valence/gateway",
        "valence/bento",
    ]
    assert not [each for each in push["Action"] if "Delete" in each or "*" in each]
