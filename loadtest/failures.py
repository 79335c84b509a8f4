"""All that ends a measurement with one line, whichever part says it."""

from bento.model.artifact import ArtifactError
from loadtest.errors import LoadTestError
from loadtest.servers.dynamodb_local import DynamoDBLocalError
from processes import ProcessError
from training.errors import DataError

FAILURES = (ArtifactError, DataError, DynamoDBLocalError, LoadTestError, ProcessError)
