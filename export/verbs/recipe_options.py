"""The options of a fine-tuning, as one `Recipe`."""

from __future__ import annotations

from functools import wraps
from typing import Any

import click

from export.finetune.recipe import Method, Objectives, Recipe
from export.verbs import options
from export.verbs.options import Command
from stream.core.text.steps import OPTIONS, TextStep

OBJECTIVES = {
    "same-user": Objectives(1.0, 0.0),
    "labels": Objectives(0.0, 1.0),
    "both": Objectives(1.0, 0.3),
}
_RECIPE = [
    click.option("--label", "labels", multiple=True, help="Declared trait to predict, e.g. age_band; repeatable."),
    click.option("--objective", type=click.Choice(list(OBJECTIVES)), default="same-user", show_default=True),
    click.option(
        "--method",
        type=click.Choice([each.value for each in Method]),
        default="auto",
        show_default=True,
        help="distil: a vector for each recurring text teaches the encoder, fast; contrastive: windows train it.",
    ),
    options.dimension,
    options.max_tokens,
    click.option(
        "--text-step",
        type=click.Choice(list(OPTIONS)),
        default="behaviour-1",
        show_default=True,
        help="How texts are normalised, in training and by every worker.",
    ),
    click.option("--max-epochs", type=click.IntRange(1), default=12, show_default=True, help="Of distillation."),
    click.option("--max-steps", type=click.IntRange(1), default=200, show_default=True, help="On windows."),
    click.option("--seed", default=0, show_default=True),
]


def recipe_options(command: Command) -> Command:
    """Add the options of a fine-tuning to `command`, which gets them as its arguments `recipe` and `objective`."""

    @wraps(command)
    def with_recipe(*, objective: str, method: str, text_step: str, labels: tuple[str, ...], **others: Any) -> None:
        if objective != "same-user" and not labels:
            raise click.UsageError(f"--objective {objective} needs at least one --label")
        fields = {name: others.pop(name) for name in ("dimension", "max_tokens", "seed", "max_epochs", "max_steps")}
        made = Recipe(
            **fields,
            text_step=TextStep(text_step),
            labels=labels,
            objectives=OBJECTIVES[objective],
            method=Method(method),
        )
        command(recipe=made, objective=objective, **others)

    decorated: Command = with_recipe
    for option in reversed(_RECIPE):
        decorated = option(decorated)
    return decorated
