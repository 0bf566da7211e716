import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.apicurio.registry.serde.avro.AvroKafkaSerializer;
import java.io.File;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Kafka's own client and Apicurio's serializer: sends each line of a file, {"topic": ..., "record": ...}, with a registry.
 *
 *   java -cp 'lib/*' SendFile.java BROKERS REGISTRY FOLDER FILE
 *
 * REGISTRY is its own API; FOLDER has the schemas.  Decimals come as texts, instants and days as numbers.
 */
public class SendFile {
    static Object value(Schema schema, JsonNode node) {
        if (schema.getType() == Schema.Type.UNION)
            return node == null || node.isNull() ? null : value(schema.getTypes().get(1), node);
        switch (schema.getType()) {
        case STRING: return node.asText();
        case INT: return node.asInt();
        case LONG: return node.asLong();
        case ENUM: return new GenericData.EnumSymbol(schema, node.asText());
        case BYTES:
            int scale = ((LogicalTypes.Decimal) schema.getLogicalType()).getScale();
            return ByteBuffer.wrap(new BigDecimal(node.asText()).setScale(scale).unscaledValue().toByteArray());
        case ARRAY:
            List<Object> items = new ArrayList<>();
            node.forEach(item -> items.add(value(schema.getElementType(), item)));
            return items;
        case MAP:
            Map<String, Object> entries = new HashMap<>();
            node.fields().forEachRemaining(entry -> entries.put(entry.getKey(), value(schema.getValueType(), entry.getValue())));
            return entries;
        case RECORD:
            GenericData.Record record = new GenericData.Record(schema);
            for (Schema.Field field : schema.getFields())
                record.put(field.pos(), value(field.schema(), node.get(field.name())));
            return record;
        default: throw new IllegalArgumentException(schema.toString());
        }
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, Schema> schemas = new HashMap<>();
        schemas.put("trade-events", new Schema.Parser().parse(new File(arguments[2], "trade_event.avsc")));
        schemas.put("agreements", new Schema.Parser().parse(new File(arguments[2], "agreement.avsc")));
        Map<String, Object> settings = Map.of("bootstrap.servers", arguments[0], "acks", "all", "apicurio.registry.url", arguments[1],
            "apicurio.registry.auto-register", "true", "apicurio.registry.as-confluent", "true", "apicurio.registry.use-id", "contentId",
            "apicurio.registry.headers.enabled", "false");
        AvroKafkaSerializer<Object> serializer = new AvroKafkaSerializer<>();
        serializer.configure(settings, false);
        ObjectMapper json = new ObjectMapper();
        try (KafkaProducer<String, Object> producer = new KafkaProducer<>(settings, new StringSerializer(), serializer)) {
            for (String line : Files.readAllLines(Path.of(arguments[3]))) {
                JsonNode node = json.readTree(line);
                String topic = node.get("topic").asText();
                producer.send(new ProducerRecord<>(topic, node.get("record").get("id").asText(), value(schemas.get(topic), node.get("record"))),
                    (metadata, failed) -> { if (failed != null) { failed.printStackTrace(); System.exit(1); } });
            }
            producer.flush();
        }
    }
}
