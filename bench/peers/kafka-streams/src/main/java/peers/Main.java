package peers;

import java.io.*;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.*;
import java.util.*;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.*;
import org.apache.avro.Conversions;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.*;
import org.apache.avro.io.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.kstream.*;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.*;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.*;
import redis.clients.jedis.*;

/**
 * Kafka Streams: topic -> Dedupe (store "ids") -> repartition by group -> Totals (stores "totals", "days") -> Redis.
 *
 * <p>State is exactly-once with GUARANTEE=exactly_once_v2. Redis gets absolute values, batched per 20 ms, and every value in
 * the stores again when a task starts, so a crash between commit and flush heals at the restart.
 */
public final class Main {
  static final AtomicLong events = new AtomicLong(), firstAt = new AtomicLong(), lastAt = new AtomicLong();

  static final long DAY_MS = 86_400_000L, CHINA_MS = 8 * 3_600_000L;
  static final int FRAME_BYTES = 10; // of Avro's single-object encoding: 0xC3 0x01 and a fingerprint

  /** What an id contributes, or a change to a group: both are (version, day, cents, count) plus the group. */
  record Entry(long version, String group, int day, long cents, int count) {}

  static final Serde<Entry> ENTRY = Serdes.serdeFrom(
      (topic, e) -> {
        if (e == null) return null;
        byte[] g = e.group.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        return ByteBuffer.allocate(24 + g.length).putLong(e.version).putInt(e.day).putLong(e.cents).putInt(e.count).put(g).array();
      },
      (topic, b) -> {
        if (b == null) return null;
        var in = ByteBuffer.wrap(b);
        long version = in.getLong();
        int day = in.getInt();
        long cents = in.getLong();
        int count = in.getInt();
        return new Entry(version, new String(b, 24, b.length - 24, java.nio.charset.StandardCharsets.UTF_8), day, cents, count);
      });

  static final class EventSerde implements Deserializer<Entry> {
    final Schema value;
    final GenericDatumReader<GenericRecord> reader;
    final Conversions.DecimalConversion decimal = new Conversions.DecimalConversion();
    BinaryDecoder decoder;
    GenericRecord reuse;

    EventSerde(Schema written, Schema wanted) {
      value = wanted.getField("value").schema().getTypes().get(1);
      reader = new GenericDatumReader<>(written, wanted);
    }

    @Override
    public Entry deserialize(String topic, byte[] b) {
      if (b.length < FRAME_BYTES || b[0] != (byte) 0xC3 || b[1] != 1) throw new IllegalArgumentException("another framing");
      try {
        decoder = DecoderFactory.get().binaryDecoder(b, FRAME_BYTES, b.length - FRAME_BYTES, decoder);
        reuse = reader.read(reuse, decoder);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      var amount = decimal.fromBytes((ByteBuffer) reuse.get("value"), value, (LogicalTypes.Decimal) value.getLogicalType());
      return new Entry((long) reuse.get("version"),
          reuse.get("province") + ":" + reuse.get("partner") + ":" + reuse.get("flow") + ":" + reuse.get("currency"),
          (int) Math.floorDiv((long) reuse.get("occurred_at") + CHINA_MS, DAY_MS), amount.movePointRight(2).longValueExact(), 1);
    }
  }

  static final class Dedupe implements Processor<String, Entry, String, Entry> {
    ProcessorContext<String, Entry> ctx;
    KeyValueStore<String, Entry> ids;

    @Override
    public void init(ProcessorContext<String, Entry> ctx) {
      this.ctx = ctx;
      ids = ctx.getStateStore("ids");
    }

    @Override
    public void process(Record<String, Entry> r) {
      firstAt.compareAndSet(0, System.nanoTime());
      events.incrementAndGet();
      Entry now = r.value(), old = ids.get(r.key());
      if (old != null && now.version <= old.version) return;
      if (old != null) {
        ctx.forward(r.withKey(old.group).withValue(new Entry(0, "", old.day, -old.cents, -1)));
      }
      ids.put(r.key(), now);
      ctx.forward(r.withKey(now.group).withValue(new Entry(0, "", now.day, now.cents, 1)));
    }
  }

  static final class Totals implements Processor<String, Entry, Void, Void> {
    final JedisPooled jedis;
    final Map<String, Entry> dirtyTotals = new HashMap<>();
    final Map<String, Long> dirtyDays = new HashMap<>(); // group|day
    KeyValueStore<String, Entry> totals;
    KeyValueStore<String, Long> days;

    Totals(JedisPooled jedis) {
      this.jedis = jedis;
    }

    @Override
    public void init(ProcessorContext<Void, Void> ctx) {
      totals = ctx.getStateStore("totals");
      days = ctx.getStateStore("days");
      try (var it = totals.all()) {
        it.forEachRemaining(e -> dirtyTotals.put(e.key, e.value));
      }
      try (var it = days.all()) {
        it.forEachRemaining(e -> dirtyDays.put(e.key, e.value));
      }
      flush();
      ctx.schedule(Duration.ofMillis(20), PunctuationType.WALL_CLOCK_TIME, t -> flush());
    }

    @Override
    public void process(Record<String, Entry> r) {
      Entry d = r.value(), t = totals.get(r.key());
      t = t == null ? new Entry(0, "", 0, d.cents, d.count) : new Entry(0, "", 0, t.cents + d.cents, t.count + d.count);
      totals.put(r.key(), t);
      dirtyTotals.put(r.key(), t);
      String k = r.key() + "|" + LocalDate.ofEpochDay(d.day);
      long sum = Objects.requireNonNullElse(days.get(k), 0L) + d.cents;
      days.put(k, sum);
      dirtyDays.put(k, sum);
    }

