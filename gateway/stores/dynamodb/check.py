"""Whether a table takes writes, and whether it is one of Valence."""

from __future__ import annotations

from gateway.errors import MisconfiguredError
from gateway.stores.dynamodb.client import Client, InvalidCallError, NoTableError
from gateway.stores.dynamodb.index import Index
from gateway.stores.dynamodb.items import INDEX


class Check:
    """A write that changes nothing; until it has passed once, the index is read, too."""

    def __init__(self, client: Client, table: str, index: Index) -> None:
        """
        Args:
            client: of DynamoDB.
            table: its name.
            index: of the table.
        """
        self._client = client
        self._table = table
        self._index = index
        self._is_known = False

    async def __call__(self) -> None:
        """
        Raises:
            MisconfiguredError: the table has another key, or no such index.
            StoreUnavailableError: DynamoDB does not take the write, or does not answer.
        """
        # A read would not do: a table that throttles all writes can be read.
        write = {
            "TableName": self._table,
            "Key": {"comment_id": {"S": "check"}},
            "ConditionExpression": "attribute_not_exists(comment_id)",
        }
        try:
            await self._client.call("DeleteItem", write)
            if not self._is_known:
                await self._index.check()
        except InvalidCallError:
            raise MisconfiguredError(
                f"the table {self._table} is not one of Valence: it needs the string key comment_id"
                f" and the index {INDEX}; set DYNAMODB_TABLE_NAME to another name, under which"
                " `python -m gateway --create-table` makes one"
            ) from None
        except NoTableError:
            # Another table's name and another region look the same from here.
            raise NoTableError(
                f"the table {self._table} does not exist in {self._client.region}; check"
                " DYNAMODB_TABLE_NAME and AWS_REGION, or create it with"
                " `python -m gateway --create-table`"
            ) from None
        self._is_known = True
