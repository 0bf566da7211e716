// franz-go: sends each line of a file, {"topic": ..., "record": ...}, with a registry; keys and partitions are its own.
//
//	go run . BROKERS REGISTRY FOLDER FILE
//
// FOLDER has the schemas.  Decimals come as texts, instants and days as numbers.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"log"
	"math/big"
	"os"

	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"
)

var files = map[string]string{"trade-events": "trade_event.avsc", "agreements": "agreement.avsc"}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

type writer struct {
	id     int
	schema *avro.Schema
}

func main() {
	ctx, brokers, url, folder := context.Background(), os.Args[1], os.Args[2], os.Args[3]
	registry, writers := must(sr.NewClient(sr.URLs(url))), map[string]writer{}
	for topic, file := range files {
		text := string(must(os.ReadFile(folder + "/" + file)))
		registered := must(registry.CreateSchema(ctx, topic+"-value", sr.Schema{Schema: text}))
		writers[topic] = writer{registered.ID, must(avro.Parse(text))}
	}
	kafka := must(kgo.NewClient(kgo.SeedBrokers(brokers)))
	defer kafka.Close()
	lines := bufio.NewScanner(must(os.Open(os.Args[4])))
	for lines.Scan() {
		var line struct {
			Topic  string
			Record map[string]any
		}
		decoder := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		decoder.UseNumber()
		if err := decoder.Decode(&line); err != nil {
			log.Fatal(err)
		}
		for _, name := range []string{"value", "quantity"} {
			if text, ok := line.Record[name].(string); ok {
				line.Record[name], _ = new(big.Rat).SetString(text)
			}
		}
		w := writers[line.Topic]
		value := must(new(sr.ConfluentHeader).AppendEncode(nil, w.id, nil))
		value = must(w.schema.AppendEncode(value, line.Record))
		record := &kgo.Record{Topic: line.Topic, Key: []byte(line.Record["id"].(string)), Value: value}
		kafka.Produce(ctx, record, func(_ *kgo.Record, err error) {
			if err != nil {
				log.Fatal(err)
			}
		})
	}
	if err := kafka.Flush(ctx); err != nil {
		log.Fatal(err)
	}
}
