/* feed_settings.h - settings of our topics that make them hold less than was
 * counted. */
#ifndef KAFKA_FEED_SETTINGS_H
#define KAFKA_FEED_SETTINGS_H

#include <stdbool.h>

enum topic_setting { SETTING_POLICY, SETTING_MS, SETTING_BYTES, SETTING_COUNT };

struct topic_settings {
    char value[SETTING_COUNT][32]; /* "": not known */
    bool denied;                   /* we may not look, and said so */
};

/* What one of them does to the totals, a constant; NULL: nothing. */
const char *feed_setting_trouble(const struct topic_settings *settings, enum topic_setting which,
                                 bool dead_letters);

#endif
