"""The CloudFormation template is valid, creates what the gateway needs, and permits its calls."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import cfnlint
import cfnlint.decode
import moto
import pytest
import yaml

from gateway.stores.dynamodb import store as dynamodb
from gateway.stores.dynamodb import table
from gateway.stores.dynamodb.items import INDEX, TTL
from tests.k8s.manifests import Objects
from tests.k8s.recorded_calls import used_by_the_gateway
from tests.k8s.rendering import ROOT, objects

TEMPLATE = ROOT / "k8s/aws/cloudformation.yaml"
REGION = "eu-central-1"

Json = dict[str, Any]


TEMPLATES = [
    file
    for file in sorted((ROOT / "k8s/aws").glob("*.yaml"))
    if "AWSTemplateFormatVersion" in file.read_text()
]


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_a_template_is_valid(file: Path) -> None:
    problems = cfnlint.lint(file.read_text(), regions=[REGION])
    assert [f"{problem.linenumber}: {problem.message}" for problem in problems] == []


@contextlib.contextmanager
def created_stack(**parameters: str) -> Iterator[dict[str, str]]:
    """The outputs of the stack, which exists in moto while the context lasts."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "moto")
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        patch.delenv("AWS_ENDPOINT_URL_DYNAMODB", raising=False)
        with moto.mock_aws():
            client = boto3.client("cloudformation")
            client.create_stack(
                StackName="valence",
                TemplateBody=TEMPLATE.read_text(),
                Capabilities=["CAPABILITY_NAMED_IAM"],
                Parameters=[
                    {"ParameterKey": key, "ParameterValue": value}
                    for key, value in parameters.items()
                ],
            )
            [stack] = client.describe_stacks(StackName="valence")["Stacks"]
            assert stack["StackStatus"] == "CREATE_COMPLETE"
            yield {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


@pytest.fixture
def stack() -> Iterator[dict[str, str]]:
    with created_stack() as outputs:
        yield outputs


def described(client: Any, name: str) -> Json:
    """The properties of a table that the gateway depends on."""
    description = client.describe_table(TableName=name)["Table"]
    return {
        "key": description["KeySchema"],
        "types": sorted(
            description["AttributeDefinitions"], key=lambda item: item["AttributeName"]
        ),
        "indexes": [
            {part: index[part] for part in ("IndexName", "KeySchema", "Projection")}
            for index in description["GlobalSecondaryIndexes"]
        ],
        "billing": description["BillingModeSummary"]["BillingMode"],
    }


def test_the_table_equals_the_one_that_the_gateway_creates(stack: dict[str, str]) -> None:
    client = boto3.client("dynamodb")
    table.create(client, "created-by-the-gateway")
    assert described(client, stack["Table"]) == described(client, "created-by-the-gateway")
    assert client.describe_table(TableName=stack["Table"])["Table"]["DeletionProtectionEnabled"]


def template() -> Json:
    decoded, _ = cfnlint.decode.decode(str(TEMPLATE))
    parsed: Json = decoded
    return parsed


def resources(kind: str) -> list[Json]:
    items = [item for item in template()["Resources"].values() if item["Type"] == kind]
    assert items
    return items


@pytest.mark.filterwarnings("ignore:Tried to parse AWS..ApplicationAutoScaling")
def test_capacity_may_be_provisioned() -> None:
    with created_stack(Billing="provisioned", LeastWrites="25", LeastReads="7") as stack:
        table = boto3.client("dynamodb").describe_table(TableName=stack["Table"])["Table"]
    assert table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED") == "PROVISIONED"
    for each in (table, *table["GlobalSecondaryIndexes"]):
        throughput = each["ProvisionedThroughput"]
        assert (throughput["WriteCapacityUnits"], throughput["ReadCapacityUnits"]) == (25, 7)


def test_capacity_follows_the_load_of_table_and_index() -> None:
    """Read from the template, because moto creates no scaling policies."""
    targets = {
        name: item["Properties"]
        for name, item in template()["Resources"].items()
        if item["Type"] == "AWS::ApplicationAutoScaling::ScalableTarget"
    }
    table, index = "table/${Table}", f"table/${{Table}}/index/{INDEX}"
    assert {
        (item["ResourceId"]["Fn::Sub"], item["ScalableDimension"]) for item in targets.values()
    } == {
        (table, "dynamodb:table:WriteCapacityUnits"),
        (table, "dynamodb:table:ReadCapacityUnits"),
        (index, "dynamodb:index:WriteCapacityUnits"),
        (index, "dynamodb:index:ReadCapacityUnits"),
    }
    policies = {
        item["Properties"]["ScalingTargetId"]["Ref"]: item["Properties"]
        for item in resources("AWS::ApplicationAutoScaling::ScalingPolicy")
    }
    assert policies.keys() == targets.keys()
    for name, target in targets.items():
        kind = "Write" if "Write" in target["ScalableDimension"] else "Read"
        assert target["MinCapacity"] == {"Ref": f"Least{kind}s"}
        assert target["MaxCapacity"] == {"Ref": f"Most{kind}s"}
        tracking = policies[name]["TargetTrackingScalingPolicyConfiguration"]
        metric = tracking["PredefinedMetricSpecification"]["PredefinedMetricType"]
        assert metric == f"DynamoDB{kind}CapacityUtilization"


def test_the_template_has_what_moto_does_not_create() -> None:
    [item] = resources("AWS::DynamoDB::Table")
    assert item["DeletionPolicy"] == item["UpdateReplacePolicy"] == "Retain"
    properties = item["Properties"]
    assert properties["TimeToLiveSpecification"] == {"AttributeName": TTL, "Enabled": True}
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    for repository in resources("AWS::ECR::Repository"):
        assert repository["Properties"]["ImageScanningConfiguration"] == {"ScanOnPush": True}


def test_a_pushed_tag_cannot_be_overwritten(stack: dict[str, str]) -> None:
    assert stack["GatewayRepository"] != stack["BentoRepository"]
    for repository in boto3.client("ecr").describe_repositories()["repositories"]:
        assert repository["imageTagMutability"] == "IMMUTABLE"


def test_pods_can_assume_the_role(stack: dict[str, str]) -> None:
    role = boto3.client("iam").get_role(RoleName=stack["RoleArn"].rpartition("/")[2])["Role"]
    [statement] = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert statement["Action"] == ["sts:AssumeRole", "sts:TagSession"]


def test_the_overlay_uses_this_table(stack: dict[str, str]) -> None:
    known = Objects(objects("eks"))
    [config] = [item["data"] for item in known.of("ConfigMap") if "GATEWAY_STORE" in item["data"]]
    assert config["DYNAMODB_TABLE_NAME"] == stack["Table"]
    assert config["AWS_REGION"] == REGION
    assert f"region: {REGION}\n" in (ROOT / "k8s/aws/cluster.yaml").read_text()


def allowed(stack: dict[str, str]) -> set[tuple[str, str]]:
    """Pairs of a permitted action and its target: `table`, or the name of an index."""
    client = boto3.client("iam")
    role = stack["RoleArn"].rpartition("/")[2]
    assert client.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
    [policy] = client.list_role_policies(RoleName=role)["PolicyNames"]
    document: Any = client.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    if isinstance(document, str):  # moto returns Python's notation, which is YAML too
        document = yaml.safe_load(document)
    pairs = set()
    for statement in document["Statement"]:
        assert statement["Effect"] == "Allow"
        actions = statement["Action"]
        for action in [actions] if isinstance(actions, str) else actions:
            _, _, target = statement["Resource"].partition(f":table/{stack['Table']}")
            assert statement["Resource"].startswith("arn:aws:dynamodb:"), statement
            pairs.add((action, target.removeprefix("/index/") or "table"))
    return pairs


async def test_the_gateway_may_do_what_it_needs_and_nothing_more(dynamodb_url: str) -> None:
    with created_stack() as stack:
        permitted = allowed(stack)
    assert dynamodb_url
    used = await used_by_the_gateway()
    assert ("dynamodb:PartiQLInsert", "table") in used
    assert ("dynamodb:Query", INDEX) in used
    assert permitted == used


def test_the_recorded_calls_are_complete() -> None:
    """A call that is new in the store must be added to `used_by_the_gateway`."""
    folder = Path(dynamodb.__file__ or "").parent
    sources = ((folder / name).read_text() for name in ("index.py", "store.py"))
    assert set(re.findall(r'_client\.call[(,]\s*"(\w+)"', "".join(sources))) == {
        "BatchExecuteStatement",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "Query",
        "UpdateItem",
    }
