"""EKS.md's commands reach AWS and a cluster only by name, and nothing in a new shell."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

from tests.k8s.eks_guide import (
    COMMANDS,
    GUIDE,
    TOKENS,
    VALUES,
    command,
    copy_manifests,
    shell,
    typed,
)
from tests.k8s.rendering import ROOT
from tests.k8s.shells import Machine, bashes

# What touches neither AWS nor a cluster.
LOCAL = re.compile(r"cp |\. k8s/|gh api |\.venv/bin/python -m gateway --new-token ")
PROGRAMS = ("aws", "cosign", "curl", "docker", "eksctl", "gh", "helm", "kubectl", "make")

each_bash = pytest.mark.parametrize("bash", bashes())


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Stand-ins for all that a command of the guide may call, which succeed and print nothing."""
    copy_manifests(tmp_path)
    made = Machine(tmp_path)
    for name in PROGRAMS:
        made.program(name)
    made.program("python")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv/bin").symlink_to(made.bin)
    (tmp_path / "ids").write_text("one\n")
    (tmp_path / "tokens").write_text("line\n")
    return made


def called(machine: Machine, bash: str, script: str, values: dict[str, str]) -> list[str]:
    """The calls of the stand-ins by a command."""
    machine.log.unlink(missing_ok=True)
    environment = {**values, "PATH": f"{machine.bin}:/usr/bin:/bin"}
    shell(bash, script, machine.folder, environment)
    return machine.calls()


@each_bash
def test_in_a_new_shell_no_command_calls_anything(bash: str, machine: Machine) -> None:
    """Neither AWS nor the cluster of somebody's kubeconfig, nor with the example as it is."""
    example = f"{(ROOT / 'k8s/aws/example.env').read_text()}\nset -o posix; set"
    for each in COMMANDS:
        if not LOCAL.match(each):
            assert called(machine, bash, each, {}) == [], each
    untouched = shell("bash", example, ROOT, {}).stdout
    names = {*VALUES} - {"INSTANCE_TYPE", "PLATFORM", "TAG", "MINE", "VPC", "CERTIFICATE"}
    for name in names:
        assert re.search(rf"(?m)^{name}=$", untouched), name


@each_bash
def test_with_the_values_each_call_names_its_region_or_cluster(bash: str, machine: Machine) -> None:
    machine.program("aws", '[ "$4" != describe-vpc-endpoints ] || echo vpce-1')
    found = []
    for each in COMMANDS:
        found += called(machine, bash, each, VALUES)
    programs = {call.partition(" ")[0] for call in found}
    assert programs == {*PROGRAMS, "python"}
    for call in found:
        if call.startswith("aws "):
            assert call.startswith("aws --region eu-west-1 "), call
        elif call.startswith("kubectl "):
            assert call.startswith(f"kubectl --context {VALUES['CONTEXT']} "), call
        elif call.startswith("helm "):
            assert f"--kube-context {VALUES['CONTEXT']} " in call
        elif call.startswith("eksctl "):
            assert re.search(r"--region eu-west-1|-f k8s/overlays/mine/cluster\.yaml", call), call


# Commands of the AWS CLI alone, which no API has.
CLI = {("cloudformation", "deploy"), ("ecr", "get-login-password"), ("eks", "update-kubeconfig")}
CLI |= {("s3", "rb")}


def test_aws_has_the_operations_and_their_options(machine: Machine) -> None:
    machine.program("aws", '[ "$4" != describe-vpc-endpoints ] || echo vpce-1')
    lines = [line for each in COMMANDS for line in called(machine, "bash", each, VALUES)]
    calls = [line.split() for line in lines if line.startswith("aws ")]
    assert len(calls) >= 40
    session: Any = botocore.session.get_session()
    for _, _, _, service, operation, *rest in calls:
        if (service, operation) in CLI:
            continue
        if operation == "wait":
            waiters = session.get_waiter_model(service).waiter_names
            assert rest[0] in {xform_name(name, "-") for name in waiters}
            continue
        model = session.get_service_model(service)
        names = {xform_name(name, "-"): name for name in model.operation_names}
        shape = model.operation_model(names[operation]).input_shape
        known = {f"--{xform_name(member, '-')}" for member in (shape.members if shape else ())}
        known |= {option.replace("--", "--no-", 1) for option in known} | {"--query", "--output"}
        assert {each for each in rest if each.startswith("--")} <= known, operation


@each_bash
def test_a_refused_overlay_is_not_applied_and_makes_no_cluster(bash: str, machine: Machine) -> None:
    machine.program("python", "exit 1")
    for each in COMMANDS:
        calls = called(machine, bash, each, VALUES)
        assert not [call for call in calls if re.search(r"create cluster| apply -k", call)]
    checked = [each for each in COMMANDS if "-m k8s.overlay" in each]
    assert len(checked) == 4, "to create the cluster, deploy, update and switch the table"


@each_bash
@pytest.mark.parametrize(("after", "waits"), [(1, 1), (3, 3), (1_000, 60)])
def test_a_restore_may_take_hours(bash: str, after: int, waits: int, machine: Machine) -> None:
    """The client's own wait ends with an error after 25 looks, 20 seconds apart."""
    machine.program("aws", f'[ "$(grep -c "wait table-exists" {machine.log})" -ge {after} ]')
    calls = called(machine, bash, command("for try in"), VALUES)
    assert len(calls) == waits


def test_pasted_commands_have_no_comments_at_their_ends() -> None:
    """zsh would take them for arguments."""
    assert [each for each in COMMANDS if re.search(r"\s#\s", each)] == []


def test_the_images_are_built_on_the_newest_bases() -> None:
    builds = [each for each in COMMANDS if each.startswith("make images")]
    assert len(builds) == 2
    assert all('BUILD_FLAGS="--pull --platform' in each for each in builds)


def test_all_that_the_guide_makes_is_removed() -> None:
    text = GUIDE.text + TOKENS
    made, _, removal = text.partition("\n## Remove it all\n")
    removal, _, tokens = removal.partition(TOKENS)
    made += tokens + TOKENS
    removed = " ".join(typed(removal))
    stacks = set(re.findall(r"--stack-name ([a-z-]+)", made))
    assert stacks == {"valence", "valence-edge", "valence-release", "valence-tokens"}
    for stack in stacks:
        assert re.search(rf"(in|name|\w) {stack}[ ;]", removed), stack
    for table in ("comments", *re.findall(r"--target-table-name (\S+)", made)):
        assert re.search(rf"for table in [^;]*\b{table}[ ;]", removed), table
    edge = (ROOT / "k8s/aws/edge.yaml").read_text()
    [bucket] = re.findall(r"BucketName: !Sub (\S+)\$\{AWS::AccountId\}", edge)
    assert f"s3 rb s3://{bucket}${{ACCOUNT:?}} --force" in removed
    [secret] = re.findall(r"create-secret --name (\S+)", made)
    assert f"delete-secret --secret-id {secret} " in removed
    assert "delete-log-group --log-group-name /aws/eks/valence/cluster" in removed
