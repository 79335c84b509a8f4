"""eksctl's file: valid for eksctl, and in agreement with the roles, the policies and the pods."""

from __future__ import annotations

import ipaddress
import json
import os
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from tests.k8s.manifests import Objects
from tests.k8s.rendering import ROOT, objects
from tests.k8s.test_cloudformation import resources

FILE = ROOT / "k8s/aws/cluster.yaml"
# eksctl divides a /16 among three zones: a /19 for each public subnet, then one for each private.
# https://github.com/eksctl-io/eksctl/blob/99984adb/pkg/vpc/vpc.go
ZONES, PREFIX = 3, 19

Json = dict[str, Any]


def cluster() -> Json:
    config: Json = yaml.safe_load(FILE.read_text())
    return config


def test_eksctl_accepts_it() -> None:
    """`eksctl utils schema` prints the schema; no package here has a copy of it."""
    file = os.environ.get("EKSCTL_SCHEMA")
    if not file:
        pytest.skip("EKSCTL_SCHEMA names no file with eksctl's schema")
    # Some of its references contain a character that a URI may not have.
    schema = json.loads(Path(file).read_text().replace("|", "."))
    validator = jsonschema_rs.validator_for(schema)
    assert [error.message for error in validator.iter_errors(cluster())] == []
    assert not validator.is_valid(cluster() | {"unknown": True})


def test_the_load_balancer_s_addresses_are_the_public_subnets() -> None:
    config = cluster()
    region = config["metadata"]["region"]
    assert len({*config["availabilityZones"]}) == ZONES
    assert all(zone.startswith(region) for zone in config["availabilityZones"])
    network = ipaddress.ip_network(config["vpc"]["cidr"])
    public = [str(each) for each in network.subnets(new_prefix=PREFIX)][:ZONES]
    policy = Objects(objects("eks")).find("NetworkPolicy", "gateway-from-load-balancer", "valence")
    assert policy
    assert [peer["ipBlock"]["cidr"] for peer in policy["spec"]["ingress"][0]["from"]] == public


def test_standard_support_and_an_api_server_that_is_not_for_everybody() -> None:
    config = cluster()
    assert config["upgradePolicy"] == {"supportType": "STANDARD"}
    assert config["vpc"]["clusterEndpoints"]["privateAccess"], "nodes must reach the API server"
    assert "0.0.0.0/0" not in config["vpc"]["publicAccessCIDRs"]
    assert {*config["cloudWatch"]["clusterLogging"]["enableTypes"]} >= {"audit", "authenticator"}
    [group] = config["managedNodeGroups"]
    assert group["nodeRepairConfig"] == {"enabled": True}


def roles() -> dict[str, Json]:
    return {
        item["Properties"]["RoleName"]: item["Properties"] for item in resources("AWS::IAM::Role")
    }


def test_each_role_can_be_taken_by_one_service_account_of_this_cluster_only() -> None:
    associations = {
        item["roleARN"].rpartition("/")[2]: item
        for item in cluster()["iam"]["podIdentityAssociations"]
        if "roleARN" in item
    }
    pod_roles = {
        name: role
        for name, role in roles().items()
        if "Service" in role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]
    }
    assert pod_roles.keys() == associations.keys()
    for name, role in pod_roles.items():
        [statement] = role["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Condition"] == {
            "StringEquals": {
                "aws:SourceAccount": {"Ref": "AWS::AccountId"},
                "aws:RequestTag/eks-cluster-name": {"Ref": "ClusterName"},
                "aws:RequestTag/kubernetes-namespace": associations[name]["namespace"],
                "aws:RequestTag/kubernetes-service-account": associations[name][
                    "serviceAccountName"
                ],
            }
        }


def test_the_autoscaler_changes_only_the_groups_of_this_cluster() -> None:
    [policy] = roles()["valence-cluster-autoscaler"]["Policies"]
    for statement in policy["PolicyDocument"]["Statement"]:
        actions = statement["Action"]
        names = [actions] if isinstance(actions, str) else actions
        verbs = {name.partition(":")[2] for name in names}
        if any(not verb.startswith(("Describe", "Get")) for verb in verbs):
            condition = {
                "StringEquals": {"aws:ResourceTag/eks:cluster-name": {"Ref": "ClusterName"}}
            }
            assert statement["Condition"] == condition
