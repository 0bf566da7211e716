// The same job as tally-aggregate for transactions, as a good engineer would do it without it: a franz-go consumer group, hamba/avro,
// go-redis; in Redis totals of pairs and margins, of provinces and of all, in all moving windows, years and months, with detail by
// chapter and area.
//
// Ids live in Redis ("id:<id>").  A polled batch is one MGET, is folded in memory, and becomes one MULTI/EXEC with ids and increments
// together; then the group commits.  A crash between EXEC and commit brings the batch again, whose ids are then known: the totals stay
// right.  "day:<day>" lists the ids of a day, and "today" is the day that the windows end at: when it moves, what leaves and enters
// them is added in one MULTI/EXEC, too.
//
// Not done, although Tally does it: statistics, agreements, rankings, `complete`, several instances on one scope.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"os/signal"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/hamba/avro/v2"
	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	frameBytes = 10 // of Avro's single-object encoding: 0xC3 0x01 and a fingerprint
	valueScale = 4  // digits behind the point of a decimal `value`
	usualMinor = 2
)

// Event is what counts of a TradeEvent; Avro's other fields are skipped.
type Event struct {
	ID        string     `avro:"id"`
	Version   *int64     `avro:"version"`
	Province  string     `avro:"province"`
	Area      *string    `avro:"province_area"`
	Partner   string     `avro:"partner"`
	Flow      string     `avro:"flow"`
	Commodity *string    `avro:"commodity"`
	Value     *[]byte    `avro:"value"` // of decimals the digits alone: big.Rat is a third of the time
	Currency  *string    `avro:"currency"`
	Quantity  *[]byte    `avro:"quantity"`
	Unit      *string    `avro:"unit"`
	Occurred  *time.Time `avro:"occurred_at"`
}

var decimals = regexp.MustCompile(`\{"type": "bytes", "logicalType": "decimal"[^}]*\}`)

// Minor units that are not hundredths (ISO 4217).
var minorDigits = map[string]int{"JPY": 0, "KRW": 0, "VND": 0}

// entry is what an id contributes at present.
type entry struct {
	version                                                  int64
	day                                                      int // days since 1970, in China
	province, partner, flow, currency, unit, commodity, area string
	minor, thousandths                                       int64
}

func (e entry) String() string {
	return fmt.Sprintf("%d|%d|%s|%s|%s|%s|%d|%s|%d|%s|%s", e.version, e.day, e.province, e.partner, e.flow, e.currency, e.minor, e.unit, e.thousandths, e.commodity, e.area)
}

func parse(s string) (e entry) {
	f := strings.Split(s, "|")
	e.version, _ = strconv.ParseInt(f[0], 10, 64)
	e.day, _ = strconv.Atoi(f[1])
	e.province, e.partner, e.flow, e.currency = f[2], f[3], f[4], f[5]
	e.minor, _ = strconv.ParseInt(f[6], 10, 64)
	e.unit = f[7]
	e.thousandths, _ = strconv.ParseInt(f[8], 10, 64)
	e.commodity, e.area = f[9], f[10]
	return
}

func digits(b *[]byte) *big.Int {
	if b == nil {
		return new(big.Int)
	}
	return new(big.Int).SetBytes(*b) // none is negative
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func entryOf(ev *Event) entry {
	e := entry{day: dayOf(*ev.Occurred), province: ev.Province, partner: ev.Partner, flow: strings.ToLower(ev.Flow), currency: text(ev.Currency),
		unit: text(ev.Unit), area: text(ev.Area), thousandths: digits(ev.Quantity).Int64()}
	if ev.Version != nil {
		e.version = *ev.Version
	}
	if c := text(ev.Commodity); c != "" {
		e.commodity = c[:2]
	}
	minor, ok := minorDigits[e.currency]
	if !ok {
		minor = usualMinor
	}
	e.minor = digits(ev.Value).Int64()
	for d := minor; d < valueScale; d++ {
		e.minor /= 10
	}
	return e
}

var china = time.FixedZone("China", 8*3600)

func dayOf(t time.Time) int { return int((t.Unix() + 8*3600) / 86400) }

// ---- what an entry adds, and where

// spot is one hash; where and what together are one field of it.
type spot struct {
	scope, partner, window string
	isDetail               bool
}
type totals map[spot]map[string]int64

var windows = []int{1, 7, 31, 92, 366}

// windowsOf are the windows that hold a day: first those that never leave it, then the moving ones.
func windowsOf(day, today int) []string {
	out := append(make([]string, 0, 2+len(windows)), "all", strconv.Itoa(time.Unix(int64(day)*86400, 0).UTC().Year()))
	for _, w := range windows {
		if today-w < day && day <= today {
			out = append(out, strconv.Itoa(w)+"d")
		}
	}
	return out
}

// amount is a field without what stands before it, and what an entry adds to it.
type amount struct {
	name string
	n    int64
}

// adds is what an entry adds to each hash that it is in: to totals, to detail, and to months.
type adds struct{ totals, detail, months []amount }

func (e *entry) amounts() []amount {
	name := "deals." + e.flow + "."
	out := append(make([]amount, 0, 3), amount{name + "events", 1})
	if e.currency != "" {
		out = append(out, amount{name + e.currency, e.minor})
	}
	if e.unit != "" {
		out = append(out, amount{name + "qty." + e.unit, e.thousandths})
	}
	return out
}

// adds are spelled once for all windows, scopes and margins.
func (e *entry) adds() adds {
	a := adds{totals: e.amounts()}
	month := time.Unix(int64(e.day)*86400, 0).UTC().Format("2006-01") + "|"
	for _, x := range a.totals {
		a.months = append(a.months, amount{month + x.name, x.n})
		if e.commodity != "" {
			a.detail = append(a.detail, amount{"hs:" + e.commodity + "|" + x.name, x.n})
		}
		if e.area != "" {
			a.detail = append(a.detail, amount{"area:" + e.area + "|" + x.name, x.n})
		}
	}
	return a
}

func (t totals) hash(s spot, list []amount, sign int64) {
	if len(list) == 0 {
		return
	}
	h := t[s]
	if h == nil {
		h = map[string]int64{}
		t[s] = h
	}
	for _, x := range list {
		h[x.name] += sign * x.n
	}
}

func (t totals) window(e *entry, a *adds, window string, sign int64) {
	for _, scope := range [...]string{e.province, "ALL"} {
		for _, partner := range [...]string{e.partner, "ALL"} {
			t.hash(spot{scope, partner, window, false}, a.totals, sign)
			t.hash(spot{scope, partner, window, true}, a.detail, sign)
		}
	}
}

func (t totals) add(e *entry, today int, sign int64) {
	a := e.adds()
	for _, w := range windowsOf(e.day, today) {
		t.window(e, &a, w, sign)
	}
	for _, scope := range [...]string{e.province, "ALL"} {
		for _, partner := range [...]string{e.partner, "ALL"} {
			t.hash(spot{scope, partner, "months", false}, a.months, sign)
		}
	}
}

func (t totals) send(ctx context.Context, p redis.Pipeliner) {
	for s, fields := range t {
		key := "same:{" + s.scope + "}:" + s.partner + ":" + s.window
		if s.isDetail {
			key += ":detail"
		}
		for field, n := range fields {
			if n != 0 {
				p.HIncrBy(ctx, key, field, n)
			}
		}
	}
}

// ---- a batch, and a day

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "peer:", err)
		os.Exit(1)
	}
}

