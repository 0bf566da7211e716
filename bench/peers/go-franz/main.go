// A franz-go consumer group, hamba/avro, go-redis.
//
// Ids live in Redis ("id:<id>").  A polled batch is one MGET, one MULTI/EXEC with ids and increments together, then a commit of the
// group.  A crash between EXEC and commit brings the batch again, whose ids are then known: the totals stay right.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/hamba/avro/v2"
	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const frameBytes = 10 // of Avro's single-object encoding: 0xC3 0x01 and a fingerprint

// Event is what counts of a TradeEvent; Avro's other fields are skipped.
type Event struct {
	ID       string     `avro:"id"`
	Version  *int64     `avro:"version"`
	Province string     `avro:"province"`
	Partner  string     `avro:"partner"`
	Flow     string     `avro:"flow"`
	Value    **big.Rat  `avro:"value"` // *big.Rat is decoded wrong in a union (hamba/avro 2.31)
	Currency *string    `avro:"currency"`
	Occurred *time.Time `avro:"occurred_at"`
}

// entry is what an id contributes at present.
type entry struct {
	version    int64
	group, day string
	cents      int64
}

func (e entry) String() string {
	return fmt.Sprintf("%d|%s|%s|%d", e.version, e.group, e.day, e.cents)
}

func parse(s string) (e entry) {
	f := strings.Split(s, "|")
	e.version, _ = strconv.ParseInt(f[0], 10, 64)
	e.group, e.day = f[1], f[2]
	e.cents, _ = strconv.ParseInt(f[3], 10, 64)
	return
}

type total struct{ sum, count int64 }
type dayKey struct{ group, day string }

var (
	china   = time.FixedZone("China", 8*3600)
	hundred = big.NewRat(100, 1)
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "peer:", err)
		os.Exit(1)
	}
}

func apply(ctx context.Context, rdb *redis.Client, schema avro.Schema, recs []*kgo.Record) error {
	events, keys := make([]Event, len(recs)), make([]string, len(recs))
	for i, r := range recs {
		if len(r.Value) < frameBytes || r.Value[0] != 0xC3 || r.Value[1] != 1 {
			return fmt.Errorf("offset %d: another framing", r.Offset)
		}
		if err := avro.Unmarshal(schema, r.Value[frameBytes:], &events[i]); err != nil {
			return err
		}
		keys[i] = "id:" + events[i].ID
	}
	vals, err := rdb.MGet(ctx, keys...).Result()
	if err != nil {
		return err
	}
	known, dirty := make(map[string]entry, len(recs)), make([]any, 0, 2*len(recs))
	agg, days := map[string]total{}, map[dayKey]int64{}
	add := func(e entry, sign int64) {
		t := agg[e.group]
		agg[e.group] = total{t.sum + sign*e.cents, t.count + sign}
		days[dayKey{e.group, e.day}] += sign * e.cents
	}
	for i, ev := range events {
		old, ok := known[keys[i]]
		if !ok && vals[i] != nil {
			old, ok = parse(vals[i].(string)), true
		}
		if ok && *ev.Version <= old.version {
			continue
		}
		if ok {
			add(old, -1)
		}
		e := entry{*ev.Version, ev.Province + ":" + ev.Partner + ":" + ev.Flow + ":" + *ev.Currency,
			ev.Occurred.In(china).Format(time.DateOnly), new(big.Rat).Mul(*ev.Value, hundred).Num().Int64()}
		add(e, 1)
		known[keys[i]] = e
	}
	if len(known) == 0 {
		return nil
	}
	for k, e := range known {
		dirty = append(dirty, k, e.String())
	}
	_, err = rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.MSet(ctx, dirty...)
		for g, t := range agg {
			p.HIncrBy(ctx, "agg:"+g, "sum", t.sum)
			p.HIncrBy(ctx, "agg:"+g, "count", t.count)
		}
		for k, cents := range days {
			p.HIncrBy(ctx, "day:"+k.group, k.day, cents)
		}
		return nil
	})
	return err
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	text, err := os.ReadFile(os.Getenv("SCHEMA"))
	check(err)
	schema, err := avro.Parse(string(text))
	check(err)
	opt, err := redis.ParseURL(os.Getenv("REDIS_URL"))
	check(err)
	rdb := redis.NewClient(opt)
	topic, group := os.Getenv("TOPIC"), os.Getenv("GROUP")
	cl, err := kgo.NewClient(kgo.SeedBrokers(os.Getenv("BOOTSTRAP")), kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableAutoCommit(), kgo.BlockRebalanceOnPoll(), kgo.InstanceID(group),
		kgo.SessionTimeout(6*time.Second), kgo.HeartbeatInterval(2*time.Second))
	check(err)
	defer cl.CloseAllowingRebalance()
	adm := kadm.NewClient(cl)
	committed, err := adm.FetchOffsets(ctx, group)
	check(err)
	ends, err := adm.ListEndOffsets(ctx, topic)
	check(err)
	left := map[int32]int64{} // partition -> offset to reach
	ends.Each(func(o kadm.ListedOffset) {
		at := int64(0)
		if c, ok := committed.Lookup(topic, o.Partition); ok {
			at = c.At
		}
		if o.Offset > at {
			left[o.Partition] = o.Offset
		}
	})
	n, start := 0, time.Time{}
	for follow := os.Getenv("FOLLOW") != ""; ctx.Err() == nil && (follow || len(left) > 0); {
		f := cl.PollRecords(ctx, 10000)
		if ctx.Err() != nil {
			break
		}
		check(f.Err())
		if recs := f.Records(); len(recs) > 0 {
			if n == 0 {
				start = time.Now()
			}
			check(apply(context.WithoutCancel(ctx), rdb, schema, recs))
			check(cl.CommitRecords(context.WithoutCancel(ctx), recs...))
			n += len(recs)
			for _, r := range recs {
				if r.Offset+1 >= left[r.Partition] {
					delete(left, r.Partition)
				}
			}
		}
		cl.AllowRebalance()
	}
	json.NewEncoder(os.Stdout).Encode(map[string]any{"events": n, "wall_s": time.Since(start).Seconds()})
}
