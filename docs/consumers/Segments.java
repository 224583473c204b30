// Know the segment of every user, act on every change. Needs kafka-clients and jackson-databind;
// `java -cp JARS Segments.java BROKERS GROUP [PREFIX]`.
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.header.Header;

public class Segments {
    record Row(int partition, long timestamp, String segment) {} // segment: null for an erased user

    static final ObjectMapper JSON = new ObjectMapper();
    static final Map<String, Row> users = new HashMap<>();
    static final Map<String, Boolean> seen = new LinkedHashMap<>() { // the last ids of changes
        @Override protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) { return size() > 100_000; }
    };

    static void say(Map<String, ?> line) throws Exception { // here you write to your own system
        System.out.println(JSON.writeValueAsString(line));
    }

    static void takeUser(ConsumerRecord<String, byte[]> record) throws Exception {
        Row before = users.get(record.key());
        if (record.value() == null && record.headers().lastHeader("segue.moved.partition") != null)
            return; // nobody was erased: the record is in another partition now
        if (before != null && before.partition != record.partition() && record.timestamp() < before.timestamp)
            return; // from before that move; partitions are read in any order
        String segment = record.value() == null ? null : JSON.readTree(record.value()).at("/segment/id").asText();
        users.put(record.key(), new Row(record.partition(), record.timestamp(), segment));
        // erased: delete all you hold of the user
        say(segment == null ? Map.of("erased", record.key()) : Map.of("user", record.key(), "segment", segment));
    }

    static void takeChange(ConsumerRecord<String, byte[]> record) throws Exception {
        Header id = record.headers().lastHeader("ce_id");
        if (seen.put(new String(id.value()), true) != null) return; // a repeat
        Row row = users.get(record.key());
        if (row != null && row.segment == null && record.timestamp() <= row.timestamp)
            return; // from before the erasure
        var change = JSON.readTree(record.value()); // with many more fields: ignore those you do not know
        say(Map.of("id", new String(id.value()), "user", record.key(), "sequence", change.get("sequence").asInt(),
            "to", change.at("/to/id").asText()));
    }

    public static void main(String[] args) throws Exception {
        String prefix = args.length > 2 ? args[2] : "", table = prefix + "user-segments";
        var settings = Map.<String, Object>of(
            "bootstrap.servers", args[0], "group.id", args[1], "auto.offset.reset", "earliest", "enable.auto.commit", false,
            "isolation.level", "read_committed", // else records of aborted transactions are read too
            "key.deserializer", "org.apache.kafka.common.serialization.StringDeserializer",
            "value.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer");
        var consumer = new KafkaConsumer<String, byte[]>(settings);
        var ended = new CompletableFuture<Void>();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> { consumer.wakeup(); ended.join(); }));
        try (consumer) {
            consumer.subscribe(List.of(table, prefix + "segment-changes"));
            while (true) {
                var polled = consumer.poll(Duration.ofSeconds(1));
                for (var record : polled)
                    if (record.topic().equals(table)) takeUser(record); else takeChange(record);
                var done = new HashMap<>(polled.nextOffsets());
                done.keySet().removeIf(partition -> partition.topic().equals(table)); // each start reads the table whole
                consumer.commitSync(done); // after acting
            }
        } catch (WakeupException stopped) { // has left the group, so others go on at once
        } finally {
            ended.complete(null);
        }
    }
}
