/* What is said to Redis: keys under the prefix, and the commands that several steps begin alike.
 * Keys and arguments are kept in the calls until the next run is put together. */
#include "aggregator/wire.h"

struct text
kept_scope_key(struct calls *calls, const char *prefix, int scope, const char *what)
{
    char key[KEY_BYTES];

    return calls_keep(calls, (struct text){ key, key_scope(prefix, scope, what, key) });
}

struct text
kept_meta_key(struct calls *calls, const char *prefix, struct place place)
{
    char key[KEY_BYTES];
    size_t length = key_meta(prefix, topic_names[place.topic], place.partition, key);

    return calls_keep(calls, (struct text){ key, length });
}

struct text
kept_chunk_key(struct calls *calls, const char *prefix, struct place place, const char *generation,
               int64_t chunk)
{
    char key[KEY_BYTES];
    size_t length =
        key_chunk(prefix, topic_names[place.topic], place.partition, generation, chunk, key);

    return calls_keep(calls, (struct text){ key, length });
}

struct text
scope_key(struct wire *wire, int scope, const char *what)
{
    return kept_scope_key(&wire->calls, wire->settings->prefix, scope, what);
}

struct text
meta_key(struct wire *wire, struct place place)
{
    return kept_meta_key(&wire->calls, wire->settings->prefix, place);
}

struct text
chunk_key(struct wire *wire, struct place place, const char *generation, int64_t chunk)
{
    return kept_chunk_key(&wire->calls, wire->settings->prefix, place, generation, chunk);
}

void
ask_key(struct calls *calls, const char *command, struct text key)
{
    calls_begin(calls, NULL, key);
    calls_arg(calls, text_of(command));
    calls_arg(calls, key);
}

void
call_script(struct wire *wire, int number, int64_t keys, struct text first)
{
    calls_begin(&wire->calls, &wire->scripts[number], first);
    calls_integer(&wire->calls, keys);
    calls_arg(&wire->calls, first);
}

void
call_scope_script(struct wire *wire, int number, int64_t keys, int scope)
{
    call_script(wire, number, keys, scope_key(wire, scope, scope_own_keys[0]));
    for (int i = 1; i < SCOPE_OWN_KEYS; i++)
        calls_arg(&wire->calls, scope_key(wire, scope, scope_own_keys[i]));
}

void
put_version(struct calls *calls, struct version version)
{
    char text[VERSION_TEXT];

    calls_copy(calls, (struct text){ text, version_write(version, text) });
}

void
put_tag(struct calls *calls, const struct tag *tag)
{
    char text[TAG_TEXT];

    calls_copy(calls, (struct text){ text, tag_write(tag, text) });
}

void
put_day(struct calls *calls, int32_t day)
{
    char text[DAY_TEXT];

    day_write(day, text);
    calls_copy(calls, text_of(text));
}

void
ask_next_of_all(struct wire *wire)
{
    for (int t = 0; t < TOPIC_COUNT; t++)
        for (int32_t i = 0; i < wire->settings->partitions[t]; i++) {
            ask_key(&wire->calls, "HGET", meta_key(wire, (struct place){ (enum topic)t, i }));
            calls_arg(&wire->calls, text_of(meta_field_names[META_NEXT]));
        }
}

void
ask_meta(struct calls *calls, struct text key)
{
    ask_key(calls, "HMGET", key);
    for (int i = 0; i < META_FIELDS; i++)
        calls_arg(calls, text_of(meta_field_names[i]));
}

enum fault
take_meta(const struct answer *answer, struct meta *meta, struct why *why)
{
    struct text values[META_FIELDS];

    for (size_t i = 0; i < META_FIELDS; i++)
        values[i] = answer_item(answer, i);
    return meta_read(values, meta, why);
}

void
ask_hold(struct wire *wire, struct place place)
{
    call_script(wire, SCRIPT_HOLD, 1, meta_key(wire, place));
    calls_arg(&wire->calls, TEXT_LITERAL(""));
}

enum fault
wire_run(struct wire *wire, struct why *why)
{
    return calls_run(&wire->calls, &wire->world->store, why);
}

void
look_at_clock(struct wire *wire)
{
    int64_t day = wire->settings->fixed_day;

    if (day < 0)
        day = instant_china_day(clock_wall(&wire->world->clock));
    wire->day = day < 0 ? 0 : day > DAY_LAST ? DAY_LAST : (int32_t)day;
}
