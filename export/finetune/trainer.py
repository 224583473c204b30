"""Training of a module by Hugging Face's Trainer, stopped early by a score of what it did not learn from."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from torch import nn, optim
from transformers import EarlyStoppingCallback, Trainer, TrainingArguments

Evaluate = Callable[[], float]  # the score of the module as it is now: more is better

SCORE = "eval_score"
SELECTION = "eval_selection"  # the score plus a bonus that grows with the step


@dataclass(frozen=True)
class Schedule:
    """Length, rate and early stopping: after `patience` evaluations, one every `eval_every` steps, without gain."""

    max_steps: int
    batch: int
    rate: float
    eval_every: int
    patience: int = 3
    warm_up_steps: int = 0
    late_bonus: float = 0.0  # added to the score at the last step, in proportion before: the rate has come down by then
    drop_last: bool = False  # the incomplete last batch of an epoch
    group_by_length: bool = False


@dataclass(frozen=True)
class Trainable:
    """A module with its data set, collation and optimizer."""

    module: nn.Module
    dataset: Any
    collate: Callable[[Sequence[Any]], dict[str, Any]]
    optimizer: optim.Optimizer


class ScoreTrainer(Trainer):
    """A Trainer whose evaluation is one score, and whose choice of a checkpoint leans to later ones."""

    def __init__(self, *, evaluate: Evaluate, late_bonus: float, **settings: Any) -> None:
        super().__init__(**settings)
        self._score, self._late_bonus = evaluate, late_bonus

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """Evaluate the module, log the figures and pass them to the callbacks."""
        module = cast(nn.Module, self.model)
        module.eval()
        score = self._score()
        measures = {SCORE: score, SELECTION: score + self._late_bonus * self.state.global_step / self.args.max_steps}
        module.train()
        self.log(measures)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, measures)
        return measures


def fit(trainable: Trainable, schedule: Schedule, evaluate: Evaluate, work: Path, seed: int) -> float:
    """Train the module in place, restore its best checkpoint, and return the score there.

    Checkpoints go to the folder `work`; training resumes from a checkpoint in it.
    """
    trainer = ScoreTrainer(
        evaluate=evaluate,
        late_bonus=schedule.late_bonus,
        model=trainable.module,
        args=_arguments(schedule, work, seed),
        data_collator=trainable.collate,
        train_dataset=trainable.dataset,
        eval_dataset=trainable.dataset,  # required, and unused: `evaluate` has its own data
        callbacks=[EarlyStoppingCallback(schedule.patience)],
        optimizers=(trainable.optimizer, None),
    )
    with redirect_stdout(sys.stderr):  # what the Trainer logs is no result of a command
        trainer.train(resume_from_checkpoint=any(work.glob("checkpoint-*")) or None)
    best = trainer.state.best_global_step
    evaluations = [entry for entry in trainer.state.log_history if entry["step"] == best and SCORE in entry]
    return float(evaluations[-1][SCORE])


def _arguments(schedule: Schedule, work: Path, seed: int) -> TrainingArguments:
    return TrainingArguments(
        output_dir=str(work),
        max_steps=schedule.max_steps,
        per_device_train_batch_size=schedule.batch,
        learning_rate=schedule.rate,
        lr_scheduler_type="linear",
        warmup_steps=schedule.warm_up_steps,
        max_grad_norm=1.0,
        eval_strategy="steps",
        eval_steps=schedule.eval_every,
        save_strategy="steps",
        save_steps=schedule.eval_every,
        save_total_limit=1,
        logging_steps=schedule.eval_every,
        load_best_model_at_end=True,
        metric_for_best_model=SELECTION,
        greater_is_better=True,
        remove_unused_columns=False,
        dataloader_pin_memory=False,
        dataloader_drop_last=schedule.drop_last,
        train_sampling_strategy="group_by_length" if schedule.group_by_length else "random",
        report_to="none",
        seed=seed,
    )
