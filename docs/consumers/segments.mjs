// Know the segment of every user, act on every change. Needs @confluentinc/kafka-javascript 1;
// `node FILE BROKERS GROUP [PREFIX]`.
import { KafkaJS } from "@confluentinc/kafka-javascript";

const [brokers, group, prefix = ""] = process.argv.slice(2);
const TABLE = prefix + "user-segments", CHANGES = prefix + "segment-changes";
const users = new Map(), seen = new Set(); // user: partition, timestamp, segment or null if erased; the last ids of changes

const say = async (line) => console.log(JSON.stringify(line)); // here you write to your own system

async function takeUser(partition, { key, value, headers, timestamp }) {
  const user = key.toString(), before = users.get(user);
  if (!value && headers?.["segue.moved.partition"]) return; // nobody was erased: the record is in another partition
  if (before && before.partition !== partition && +timestamp < before.timestamp) return; // from before that move
  const segment = value ? JSON.parse(value).segment.id : null;
  users.set(user, { partition, timestamp: +timestamp, segment });
  await say(segment ? { user, segment } : { erased: user }); // erased: delete all you hold of the user
}

async function takeChange({ key, value, headers, timestamp }) {
  const user = key.toString(), id = headers.ce_id.toString(), known = users.get(user);
  if (seen.has(id)) return; // a repeat
  if (seen.add(id).size > 100_000) seen.delete(seen.values().next().value);
  if (known?.segment === null && +timestamp <= known.timestamp) return; // from before the erasure
  const { sequence, to } = JSON.parse(value); // with many more fields: ignore those you do not know
  await say({ id, user, sequence, to: to.id });
}

const kafka = new KafkaJS.Kafka({ kafkaJS: { brokers: brokers.split(","), logLevel: KafkaJS.logLevel.ERROR } });
const consumer = kafka.consumer({
  kafkaJS: { groupId: group, readUncommitted: false, fromBeginning: true, autoCommit: false },
}); // readUncommitted: else records of aborted transactions are read too
const stop = () => consumer.disconnect().then(() => process.exit()); // leaves the group, so others go on at once
process.once("SIGINT", stop).once("SIGTERM", stop);
await consumer.connect();
await consumer.subscribe({ topics: [TABLE, CHANGES] });
await consumer.run({
  eachMessage: async ({ topic, partition, message }) => {
    if (topic === TABLE) return takeUser(partition, message); // never committed: each start reads the table whole
    await takeChange(message);
    await consumer.commitOffsets([{ topic, partition, offset: `${BigInt(message.offset) + 1n}` }]); // after acting
  },
});
