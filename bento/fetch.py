"""`python -m bento.fetch`: fills the artifact's folder from a registry, before the Bento starts."""

from pathlib import Path

import click

import reporting
from bento import registry, settings
from bento.model.manifest import ArtifactError
from environment import SettingsError


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Copy the artifact BENTO_ARTIFACT_DIGEST of BENTO_ARTIFACT_REGISTRY to BENTO_ARTIFACT_DIR, and
    verify it. One that is there already stays."""
    try:
        chosen = settings.load()
        for name in ("bento_artifact_registry", "bento_artifact_digest"):
            if not getattr(chosen, name):
                raise SettingsError(f"{name.upper()}: is not set")
        folder = Path(chosen.bento_artifact_dir)
        digest = chosen.bento_artifact_digest
        is_new = registry.fetch(digest, chosen.bento_artifact_registry, folder)
    except (ArtifactError, SettingsError) as error:
        reporting.end("bento", error)
    except OSError as error:
        reporting.end("bento", f"BENTO_ARTIFACT_DIR='{folder}': {error}")
    click.echo(f"{folder}: {'fetched' if is_new else 'has already'} {digest}", err=True)


if __name__ == "__main__":
    main()