func apply(ctx context.Context, rdb *redis.Client, schema avro.Schema, today int, recs []*kgo.Record) error {
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
	known, folded, ofDay := make(map[string]entry, len(recs)), totals{}, map[int][]any{}
	for i := range events {
		e := entryOf(&events[i])
		old, ok := known[keys[i]]
		if !ok && vals[i] != nil {
			old, ok = parse(vals[i].(string)), true
		}
		if ok && e.version <= old.version {
			continue
		}
		if ok {
			folded.add(&old, today, -1)
		}
		if !ok || old.day != e.day {
			ofDay[e.day] = append(ofDay[e.day], keys[i])
		}
		folded.add(&e, today, 1)
		known[keys[i]] = e
	}
	if len(known) == 0 {
		return nil
	}
	dirty := make([]any, 0, 2*len(known))
	for k, e := range known {
		dirty = append(dirty, k, e.String())
	}
	_, err = rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.MSet(ctx, dirty...)
		for day, ids := range ofDay {
			p.RPush(ctx, "day:"+strconv.Itoa(day), ids...)
		}
		folded.send(ctx, p)
		return nil
	})
	return err
}

// move lets the windows end at another day.
func move(ctx context.Context, rdb *redis.Client, from, to int) error {
	folded := totals{}
	for day := from - windows[len(windows)-1]; day <= to; day++ {
		have, want := windowsOf(day, from), windowsOf(day, to)
		if len(have) == len(want) {
			continue
		}
		keys, err := rdb.LRange(ctx, "day:"+strconv.Itoa(day), 0, -1).Result()
		if err != nil {
			return err
		}
		seen := map[string]bool{}
		for len(keys) > 0 {
			n := min(len(keys), 10000)
			vals, err := rdb.MGet(ctx, keys[:n]...).Result()
			if err != nil {
				return err
			}
			for i, v := range vals {
				// A correction may have moved it to another day, and back.
				if e := parse(v.(string)); e.day == day && !seen[keys[i]] {
					seen[keys[i]] = true
					a := e.adds()
					for _, w := range have[2:] {
						folded.window(&e, &a, w, -1)
					}
					for _, w := range want[2:] {
						folded.window(&e, &a, w, 1)
					}
				}
			}
			keys = keys[n:]
		}
	}
	_, err := rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Set(ctx, "today", to, 0)
		folded.send(ctx, p)
		return nil
	})
	return err
}

// today is the day that CLOCK says, or the day that it is in China; the windows are moved to it.
func today(ctx context.Context, rdb *redis.Client) int {
	now := dayOf(time.Now())
	if text := os.Getenv("CLOCK"); text != "" {
		t, err := time.ParseInLocation(time.DateOnly, text, china)
		check(err)
		now = dayOf(t)
	}
	was, err := rdb.Get(ctx, "today").Int()
	if err == redis.Nil {
		check(rdb.Set(ctx, "today", now, 0).Err())
		return now
	}
	check(err)
	if was < now {
		check(move(ctx, rdb, was, now))
		return now
	}
	return was
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	described, err := os.ReadFile(os.Getenv("SCHEMA"))
	check(err)
	schema, err := avro.Parse(decimals.ReplaceAllString(string(described), `"bytes"`))
	check(err)
	opt, err := redis.ParseURL(os.Getenv("REDIS_URL"))
	check(err)
	most := 50000 // the more records a batch has, the fewer increments they need
	if n, err := strconv.Atoi(os.Getenv("BATCH")); err == nil {
		most = n
	}
	opt.ReadTimeout, opt.WriteTimeout = time.Minute, time.Minute // for all answers of an EXEC
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
		f := cl.PollRecords(ctx, most)
		if ctx.Err() != nil {
			break
		}
		check(f.Err())
		if recs := f.Records(); len(recs) > 0 {
			if n == 0 {
				start = time.Now()
			}
			check(apply(context.WithoutCancel(ctx), rdb, schema, today(ctx, rdb), recs))
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
