/* Who of the consumer group has which partition.
 *
 * The coordinator tells of each member what it was assigned, in the bytes of
 * Kafka's consumer protocol (ConsumerProtocolAssignment, all versions begin so):
 *
 *      int16 version
 *      int32 topics:  int16 length, name
 *                     int32 partitions:  int32 partition
 *      ...            (user data, not looked at)
 *
 * They are somebody else's bytes: every length is looked at before it is used. */
#include "kafka/feed_inside.h"

struct bytes {
    const uint8_t *at;
    size_t left;
    bool good;
};

/* A big-endian number of 2 or 4 bytes; 0 when there are fewer, and nothing more
 * is good. */
static int32_t
read_number(struct bytes *b, size_t size)
{
    uint32_t n = 0;

    if (b->left < size) {
        b->good = false;
        b->left = 0;
        return 0;
    }
    for (size_t i = 0; i < size; i++)
        n = n << 8 | b->at[i];
    b->at += size;
    b->left -= size;
    return size == 2 ? (int16_t)n : (int32_t)n;
}

/* The next topic's number.  -1: it is none of ours, or the bytes are bad. */
static int
read_topic(struct bytes *b)
{
    int32_t length = read_number(b, 2);
    int topic = -1;

    if (length < 0 || (size_t)length > b->left) {
        b->good = false;
        return -1;
    }
    for (int t = 0; t < TOPIC_COUNT; t++)
        if (strlen(topic_names[t]) == (size_t)length &&
            memcmp(topic_names[t], b->at, (size_t)length) == 0)
            topic = t;
    b->at += length;
    b->left -= (size_t)length;
    return topic;
}

bool
feed_assignment_read(const void *bytes, size_t size,
                     void (*take)(void *self, enum topic topic, int32_t partition), void *self)
{
    struct bytes b = { bytes, size, true };

    (void)read_number(&b, 2);
    /* Counts are not believed: each number takes bytes, and the loop ends with
     * them. */
    for (int32_t topics = read_number(&b, 4); b.good && topics > 0; topics--) {
        int topic = read_topic(&b);

        for (int32_t count = read_number(&b, 4); b.good && count > 0; count--) {
            int32_t partition = read_number(&b, 4);

            if (b.good && topic >= 0)
                take(self, (enum topic)topic, partition);
        }
    }
    return b.good;
}

bool
feed_holders_open(struct holders *h, const int32_t partitions[TOPIC_COUNT])
{
    *h = (struct holders){ 0 };
    for (int t = 0; t < TOPIC_COUNT; t++) {
        h->holder[t] = calloc((size_t)partitions[t], sizeof *h->holder[t]);
        h->is_ours[t] = calloc((size_t)partitions[t], sizeof *h->is_ours[t]);
        if (h->holder[t] == NULL || h->is_ours[t] == NULL)
            /* What was allocated is the caller's to close, also after a failure. */
            return false;
    }
    return true;
}

/* Whatever points to a name is void afterwards. */
static void
forget_names(struct holders *h)
{
    for (size_t i = 0; i < h->name_count; i++)
        free(h->names[i]);
    free(h->names);
    h->names = NULL;
    h->name_count = 0;
}

void
feed_holders_close(struct holders *h)
{
    forget_names(h);
    for (int t = 0; t < TOPIC_COUNT; t++) {
        free(h->holder[t]);
        free(h->is_ours[t]);
    }
}

/* One member's partitions on their way into the list. */
struct member {
    const struct feed_kafka *f;
    struct holders *h;
    const char *name;
    bool is_ours;
};

/* A member may have been assigned partitions that were added since we began. */
static void
take_one(void *self, enum topic topic, int32_t partition)
{
    struct member *m = self;

    if (partition < 0 || partition >= m->f->partitions[topic])
        return;
    m->h->holder[topic][partition] = m->name;
    m->h->is_ours[topic][partition] = m->is_ours;
}

/* "": nobody has it; NULL: it is not known. */
static void
set_all(const struct feed_kafka *f, struct holders *h, const char *name)
{
    for (int t = 0; t < TOPIC_COUNT; t++)
        for (int32_t p = 0; p < f->partitions[t]; p++) {
            h->holder[t][p] = name;
            h->is_ours[t][p] = false;
        }
}

/* "client.id (host)"; NULL without memory. */
static char *
name_of(const struct rd_kafka_group_member_info *info)
{
    const char *host = info->client_host[0] == '/' ? info->client_host + 1 : info->client_host;
    size_t size = strlen(info->client_id) + strlen(host) + sizeof " ()";
    char *name = malloc(size);

    if (name != NULL)
        (void)snprintf(name, size, "%s (%s)", info->client_id, host);
    return name;
}

/* False: what is said can't be understood, or there is no memory. */
static bool
take_members(struct feed_kafka *f, struct holders *h, const struct rd_kafka_group_info *group)
{
    h->names = calloc((size_t)group->member_cnt + 1, sizeof(char *));
    if (h->names == NULL)
        return false;
    set_all(f, h, "");
    for (int i = 0; i < group->member_cnt; i++) {
        const struct rd_kafka_group_member_info *info = &group->members[i];
        char *name = name_of(info);
        struct member m = { f, h, name, strcmp(info->client_id, f->client_id) == 0 };

        if (name == NULL)
            return false;
        h->names[h->name_count++] = name;
        if (info->member_assignment_size > 0 &&
            !feed_assignment_read(info->member_assignment, (size_t)info->member_assignment_size,
                                  take_one, &m))
            return false;
    }
    return true;
}

/* While the group shares anew nobody knows; a group without members is empty, or
 * is not there at all. */
static bool
is_settled(const struct rd_kafka_group_info *group)
{
    return group->err == RD_KAFKA_RESP_ERR_NO_ERROR &&
           (strcmp(group->state, "Stable") == 0 || strcmp(group->state, "Empty") == 0 ||
            strcmp(group->state, "Dead") == 0);
}

void
feed_holders_ask(struct feed_kafka *f, struct holders *h, int wait_ms)
{
    const struct rd_kafka_group_list *list = NULL;
    rd_kafka_resp_err_t code = rd_kafka_list_groups(f->producer, f->options.group, &list, wait_ms);
    bool known = false;

    /* Holders point to names, so those go first and the holders are all set
     * below. */
    forget_names(h);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR && list->group_cnt == 0) {
        set_all(f, h, "");
        known = true;
    } else if (list != NULL && list->group_cnt == 1 && is_settled(&list->groups[0])) {
        known = take_members(f, h, &list->groups[0]);
    }
    if (!known)
        set_all(f, h, NULL);
    if (list != NULL)
        rd_kafka_group_list_destroy(list);
}
