"""The Bento's settings: environment variables, their types, defaults and meaning."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

import environment
from certificate import Certificate

__all__ = ["RENAMED", "Settings", "load"]

RENAMED = {"ARTIFACT_DIR": "BENTO_ARTIFACT_DIR"}


class Settings(msgspec.Struct, frozen=True, rename="upper"):
    """Each field is read from the environment variable of its name in capitals."""

    bento_artifact_dir: Annotated[
        str, Meta(min_length=1, description="Folder of the artifact that answers.")
    ] = str(Path(__file__).parent / "artifact")
    bento_artifact_digest: Annotated[
        str,
        Meta(
            pattern="^sha256:[0-9a-f]{64}$",
            description="Digest that the artifact must have; any if unset.",
        ),
    ] = ""
    bento_artifact_registry: Annotated[
        str,
        Meta(
            description="Where `python -m bento.fetch` gets that artifact and puts it into its"
            " folder, before the Bento starts: `s3://BUCKET[/PREFIX]` or a folder."
        ),
    ] = ""
    bento_host: Annotated[
        str, Meta(min_length=1, description="Address on which `python -m bento` listens.")
    ] = "127.0.0.1"
    bento_port: Annotated[
        int, Meta(ge=1, le=65535, description="Port on which `python -m bento` listens.")
    ] = 3000
    bento_tls_certificate_file: Annotated[
        str,
        Meta(
            description="Certificate with its chain, as PEM, for HTTPS instead of HTTP; followed"
            " when it changes."
        ),
    ] = ""
    bento_tls_key_file: Annotated[
        str, Meta(description="Key of BENTO_TLS_CERTIFICATE_FILE, as PEM.")
    ] = ""
    bento_metrics_port: Annotated[
        int,
        Meta(ge=0, le=65535, description="Port of the Prometheus metrics; 0: none."),
    ] = 9091

    @property
    def certificate(self) -> Certificate | None:
        """For HTTPS; None: HTTP."""
        if not self.bento_tls_certificate_file:
            return None
        return Certificate(Path(self.bento_tls_certificate_file), Path(self.bento_tls_key_file))


def load(variables: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings. Raises `environment.SettingsError`."""
    settings = environment.load(Settings, variables, renamed=RENAMED)
    if settings.bento_metrics_port == settings.bento_port:
        port = settings.bento_metrics_port
        raise environment.SettingsError(f"BENTO_METRICS_PORT='{port}': the same as BENTO_PORT")
    files = (settings.bento_tls_certificate_file, settings.bento_tls_key_file)
    if any(files) and not all(files):
        raise environment.SettingsError(
            "BENTO_TLS_CERTIFICATE_FILE and BENTO_TLS_KEY_FILE: one is not set"
        )
    return settings
