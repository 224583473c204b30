"""The commands of `python -m export`, each imported on use, since some take seconds to import."""

from __future__ import annotations

from importlib import import_module

import click

from export.errors import ExportError
from stream.core.text.steps import TextStepError
from stream.onnx.folder import EncoderError
from stream.wire.label_heads import LabelHeadsError

COMMANDS = {
    "finetune": "finetune",
    "labels": "labels",
    "project": "project",
    "student": "student",
    "convert": "convert",
    "keras": "keras",
    "verify": "verify",
    "record": "record",
    "default-model": "default_model",
    "demo-model": "demo_model",
}  # name of a command → module of `export.verbs`, and function in it


class LazyCommands(click.Group):
    """A group of commands, imported on use; expected errors are one sentence without a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the names in their order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command `cmd_name`; return None for an unknown name."""
        name = COMMANDS.get(cmd_name)
        if name is None:
            return None
        command: click.Command = getattr(import_module(f"export.verbs.{name}"), name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; turn expected errors into click's."""
        try:
            return super().invoke(ctx)
        except (ExportError, EncoderError, LabelHeadsError, TextStepError) as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=LazyCommands, context_settings={"max_content_width": 120})
def main() -> None:
    """Make the encoder that Segue runs: BERT in, a folder of model.onnx, tokenizer.json and manifest.json out.

    \b
    * Fine-tuned on your users:     python -m export finetune EVENTS --base BERT --out models/mine
    * Whitened on your texts:       python -m export convert BERT --texts TEXTS.txt --out models/mine ...
    * Fitted without torch:         python -m export project models/default --events EVENTS --out models/mine
    * Faster, nearly the same:     python -m export student models/default --out models/tokens
    * Label heads for an encoder:   python -m export labels models/mine EVENTS --label age --out models/labelled
    * Is a folder still good?       python -m export verify models/default
    * The encoders that ship:       python -m export default-model, python -m export demo-model

    Weights become int8: a quarter of the size, several times as fast. Pooling, projection and normalisation are part
    of the graph. A folder is written only if it agrees with its source. Give it to Segue with SEGUE_ENCODER.
    """


if __name__ == "__main__":
    main(prog_name="python -m export")
