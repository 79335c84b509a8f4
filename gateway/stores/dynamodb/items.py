"""Records as items of a DynamoDB table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from gateway.cursor import Position
from gateway.records import Entry, Record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

INDEX = "by_time"
SHARD = "list_shard"
POSITION = "list_position"
TTL = "expires_at"
SHARDS = 16


def pack(entry: Entry) -> dict[str, AttributeValueTypeDef]:
    """The item: the record's fields, the keys of the listing index, and the expiry."""
    record = entry.record
    attributes: dict[str, AttributeValueTypeDef] = {
        name: {"S": value} for name, value in msgspec.structs.asdict(record).items()
    }
    # A hexadecimal digit of a random id: evenly spread over SHARDS.
    attributes[SHARD] = {"S": record.comment_id[0]}
    attributes[POSITION] = {"S": str(Position.of(record))}
    if entry.body_hash:
        attributes["body_hash"] = {"S": entry.body_hash}
    if entry.expires_at is not None:
        attributes[TTL] = {"N": str(entry.expires_at)}
    return attributes


def unpack(attributes: dict[str, AttributeValueTypeDef]) -> Entry:
    """The inverse of `pack`."""
    return Entry(
        Record(*(attributes[name]["S"] for name in Record.__struct_fields__)),  # type: ignore[arg-type]
        attributes["body_hash"]["S"] if "body_hash" in attributes else None,
        int(attributes[TTL]["N"]) if TTL in attributes else None,
    )
