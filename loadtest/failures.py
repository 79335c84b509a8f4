"""All that ends a measurement with one line, whichever part says it."""

from bento.artifact import ArtifactError
from loadtest.dynamodb_local import DynamoDBLocalError
from loadtest.errors import LoadTestError
from processes import ProcessError
from training.errors import DataError

FAILURES = (ArtifactError, DataError, DynamoDBLocalError, LoadTestError, ProcessError)
