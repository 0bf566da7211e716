package peers;

import java.io.*;
import java.nio.ByteBuffer;
import java.nio.file.*;
import java.time.*;
import java.util.*;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.avro.Conversions;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.*;
import org.apache.avro.io.*;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.*;
import org.apache.flink.api.common.typeinfo.*;
import org.apache.flink.api.connector.sink2.*;
import org.apache.flink.configuration.*;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import redis.clients.jedis.*;

/**
 * Flink DataStream in a MiniCluster. KafkaSource -> keyBy(id) Dedupe -> keyBy(group) Totals -> Redis sink.
 *
 * <p>State is exactly-once by checkpoints; the sink writes absolute values, every 20 ms and before each checkpoint, so what is
 * replayed after a crash overwrites. At start the newest checkpoint under STATE_DIR is restored.
 */
public final class Main {
  static final long DAY_MS = 86_400_000L, CHINA_MS = 8 * 3_600_000L;
  static final int FRAME_BYTES = 10; // of Avro's single-object encoding: 0xC3 0x01 and a fingerprint
  static final AtomicLong events = new AtomicLong(), firstAt = new AtomicLong(), lastAt = new AtomicLong();

  /** An event, or a change to a group (count is then 1 or -1). */
  public static class Event {
    public String id, group;
    public int day, count;
    public long version, cents;

    public Event() {}

    Event(String id, String group, long version, int day, long cents, int count) {
      this.id = id;
      this.group = group;
      this.version = version;
      this.day = day;
      this.cents = cents;
      this.count = count;
    }
  }

  public static class Kept {
    public String group;
    public int day;
    public long version, cents;
  }

  public static class Total {
    public String group;
    public int day;
    public long sum, count, daySum;
  }

  static final class Decode implements KafkaRecordDeserializationSchema<Event> {
    final String written, wanted;
    transient Schema value;
    transient GenericDatumReader<GenericRecord> reader;
    transient Conversions.DecimalConversion decimal;
    transient BinaryDecoder decoder;
    transient GenericRecord reuse;

    Decode(String written, String wanted) {
      this.written = written;
      this.wanted = wanted;
    }

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> r, Collector<Event> out) throws IOException {
      if (reader == null) {
        var schema = new Schema.Parser().parse(wanted);
        value = schema.getField("value").schema().getTypes().get(1);
        reader = new GenericDatumReader<>(new Schema.Parser().parse(written), schema);
        decimal = new Conversions.DecimalConversion();
      }
      byte[] b = r.value();
      if (b.length < FRAME_BYTES || b[0] != (byte) 0xC3 || b[1] != 1) throw new IOException("another framing");
      decoder = DecoderFactory.get().binaryDecoder(b, FRAME_BYTES, b.length - FRAME_BYTES, decoder);
      reuse = reader.read(reuse, decoder);
      var amount = decimal.fromBytes((ByteBuffer) reuse.get("value"), value, (LogicalTypes.Decimal) value.getLogicalType());
      firstAt.compareAndSet(0, System.nanoTime());
      events.incrementAndGet();
      out.collect(new Event(reuse.get("id").toString(),
          reuse.get("province") + ":" + reuse.get("partner") + ":" + reuse.get("flow") + ":" + reuse.get("currency"),
          (long) reuse.get("version"), (int) Math.floorDiv((long) reuse.get("occurred_at") + CHINA_MS, DAY_MS),
          amount.movePointRight(2).longValueExact(), 1));
    }

