// franz-go without a group, hamba/avro, all state in a local pebble, Redis as a view of it.
//
// Ids, totals, days and the next offsets change in one synced pebble batch per poll; only then are the touched totals written to
// Redis as absolute values. At start every total in pebble is written again, so a crash between the two heals.
package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble"
	"github.com/cockroachdb/pebble/bloom"
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

// entry is what an id contributes at present; pebble holds it under "i" + id.
type entry struct {
	version int64
	group   string
	day     string
	cents   int64
}

func (e entry) bytes() []byte {
	b := binary.AppendVarint(binary.AppendVarint(nil, e.version), e.cents)
	return append(append(b, e.day...), e.group...) // a day is always 10 bytes
}

func parse(b []byte) (e entry) {
	version, n := binary.Varint(b)
	cents, m := binary.Varint(b[n:])
	b = b[n+m:]
	return entry{version, string(b[10:]), string(b[:10]), cents}
}

// Totals are small, so all of them are held in memory too: "a" + group -> sum, count; "d" + group + "|" + day -> sum.
type pair struct{ sum, count int64 }

type peer struct {
	db     *pebble.DB
	rdb    *redis.Client
	schema avro.Schema
	totals map[string]pair
	dirty  map[string]bool
}

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

func (p *peer) add(e entry, sign int64) {
	for _, k := range [2]string{"a" + e.group, "d" + e.group + "|" + e.day} {
		t := p.totals[k]
		p.totals[k] = pair{t.sum + sign*e.cents, t.count + sign}
		p.dirty[k] = true
	}
}

func (p *peer) flush(ctx context.Context) error {
	if len(p.dirty) == 0 {
		return nil
	}
	_, err := p.rdb.Pipelined(ctx, func(r redis.Pipeliner) error {
		for k := range p.dirty {
			t := p.totals[k]
			if group, day, ok := strings.Cut(k[1:], "|"); ok {
				r.HSet(ctx, "day:"+group, day, t.sum)
			} else {
				r.HSet(ctx, "agg:"+group, "sum", t.sum, "count", t.count)
			}
		}
		return nil
	})
	clear(p.dirty)
	return err
}

func (p *peer) apply(ctx context.Context, recs []*kgo.Record) error {
	batch, known, next := p.db.NewBatch(), make(map[string]entry, len(recs)), map[int32]int64{}
	var ev Event
	for _, r := range recs {
		if len(r.Value) < frameBytes || r.Value[0] != 0xC3 || r.Value[1] != 1 {
			return fmt.Errorf("offset %d: another framing", r.Offset)
		}
		if err := avro.Unmarshal(p.schema, r.Value[frameBytes:], &ev); err != nil {
			return err
		}
		next[r.Partition] = r.Offset + 1
		old, ok := known[ev.ID]
		if !ok {
			v, closer, err := p.db.Get([]byte("i" + ev.ID))
			if err == nil {
				old, ok = parse(v), true
				closer.Close()
			} else if !errors.Is(err, pebble.ErrNotFound) {
				return err
			}
		}
		if ok && *ev.Version <= old.version {
			continue
		}
		if ok {
			p.add(old, -1)
		}
		e := entry{*ev.Version, ev.Province + ":" + ev.Partner + ":" + ev.Flow + ":" + *ev.Currency,
			ev.Occurred.In(china).Format(time.DateOnly), new(big.Rat).Mul(*ev.Value, hundred).Num().Int64()}
		p.add(e, 1)
		known[ev.ID] = e
	}
	for id, e := range known {
		check(batch.Set([]byte("i"+id), e.bytes(), nil))
	}
	for k := range p.dirty {
		t := p.totals[k]
		check(batch.Set([]byte(k), binary.AppendVarint(binary.AppendVarint(nil, t.sum), t.count), nil))
	}
	for part, at := range next {
		check(batch.Set(fmt.Appendf(nil, "o%d", part), binary.AppendVarint(nil, at), nil))
	}
	if err := batch.Commit(pebble.Sync); err != nil {
		return err
	}
	return p.flush(ctx)
}

func (p *peer) load(offsets map[int32]int64) {
	it, err := p.db.NewIter(nil)
	check(err)
	defer it.Close()
	for _, kind := range []string{"a", "d", "o"} {
		for ok := it.SeekGE([]byte(kind)); ok && it.Key()[0] == kind[0]; ok = it.Next() {
			v, n := binary.Varint(it.Value())
			if kind == "o" {
				var part int32
				fmt.Sscan(string(it.Key()[1:]), &part)
				offsets[part] = v
				continue
			}
			count, _ := binary.Varint(it.Value()[n:])
			k := string(it.Key())
			p.totals[k] = pair{v, count}
			p.dirty[k] = true
		}
	}
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
	cache := pebble.NewCache(64 << 20)
	db, err := pebble.Open(os.Getenv("STATE_DIR")+"/pebble", &pebble.Options{Cache: cache, MemTableSize: 64 << 20, Logger: quiet{},
		Levels: []pebble.LevelOptions{{FilterPolicy: bloom.FilterPolicy(10)}}})
	check(err)
	p := &peer{db, redis.NewClient(opt), schema, map[string]pair{}, map[string]bool{}}
	offsets := map[int32]int64{}
	p.load(offsets)
	check(p.flush(ctx))

	topic := os.Getenv("TOPIC")
	adm, err := kadm.NewOptClient(kgo.SeedBrokers(os.Getenv("BOOTSTRAP")))
	check(err)
	ends, err := adm.ListEndOffsets(ctx, topic)
	check(err)
	adm.Close()
	left, from := map[int32]int64{}, map[int32]kgo.Offset{}
	ends.Each(func(o kadm.ListedOffset) {
		from[o.Partition] = kgo.NewOffset().At(offsets[o.Partition])
		if o.Offset > offsets[o.Partition] {
			left[o.Partition] = o.Offset
		}
	})
	cl, err := kgo.NewClient(kgo.SeedBrokers(os.Getenv("BOOTSTRAP")), kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: from}))
	check(err)
	n, start := 0, time.Time{}
	for follow := os.Getenv("FOLLOW") != ""; ctx.Err() == nil && (follow || len(left) > 0); {
		f := cl.PollRecords(ctx, 10000)
		if ctx.Err() != nil {
			break
		}
		check(f.Err())
		recs := f.Records()
		if n == 0 {
			start = time.Now()
		}
		check(p.apply(context.WithoutCancel(ctx), recs))
		n += len(recs)
		for _, r := range recs {
			if r.Offset+1 >= left[r.Partition] {
				delete(left, r.Partition)
			}
		}
	}
	cl.Close()
	json.NewEncoder(os.Stdout).Encode(map[string]any{"events": n, "wall_s": time.Since(start).Seconds()})
	check(db.Close())
}

type quiet struct{}

func (quiet) Infof(string, ...any)      {}
func (quiet) Errorf(f string, a ...any) { fmt.Fprintf(os.Stderr, f+"\n", a...) }
func (quiet) Fatalf(f string, a ...any) { check(fmt.Errorf(f, a...)) }
