"""Know the segment of every user, act on every change. Needs aiokafka; `python FILE BROKERS GROUP [PREFIX]`."""

import asyncio
import json
import signal
import sys
from contextlib import suppress

from aiokafka import AIOKafkaConsumer

brokers, group, prefix = [*sys.argv[1:4], ""][:3]
TABLE, CHANGES = prefix + "user-segments", prefix + "segment-changes"
users, seen = {}, {}  # user: (partition, timestamp, segment or None for an erased user); the last ids of changes


async def say(**line):  # here you write to your own system
    print(json.dumps(line), flush=True)


async def take_user(record, user, headers):
    before = users.get(user)
    if record.value is None and "segue.moved.partition" in headers:
        return  # nobody was erased: the record is in another partition now
    if before and before[0] != record.partition and record.timestamp < before[1]:
        return  # from before that move; partitions are read in any order
    segment = json.loads(record.value)["segment"]["id"] if record.value else None
    users[user] = record.partition, record.timestamp, segment
    await (say(user=user, segment=segment) if segment else say(erased=user))  # erased: delete all you hold of the user


async def take_change(record, user, headers):
    if headers["ce_id"] in seen:
        return  # a repeat
    seen[headers["ce_id"]] = True
    if len(seen) > 100_000:
        del seen[next(iter(seen))]
    _, timestamp, segment = users.get(user, (0, 0, ""))
    if segment is None and record.timestamp <= timestamp:
        return  # from before the erasure
    change = json.loads(record.value)  # with many more fields: ignore those you do not know
    await say(id=headers["ce_id"].decode(), user=user, sequence=change["sequence"], to=change["to"]["id"])


async def main():
    for number in (signal.SIGINT, signal.SIGTERM):  # a stop leaves the group, so others go on at once
        asyncio.get_running_loop().add_signal_handler(number, asyncio.current_task().cancel)
    consumer = AIOKafkaConsumer(
        TABLE,
        CHANGES,
        bootstrap_servers=brokers,
        group_id=group,
        isolation_level="read_committed",  # else records of aborted transactions are read too
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    async with consumer:
        while True:
            for partition, records in (await consumer.getmany(timeout_ms=1000)).items():
                for record in records:
                    take = take_user if partition.topic == TABLE else take_change
                    await take(record, record.key.decode(), dict(record.headers))
                if partition.topic == CHANGES:  # after acting; the table is never committed: each start reads it whole
                    await consumer.commit({partition: records[-1].offset + 1})


with suppress(asyncio.CancelledError):
    asyncio.run(main())
