"""`python -m k8s.doctor`: is this installation well, and if not, what is to be done?"""

from __future__ import annotations

import sys
import threading
import time
import warnings
from pathlib import Path

try:
    import click
    from rich.console import Console

    from k8s.doctor import report
    from k8s.doctor.check import Status
    from k8s.doctor.examination import Patient, examine
    from k8s.doctor.site import Site, read_token
except ModuleNotFoundError as missing:
    sys.exit(f"doctor: {missing.name} is not installed; `make develop` installs what this needs")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--url", default="http://127.0.0.1:8000", show_default=True, help="Base URL of the gateway."
)
@click.option(
    "--kubeconfig",
    envvar="KUBECONFIG",
    default="",
    help="File with the access to the cluster; without it the cluster is not looked at."
    "  [env: KUBECONFIG]",
)
@click.option("--namespace", default="valence", show_default=True, help="Namespace of Valence.")
@click.option(
    "--token-file",
    type=click.Path(path_type=Path),
    help="File with a token, whose roles are shown and with which the model is asked.",
)
@click.option(
    "--table",
    default="",
    help="DynamoDB table; unset: DYNAMODB_TABLE_NAME of the cluster or of this environment. AWS"
    " credentials, region and endpoint are those of any AWS client.",
)
@click.option(
    "--metrics",
    multiple=True,
    help="Base URL of metrics, of a gateway or a Bento, to compare their versions; repeatable.",
)
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
def main(
    url: str,
    kubeconfig: str,
    namespace: str,
    token_file: Path | None,
    table: str,
    metrics: tuple[str, ...],
    is_json: bool,
) -> None:
    """Check an installation from outside and inside, within ten seconds.

    Nothing is changed and no comment is stored. What cannot be checked is skipped, with the
    reason. The exit code is 1 if a check failed.
    """
    try:
        site = Site(url, read_token(token_file) if token_file else "")
    except ValueError as error:
        sys.exit(f"doctor: {error}")
    # The Kubernetes client warns of kubeconfigs without verification, and its threads end with
    # tracebacks when connections break: the checks tell of it in their own words.
    warnings.simplefilter("ignore")
    threading.excepthook = lambda _: None
    began = time.monotonic()
    results = examine(Patient(site, kubeconfig, namespace, table, metrics))
    seconds = time.monotonic() - began
    if is_json:
        click.echo(report.as_json(site.url, results, seconds))
    else:
        report.show(Console(highlight=False), site.url, results, seconds)
    sys.exit(any(result.status is Status.FAILED for result in results))


if __name__ == "__main__":
    main()
