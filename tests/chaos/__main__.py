"""`python -m tests.chaos`: a hundred faults at full load. Prints the table of bench/README.md."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click
from tqdm import tqdm

from bench.harness.conditions import conditions
from bench.harness.runner import write_json
from bench.harness.tables import print_conditions, print_table
from stream.devkafka import KAFKA_VERSION
from tests.chaos.faults import DECIDING, TRAINING, Fault
from tests.chaos.report import document, note, rows
from tests.chaos.run import Result, plan, run
from tests.chaos.trial import network_and_cluster
from tests.e2e import scenario

TRAINING_SHARE = 0.2
KAFKA = f"{KAFKA_VERSION}, three brokers behind proxies, 3 replicas, min.insync.replicas 2; three workers"


@click.command()
@click.option("--faults", "n", type=click.IntRange(1), default=100, show_default=True)
@click.option("--only", multiple=True, type=click.Choice([fault.name for fault in Fault]), help="Only these kinds.")
@click.option("--seed", type=int, default=14, show_default=True)
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="File for the figures.")
def chaos(n: int, only: tuple[str, ...], seed: int, json_file: Path | None) -> None:
    """Let faults happen to three brokers and three workers at full load; exit code 1 if anything is wrong.

    A fifth of the faults happens to workers that train, the rest to workers with a fixed segment model. Ctrl-C goes on
    to the check of what there is.
    """
    print_conditions(conditions(quick=n < 100) | {"Kafka": KAFKA})
    n_training = round(n * TRAINING_SHARE)
    kinds = [Fault[name] for name in only]
    plans = [
        plan([fault for fault in kinds or TRAINING if fault in TRAINING], n_training, seed),
        plan([fault for fault in kinds or DECIDING if fault in DECIDING], n - n_training, seed + 1),
    ]
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="segue-chaos-") as name, network_and_cluster() as on:
        folder = Path(name)
        scenario.make_segment_model(scenario.events(12_000), folder / "segment-model.json")
        for faults, model in zip(plans, (None, folder / "segment-model.json"), strict=True):
            if not faults:
                continue
            with tqdm(total=len(faults), unit="fault", desc="fixed model" if model else "training") as bar:
                results.append(run(folder, faults, seed, model, on, lambda _, bar=bar: bar.update()))  # type: ignore[misc]
            print_table(
                "Workers with a fixed segment model" if model else "Workers that train",
                rows(results[-1]),
                note(results[-1]),
            )
            if json_file is not None:
                write_json(json_file, document(results))
    anomalies = [anomaly for result in results for anomaly in result.anomalies]
    for anomaly in anomalies[:50]:
        click.echo(f"{anomaly.kind}: {anomaly.subject}: {anomaly.detail}", err=True)
    if anomalies or any(ended.code not in (0, 1) for result in results for ended in result.ended):
        raise click.ClickException(f"{len(anomalies)} anomalies, or a worker with a bug")


if __name__ == "__main__":
    chaos(prog_name="python -m tests.chaos")
