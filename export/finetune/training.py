"""How a module is trained: Hugging Face's Trainer, stopped by how well people are found again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from torch import nn, optim
from transformers import EarlyStoppingCallback, Trainer, TrainingArguments

Probe = Callable[[], dict[str, float]]  # measures of the module as it is now, on people it does not learn from

CRITERION = "found"  # the measure of a probe that decides
CHOICE = "choice"  # the same, leaning to later looks


@dataclass(frozen=True)
class Schedule:
    """How long, how fast, and when to stop: after `patience` looks, one every `look_every` steps, without gain."""

    steps: int
    batch: int
    rate: float
    look_every: int
    patience: int = 3
    warm_up_steps: int = 0
    later: float = 0.0  # how much worse the last look may be than the first and still be taken

    def of(self, steps: int) -> Schedule:
        """The same with another number of steps, looked at as often."""
        return replace(self, steps=steps, look_every=max(1, min(self.look_every, steps)))


class ProbedTrainer(Trainer):
    """A Trainer whose evaluation is a probe, and whose choice leans to later looks, when the rate has come down."""

    def __init__(self, *, probe: Probe, later: float, **settings: Any) -> None:
        super().__init__(**settings)
        self._probe, self._later = probe, later

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """The probe's measures, logged and given to the callbacks."""
        module = cast(nn.Module, self.model)
        module.eval()
        measures = {f"eval_{name}": value for name, value in self._probe().items()}
        measures[f"eval_{CHOICE}"] = (
            measures[f"eval_{CRITERION}"] + self._later * self.state.global_step / self.args.max_steps
        )
        module.train()
        self.log(measures)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, measures)
        return measures


def fit(
    module: nn.Module,
    dataset: Any,
    collate: Callable[[Sequence[Any]], dict[str, Any]],
    schedule: Schedule,
    optimizer: optim.Optimizer,
    probe: Probe,
    work: Path,
    seed: int,
    **arguments: Any,
) -> dict[str, float]:
    """Train `module` in place, leave it as it was at its best look, and return that look's measures.

    Checkpoints go to `work`; one that is there already is gone on from.
    """
    trainer = ProbedTrainer(
        probe=probe,
        later=schedule.later,
        model=module,
        args=_arguments(schedule, work, seed, arguments),
        data_collator=collate,
        train_dataset=dataset,
        eval_dataset=dataset,  # what is evaluated is the probe's affair
        callbacks=[EarlyStoppingCallback(schedule.patience)],
        optimizers=(optimizer, None),
    )
    trainer.train(resume_from_checkpoint=any(work.glob("checkpoint-*")) or None)
    best = trainer.state.best_global_step
    looks = [entry for entry in trainer.state.log_history if entry["step"] == best and f"eval_{CRITERION}" in entry]
    return {CRITERION: looks[-1][f"eval_{CRITERION}"]}


def _arguments(schedule: Schedule, work: Path, seed: int, more: dict[str, Any]) -> TrainingArguments:
    return TrainingArguments(
        output_dir=str(work),
        max_steps=schedule.steps,
        per_device_train_batch_size=schedule.batch,
        learning_rate=schedule.rate,
        lr_scheduler_type="linear",
        warmup_steps=schedule.warm_up_steps,
        max_grad_norm=1.0,
        eval_strategy="steps",
        eval_steps=schedule.look_every,
        save_strategy="steps",
        save_steps=schedule.look_every,
        save_total_limit=1,
        logging_steps=schedule.look_every,
        load_best_model_at_end=True,
        metric_for_best_model=CHOICE,
        greater_is_better=True,
        remove_unused_columns=False,
        dataloader_pin_memory=False,
        report_to="none",
        seed=seed,
        **more,
    )
