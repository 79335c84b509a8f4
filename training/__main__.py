"""`python -m training`: train the model, evaluate it and classify texts."""

from importlib import import_module

import click

from bento.model.manifest import ArtifactError
from environment import SettingsError
from training.errors import DataError

_MODULES = {
    "train": "train",
    "evaluate": "evaluate",
    "holdout": "holdout",
    "predict": "predict",
    "tune": "tune",
    "replay": "replay",
    "drift": "drift",
    "reference": "drift",
    "publish": "registry",
    "fetch": "registry",
}
"""The module of `training.commands` that has each command. It is imported only when the command is
called, because importing scikit-learn takes longer than most commands do."""


class _Commands(click.Group):
    """Commands that are imported on demand. Errors that the user can correct are one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _MODULES:
            return None
        module = import_module(f"training.commands.{_MODULES[cmd_name]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (ArtifactError, DataError, SettingsError, OSError) as error:
            raise click.ClickException(" ".join(str(error).split())) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Train the sentiment model, evaluate it and classify texts."""


if __name__ == "__main__":
    cli(prog_name="python -m training")
