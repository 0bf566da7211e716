// kafkajs: sends each line of a file, {"topic": ..., "record": ...}, with a registry; no keys, partitions as they fall.
//
//   node send_file.mjs BROKERS REGISTRY FOLDER FILE
//
// FOLDER has the schemas.  Decimals come as texts, instants and days as numbers.
import { readFileSync } from "node:fs";
import { Kafka, Partitioners, logLevel } from "kafkajs";
import { SchemaRegistry, SchemaType } from "@kafkajs/confluent-schema-registry";

const [brokers, url, folder, file] = process.argv.slice(2);
const scales = { value: 4, quantity: 3 };

function decimal(text, scale) {
  const [whole, rest = ""] = text.split(".");
  let hex = BigInt(whole + rest.replace(/0+$/, "").padEnd(scale, "0")).toString(16);
  if (hex.length % 2) hex = "0" + hex;
  return Buffer.from(hex[0] > "7" ? "00" + hex : hex, "hex");
}

const registry = new SchemaRegistry({ host: url });
const ids = {};
for (const [topic, name] of Object.entries({ "trade-events": "trade_event.avsc", agreements: "agreement.avsc" })) {
  const schema = { type: SchemaType.AVRO, schema: readFileSync(`${folder}/${name}`, "utf8") };
  ids[topic] = await registry.getRegistryIdBySchema(`${topic}-value`, schema)
    .catch(async () => (await registry.register(schema, { subject: `${topic}-value` })).id);
}
const producer = new Kafka({ brokers: [brokers], logLevel: logLevel.ERROR }).producer({ createPartitioner: Partitioners.DefaultPartitioner });
await producer.connect();
const messages = { "trade-events": [], agreements: [] };
for (const line of readFileSync(file, "utf8").trim().split("\n")) {
  const { topic, record } = JSON.parse(line);
  for (const [name, scale] of Object.entries(scales)) if (typeof record[name] === "string") record[name] = decimal(record[name], scale);
  messages[topic].push({ value: await registry.encode(ids[topic], record) });
}
for (const topic of Object.keys(messages)) await producer.send({ topic, acks: -1, messages: messages[topic] });
await producer.disconnect();
