/* zone: the inside of a time zone, for its three files and their tests. Others see mt_zone_load in clock.h. */
#ifndef MT_BASE_ZONE_H
#define MT_BASE_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

/* One change of a year in a POSIX TZ text: Mm.w.d, Jn or n, at time_s after local midnight. */
struct mt_zone_change {
    char form;                      /* 'M', 'J' (1..365, no leap day), 'D' (0..365) */
    int month, week, day;
    int32_t time_s;
};

/* What holds after the last listed transition. */
struct mt_zone_rule {
    bool seasonal;                  /* start and end count, summer_s between them */
    int32_t standard_s, summer_s;   /* local - utc */
    struct mt_zone_change start, end;
};

struct mt_zone {
    char name[64];
    size_t count;                   /* transitions, ascending */
    int64_t *at_s;                  /* owned; utc */
    int32_t *offset_s;              /* owned; from at_s[i] on */
    int32_t first_s;                /* before at_s[0] */
    bool ruled;                     /* rule holds from the last transition on */
    struct mt_zone_rule rule;
};

/* A TZif file (RFC 8536, versions 1 to 4) in bytes[0..length) into a zeroed zone. MT_ECORRUPT, MT_ENOMEM, MT_EREFUSED
 * for files that count leap seconds. On failure nothing is owned. */
int mt_zone_file_read(struct mt_zone *zone, const unsigned char *bytes, size_t length, struct mt_diag *diag) MT_CHECKED;

/* "EST5EDT,M3.2.0,M11.1.0". MT_ESYNTAX. */
int mt_zone_rule_parse(const char *text, size_t length, struct mt_zone_rule *out) MT_CHECKED;
int32_t mt_zone_rule_offset_s(const struct mt_zone_rule *rule, int64_t utc_s);
/* The first change after utc_s; INT64_MAX: none. */
int64_t mt_zone_rule_next_s(const struct mt_zone_rule *rule, int64_t utc_s);

#endif
