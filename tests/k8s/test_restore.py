"""The drill of EKS.md's restore, with moto in place of DynamoDB: AWS alone has such backups."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import xform_name

from gateway.stores.dynamodb.items import POSITION, SHARD
from k8s.doctor.check import FailedError
from k8s.doctor.table import Table
from tests.k8s.eks_guide import GUIDE, VALUES, command, shell, typed
from tests.k8s.test_cloudformation import REGION, created_stack

RESTORED = "comments-2"
RESTORE = GUIDE.text.partition("\n## Restore\n")[2].partition("\n## ")[0]
CALLS = [each for each in typed(RESTORE) if re.match(r"aws --region \S+ dynamodb (?!wait)", each)]

Json = dict[str, Any]


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of the account that has the stack."""
    with created_stack():
        monkeypatch.setenv("AWS_REGION", REGION)
        yield boto3.client("dynamodb")


def call(client: Any, text: str) -> None:
    """Make the call that a command of the AWS CLI would make."""
    _, _, _, _, operation, *rest = shlex.split(text)
    name = client.meta.method_to_api_mapping[operation.replace("-", "_")]
    members = client.meta.service_model.operation_model(name).input_shape.members
    known = {f"--{xform_name(member, '-')}": member for member in members}
    parameters: Json = {}
    while rest:
        option = known[rest.pop(0)]
        kind = members[option].type_name
        if kind == "boolean":
            parameters[option] = True
        elif kind == "structure":  # the CLI's shorthand
            pairs = (pair.split("=") for pair in rest.pop(0).split(","))
            parameters[option] = {key: value == "true" or value for key, value in pairs}
        else:
            parameters[option] = rest.pop(0)
    getattr(client, xform_name(name))(**parameters)


def test_a_restored_table_has_all_records_and_what_it_lacked(client: Any) -> None:
    records = [
        {name: {"S": f"{name}-{number}"} for name in ("comment_id", SHARD, POSITION)}
        for number in range(20)
    ]
    for item in records:
        client.put_item(TableName="comments", Item=item)
    restore, *completions = CALLS
    assert "restore-table-to-point-in-time" in restore
    call(client, restore)
    table = Table(RESTORED)
    for check in (table.time_to_live, table.recovery):
        with pytest.raises(FailedError):
            check()
    for each in completions:
        call(client, each)
    assert table.keys()
    assert table.time_to_live()
    assert table.recovery()
    described = client.describe_table(TableName=RESTORED)["Table"]
    assert described["DeletionProtectionEnabled"]
    for item in records:
        key = {"comment_id": item["comment_id"]}
        assert client.get_item(TableName=RESTORED, Key=key)["Item"] == item


def test_the_gateway_switches_to_the_table_that_was_checked() -> None:
    commands = typed(RESTORE)
    check = commands.index(f"make doctor URL=https://${{DOMAIN:?}} TABLE={RESTORED}")
    [switch] = [each for each in commands if "cloudformation deploy" in each]
    assert f"--parameter-overrides RestoredTable={RESTORED}" in switch
    assert check < commands.index(switch)


def test_missing_comments_are_named(tmp_path: Path) -> None:
    (tmp_path / "ids").write_text("one\ntwo\nthree\n")
    curl = tmp_path / "curl"
    curl.write_text("#!/bin/sh\ncase $* in */comments/two) exit 22 ;; esac\n")
    curl.chmod(0o755)
    environment = VALUES | {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    done = shell("bash", command("while read -r id"), tmp_path, environment)
    assert done.stdout == "two is missing\n"