    @Override
    public TypeInformation<Event> getProducedType() {
      return TypeInformation.of(Event.class);
    }
  }

  static final class Dedupe extends KeyedProcessFunction<String, Event, Event> {
    transient ValueState<Kept> ids;

    @Override
    public void open(OpenContext c) {
      ids = getRuntimeContext().getState(new ValueStateDescriptor<>("ids", Kept.class));
    }

    @Override
    public void processElement(Event e, Context c, Collector<Event> out) throws Exception {
      Kept old = ids.value();
      if (old != null && e.version <= old.version) return;
      if (old != null) out.collect(new Event("", old.group, 0, old.day, -old.cents, -1));
      var k = new Kept();
      k.group = e.group;
      k.version = e.version;
      k.day = e.day;
      k.cents = e.cents;
      ids.update(k);
      out.collect(new Event("", e.group, 0, e.day, e.cents, 1));
    }
  }

  static final class Totals extends KeyedProcessFunction<String, Event, Total> {
    transient ValueState<Total> total;
    transient MapState<Integer, Long> days;

    @Override
    public void open(OpenContext c) {
      total = getRuntimeContext().getState(new ValueStateDescriptor<>("total", Total.class));
      days = getRuntimeContext().getMapState(new MapStateDescriptor<>("days", Types.INT, Types.LONG));
    }

    @Override
    public void processElement(Event e, Context c, Collector<Total> out) throws Exception {
      Total old = total.value(), t = new Total();
      Long day = days.get(e.day);
      t.group = e.group;
      t.sum = (old == null ? 0 : old.sum) + e.cents;
      t.count = (old == null ? 0 : old.count) + e.count;
      t.day = e.day;
      t.daySum = (day == null ? 0 : day) + e.cents;
      total.update(t);
      days.put(e.day, t.daySum);
      out.collect(t);
    }
  }

  record RedisSink(String url) implements Sink<Total> {
    @Override
    public SinkWriter<Total> createWriter(InitContext c) {
      return new Writer(url, c.getProcessingTimeService());
    }

    @Override
    public SinkWriter<Total> createWriter(WriterInitContext c) {
      return new Writer(url, c.getProcessingTimeService());
    }
  }

  static final class Writer implements SinkWriter<Total> {
    final JedisPooled jedis;
    final org.apache.flink.api.common.operators.ProcessingTimeService time;
    final Map<String, Map<String, String>> dirty = new HashMap<>();
    final String[] dayNames = new String[40000];

    Writer(String url, org.apache.flink.api.common.operators.ProcessingTimeService time) {
      this.jedis = new JedisPooled(url);
      this.time = time;
      tick(0);
    }

    void tick(long at) {
      flush(false);
      time.registerTimer(time.getCurrentProcessingTime() + 20, this::tick);
    }

    @Override
    public void write(Total t, Context c) {
      if (dayNames[t.day] == null) dayNames[t.day] = LocalDate.ofEpochDay(t.day).toString();
      var h = dirty.computeIfAbsent("agg:" + t.group, k -> new HashMap<>());
      h.put("sum", "" + t.sum);
      h.put("count", "" + t.count);
      dirty.computeIfAbsent("day:" + t.group, k -> new HashMap<>()).put(dayNames[t.day], "" + t.daySum);
    }

    @Override
    public void flush(boolean end) {
      if (dirty.isEmpty()) return;
      try (var p = jedis.pipelined()) {
        dirty.forEach(p::hset);
        p.sync();
      }
      dirty.clear();
      lastAt.set(System.nanoTime());
    }

    @Override
    public void close() {
      jedis.close();
    }
  }

  public static void main(String[] args) throws Exception {
    boolean follow = !Objects.requireNonNullElse(System.getenv("FOLLOW"), "").isEmpty();
    var state = Path.of(System.getenv("STATE_DIR"), "checkpoints");
    Files.createDirectories(state);
    var conf = new Configuration();
    conf.set(StateBackendOptions.STATE_BACKEND, Objects.requireNonNullElse(System.getenv("BACKEND"), "hashmap"));
    conf.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, state.toUri().toString());
    conf.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
    conf.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(Long.parseLong(Objects.requireNonNullElse(System.getenv("CHECKPOINT_MS"), "5000"))));
    conf.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(256));
    conf.set(TaskManagerOptions.NUM_TASK_SLOTS, 2);
    try (var files = Files.walk(state)) {
      files.filter(f -> f.endsWith("_metadata")).max(Comparator.comparingLong(f -> f.toFile().lastModified()))
          .ifPresent(f -> conf.set(StateRecoveryOptions.SAVEPOINT_PATH, f.getParent().toUri().toString()));
    }
    var env = StreamExecutionEnvironment.getExecutionEnvironment(conf);
    env.setParallelism(2);
    env.setMaxParallelism(128);
    env.setBufferTimeout(10);
    env.getConfig().enableObjectReuse();
    env.getCheckpointConfig().setExternalizedCheckpointRetention(ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    var source = KafkaSource.<Event>builder().setBootstrapServers(System.getenv("BOOTSTRAP")).setTopics(System.getenv("TOPIC"))
        .setGroupId(System.getenv("GROUP")).setStartingOffsets(OffsetsInitializer.earliest())
        .setDeserializer(new Decode(Files.readString(Path.of(System.getenv("SCHEMA"))), Files.readString(Path.of(System.getenv("WANTED")))));
    // a bounded source was seen not to end after a restore
    boolean bounded = !follow && !conf.contains(StateRecoveryOptions.SAVEPOINT_PATH);
    if (bounded) source.setBounded(OffsetsInitializer.latest());
    env.fromSource(source.build(), WatermarkStrategy.noWatermarks(), "events").uid("events")
        .keyBy(e -> e.id).process(new Dedupe()).uid("dedupe")
        .keyBy(e -> e.group).process(new Totals()).uid("totals")
        .sinkTo(new RedisSink(System.getenv("REDIS_URL"))).uid("redis");
    if (bounded) {
      env.execute("peer");
    } else { // the job commits its offsets to Kafka when a checkpoint, flush included, is done
      var job = env.executeAsync("peer");
      try (var admin = Admin.create(Map.of("bootstrap.servers", System.getenv("BOOTSTRAP")))) {
        while (follow || !caughtUp(admin, System.getenv("TOPIC"), System.getenv("GROUP"))) Thread.sleep(100);
      }
      job.cancel().get();
    }
    System.out.printf("{\"events\": %d, \"wall_s\": %.2f, \"mode\": \"%s\"}%n", events.get(), (lastAt.get() - firstAt.get()) / 1e9, conf.get(StateBackendOptions.STATE_BACKEND));
    System.exit(0);
  }

  static boolean caughtUp(Admin admin, String topic, String group) throws Exception {
    if (lastAt.get() == 0) return false;
    var done = admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
    var want = new HashMap<TopicPartition, OffsetSpec>();
    for (var i : admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions())
      want.put(new TopicPartition(topic, i.partition()), OffsetSpec.latest());
    for (var e : admin.listOffsets(want).all().get().entrySet()) {
      var at = done.get(e.getKey());
      if (e.getValue().offset() > 0 && (at == null || at.offset() < e.getValue().offset())) return false;
    }
    return true;
  }
}
