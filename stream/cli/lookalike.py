"""`segue lookalike`: the users most like a seed audience, by their profiles on `user-profiles`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, TextIO

import click
import msgspec
from tqdm import tqdm

from stream.cli.columns import columns
from stream.cli.odd_records import readable
from stream.cli.options import SettingOption, settings_options
from stream.core.sentence.visible_text import visible
from stream.kafka.connection import Connection
from stream.kafka.reader import reading
from stream.settings import build_group
from stream.wire.profiles import UserProfile
from stream.wire.topics import USER_PROFILES
from stream.wire.users import USER_CHARS_MAX

if TYPE_CHECKING:
    from stream.lookalike.pool import Pool
    from stream.lookalike.search import LookAlikes

_DELAY_S = 1.5  # before a progress bar
_N_TOLD = 3


@click.command()
@click.option(
    "--seed-file",
    type=click.File("r", encoding="utf-8-sig"),
    required=True,
    cls=SettingOption,
    help="File of user ids, one a line; - is standard input.",
)
@click.option("--n", "n", type=click.IntRange(1), default=1_000, cls=SettingOption, help="Users to find.")
@click.option("--json", "as_json", cls=SettingOption, is_flag=True, help="Print one JSON object a user and line.")
@settings_options(Connection)
def lookalike(seed_file: TextIO, n: int, as_json: bool, **values: Any) -> None:
    """Find the users most like the users in a file, the most like first.

    It reads `user-profiles`, so the workers need SEGUE_PUBLISH_PROFILES=changes or always. A logistic regression learns
    what tells the seeds from the others, and scores every user. The seeds are not among the answer.

    Example:

    \b
        segue lookalike --seed-file buyers.txt --n 1000 --json | jq -r .user > audience.txt
    """
    from stream.lookalike.search import LookAlikeError, look_alike

    seeds = seeds_of(seed_file)
    try:
        pool = read_pool(build_group(Connection, values))
        found = look_alike(pool, seeds, n, progress=lambda starts: _bar(starts, "chunks of users"))
    except LookAlikeError as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        sys.exit(130)
    _tell(found, pool.n_left_out)
    _print(found, as_json)


def seeds_of(file: Iterable[str]) -> list[str]:
    """Return the users in a file, one a line, in order; raises UsageError if it names none, or no user's id."""
    try:
        found = [line.strip() for line in file if line.strip()]
    except UnicodeDecodeError as error:
        raise click.UsageError(f"the seed file is not UTF-8: {error} (--seed-file)") from error
    if not found:
        raise click.UsageError("the seed file names no user: write one id a line (--seed-file)")
    if too_long := next((user for user in found if len(user) > USER_CHARS_MAX), ""):
        raise click.UsageError(
            f"a user id has at most {USER_CHARS_MAX} characters, got {len(too_long):,}: write one a line (--seed-file)"
        )
    return list(dict.fromkeys(found))


def read_pool(connection: Connection) -> Pool:
    """Return the profiles on `user-profiles` now."""
    from stream.lookalike.table import ProfileTable

    table = ProfileTable()
    with reading(connection, USER_PROFILES) as reader:
        total = sum(end - reader.starts[where] for where, end in reader.ends.items())
        for read in readable(_bar(reader.to_end(), "profiles", total), UserProfile):
            table.take(
                (read.key or b"").decode(errors="replace"), read.value, read.partition, read.timestamp_ms, read.headers
            )
    return table.pool()


def _tell(found: LookAlikes, n_left_out: int) -> None:
    """Tell of seeds and users that do not count, on standard error."""
    if found.unknown:
        some = ", ".join(visible(user) for user in found.unknown[:_N_TOLD])
        n = len(found.unknown)
        click.echo(f"{n:,} of {n + found.n_seeds:,} seeds have no profile, such as {some}", err=True)
    if n_left_out:
        click.echo(f"{n_left_out:,} users are left out: their profiles are of another encoder or features", err=True)
    click.echo(f"{found.n_seeds:,} seeds, compared with {found.n_profiles - found.n_seeds:,} users", err=True)


def _print(found: LookAlikes, as_json: bool) -> None:
    if as_json:
        for each in found.users:
            click.echo(msgspec.json.encode(each))
    else:
        rows = [(each.user, f"{each.score:.3f}", each.segment) for each in found.users]
        click.echo(columns([("user", "score", "segment"), *rows], right={1}))


def _bar(items: Any, what: str, total: int | None = None) -> Iterator[Any]:
    """Yield the items under a progress bar on standard error."""
    bar = tqdm(items, total=total, unit=f" {what}", file=sys.stderr, disable=None, delay=_DELAY_S, leave=False)
    yield from bar