    void flush() {
      if (dirtyTotals.isEmpty() && dirtyDays.isEmpty()) return;
      try (var p = jedis.pipelined()) {
        dirtyTotals.forEach((g, t) -> p.hset("agg:" + g, Map.of("sum", "" + t.cents, "count", "" + t.count)));
        dirtyDays.forEach((k, v) -> {
          int bar = k.indexOf('|');
          p.hset("day:" + k.substring(0, bar), k.substring(bar + 1), "" + v);
        });
        p.sync();
      }
      dirtyTotals.clear();
      dirtyDays.clear();
      lastAt.set(System.nanoTime());
    }

    @Override
    public void close() {
      flush();
    }
  }

  public static void main(String[] args) throws Exception {
    String topic = System.getenv("TOPIC"), group = System.getenv("GROUP"), brokers = System.getenv("BOOTSTRAP");
    String guarantee = Objects.requireNonNullElse(System.getenv("GUARANTEE"), "exactly_once_v2");
    boolean follow = !Objects.requireNonNullElse(System.getenv("FOLLOW"), "").isEmpty();
    var p = new Properties();
    p.put(StreamsConfig.APPLICATION_ID_CONFIG, group);
    p.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, brokers);
    p.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, guarantee);
    p.put(StreamsConfig.STATE_DIR_CONFIG, System.getenv("STATE_DIR"));
    p.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, Objects.requireNonNullElse(System.getenv("THREADS"), "2"));
    p.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, Objects.requireNonNullElse(System.getenv("COMMIT_MS"), "100"));
    p.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 64 << 20);
    p.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    p.put(StreamsConfig.consumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG), group);
    p.put(StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), 6000);
    p.put(StreamsConfig.consumerPrefix(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG), 2000);
    p.put(StreamsConfig.producerPrefix("linger.ms"), "5");
    p.put(StreamsConfig.producerPrefix("transaction.timeout.ms"), "10000");

    var written = new Schema.Parser().parse(Path.of(System.getenv("SCHEMA")).toFile());
    var wanted = new Schema.Parser().parse(Path.of(System.getenv("WANTED")).toFile());
    var jedis = new JedisPooled(System.getenv("REDIS_URL"));
    var b = new StreamsBuilder();
    StoreBuilder<?> ids = Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore("ids"), Serdes.String(), ENTRY).withCachingEnabled();
    StoreBuilder<?> totals = Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore("totals"), Serdes.String(), ENTRY).withCachingEnabled();
    StoreBuilder<?> days = Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore("days"), Serdes.String(), Serdes.Long()).withCachingEnabled();
    b.addStateStore(ids).addStateStore(totals).addStateStore(days);
    // Avro readers are not thread-safe, so one per stream thread
    var decoders = ThreadLocal.withInitial(() -> new EventSerde(written, wanted));
    Serde<Entry> source = Serdes.serdeFrom(ENTRY.serializer(), (t, bytes) -> decoders.get().deserialize(t, bytes));
    b.stream(topic, Consumed.with(Serdes.String(), source))
        .process(Dedupe::new, "ids")
        .repartition(Repartitioned.with(Serdes.String(), ENTRY).withName("by-group").withNumberOfPartitions(4))
        .process(() -> new Totals(jedis), "totals", "days");

    var streams = new KafkaStreams(b.build(p), p);
    var stop = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> { stop.countDown(); streams.close(Duration.ofSeconds(10)); }));
    streams.setUncaughtExceptionHandler(e -> { e.printStackTrace(); return org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.SHUTDOWN_CLIENT; });
    streams.start();
    try (var admin = Admin.create(Map.of("bootstrap.servers", brokers))) {
      while (follow ? stop.getCount() > 0 : !caughtUp(admin, topic, group)) {
        if (streams.state() == KafkaStreams.State.ERROR) System.exit(1);
        Thread.sleep(50);
      }
    }
    System.out.printf("{\"events\": %d, \"wall_s\": %.2f, \"mode\": \"%s\"}%n", events.get(), (lastAt.get() - firstAt.get()) / 1e9, guarantee);
    System.out.flush();
    streams.close(Duration.ofSeconds(10));
    jedis.close();
  }

  /**
   * Input wholly committed, no open transaction and nothing but commit markers left on the repartition topic, and nothing
   * written to Redis for half a second.
   */
  static boolean caughtUp(Admin admin, String topic, String group) throws Exception {
    long last = lastAt.get();
    if (last == 0 || System.nanoTime() - last < 500_000_000L) return false;
    String inner = group + "-by-group-repartition";
    var done = admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
    var want = new HashMap<TopicPartition, OffsetSpec>();
    for (var t : admin.describeTopics(List.of(topic, inner)).allTopicNames().get().values())
      for (var i : t.partitions()) want.put(new TopicPartition(t.name(), i.partition()), OffsetSpec.latest());
    var ends = admin.listOffsets(want).all().get();
    var stable = admin.listOffsets(want, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED)).all().get();
    for (var tp : want.keySet()) {
      long end = ends.get(tp).offset(), at = done.get(tp) == null ? 0 : done.get(tp).offset();
      if (stable.get(tp).offset() < end || end - at > (tp.topic().equals(inner) ? 8 : 0)) return false;
    }
    return true;
  }
}
