"""Records as items of a DynamoDB table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from gateway.ledger.cursor import Position
from gateway.records import ANSWERED, Correction, Entry, Record

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
        name: {"S": getattr(record, name)} for name in ANSWERED
    }
    # The last hexadecimal digit of an id is random: evenly spread over SHARDS.
    attributes[SHARD] = {"S": record.comment_id[-1]}
    attributes[POSITION] = {"S": str(Position.of(record))}
    if entry.body_hash:
        attributes["body_hash"] = {"S": entry.body_hash}
    if entry.expires_at is not None:
        attributes[TTL] = {"N": str(entry.expires_at)}
    return attributes


def unpack(attributes: dict[str, AttributeValueTypeDef]) -> Entry:
    """The inverse of `pack`."""
    values: list[Any] = [attributes[name]["S"] for name in ANSWERED]
    values.append(_correction(attributes))
    return Entry(
        Record(*values),
        attributes["body_hash"]["S"] if "body_hash" in attributes else None,
        int(attributes[TTL]["N"]) if TTL in attributes else None,
    )


def pack_correction(correction: Correction) -> AttributeValueTypeDef:
    """The value of the attribute `correction`."""
    fields = msgspec.structs.asdict(correction).items()
    return {"M": {name: {"S": value} for name, value in fields}}


def _correction(
    attributes: dict[str, AttributeValueTypeDef],
) -> Correction | msgspec.UnsetType:
    if "correction" not in attributes:
        return msgspec.UNSET
    fields = attributes["correction"]["M"]
    values: list[Any] = [fields[name]["S"] for name in Correction.__struct_fields__]
    return Correction(*values)
