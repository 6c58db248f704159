#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/zone.h"
#include "base/dec_text.h"

enum { ZONES_MAX = 64, FILE_MAX = 65536 };

static const char what[] = "time zone";

/* Never freed: strategies keep pointers. The lock is for loading only, a loaded zone does not change. */
static struct { struct mt_zone *zones[ZONES_MAX]; size_t count; pthread_mutex_t lock; } loaded = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
};

/* A name from a script becomes a path: no dots, nothing absolute. */
static bool name_is_safe(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
    size_t length = strlen(name);
    return length > 0 && length < sizeof ((struct mt_zone *)0)->name && name[0] != '/' &&
           strspn(name, allowed) == length;
}

/* "UTC" and "+05:30" need no file. */
static bool fixed_parse(const char *name, int32_t *out)
{
    if (strcmp(name, "UTC") == 0) {
        *out = 0;
        return true;
    }
    if (strlen(name) != 6 || (name[0] != '+' && name[0] != '-') || name[3] != ':')
        return false;
    if (!mt_is_digit(name[1]) || !mt_is_digit(name[2]) || !mt_is_digit(name[4]) || !mt_is_digit(name[5]))
        return false;
    int hours = (name[1] - '0') * 10 + name[2] - '0', minutes = (name[4] - '0') * 10 + name[5] - '0';
    if (hours > 23 || minutes > 59)
        return false;
    *out = (hours * 3600 + minutes * 60) * (name[0] == '-' ? -1 : 1);
    return true;
}

static int file_load(struct mt_zone *zone, struct mt_diag *diag)
{
    char path[128];
    int err;
    size_t length = 0;
    ssize_t got = 0;
    unsigned char *bytes = malloc(FILE_MAX);
    if (!bytes)
        return mt_fail(diag, MT_ENOMEM, "%s: %s: no memory", what, zone->name);
    snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", zone->name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        err = mt_fail(diag, errno == ENOENT || errno == ENOTDIR ? MT_ENOTFOUND : MT_EIO, "%s: %s: %s", what, path,
                      strerror(errno));
        goto out;
    }
    while (length < FILE_MAX && (got = read(fd, bytes + length, FILE_MAX - length)) > 0)
        length += (size_t)got;
    if (got < 0)
        err = mt_fail(diag, MT_EIO, "%s: %s: %s", what, path, strerror(errno));
    else
        err = mt_zone_file_read(zone, bytes, length, diag);
    close(fd);
out:
    free(bytes);
    return err;
}

static int zone_add(const char *name, const struct mt_zone **out, struct mt_diag *diag)
{
    for (size_t at = 0; at < loaded.count; at++) {
        if (strcmp(loaded.zones[at]->name, name) == 0) {
            *out = loaded.zones[at];
            return 0;
        }
    }
    if (loaded.count == ZONES_MAX)
        return mt_fail(diag, MT_ENOMEM, "%s: %s: more than %d zones", what, name, ZONES_MAX);
    struct mt_zone *zone = calloc(1, sizeof *zone);
    if (!zone)
        return mt_fail(diag, MT_ENOMEM, "%s: %s: no memory", what, name);
    memcpy(zone->name, name, strlen(name) + 1);
    int err = fixed_parse(name, &zone->first_s) ? 0 : file_load(zone, diag);
    if (err != 0) {
        free(zone);
        return err;
    }
    loaded.zones[loaded.count++] = zone;
    *out = zone;
    return 0;
}

int mt_zone_load(const char *name, const struct mt_zone **out, struct mt_diag *diag)
{
    int32_t ignored;
    if (!fixed_parse(name, &ignored) && !name_is_safe(name))
        return mt_fail(diag, MT_ESYNTAX, "%s: %s: neither UTC, +hh:mm nor a name like America/New_York", what, name);
    pthread_mutex_lock(&loaded.lock);
    int err = zone_add(name, out, diag);
    pthread_mutex_unlock(&loaded.lock);
    return err;
}

/* Index of the first listed transition after utc_s. */
static size_t transition_after(const struct mt_zone *zone, int64_t utc_s)
{
    size_t low = 0, high = zone->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (zone->at_s[middle] <= utc_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int32_t offset_at(const struct mt_zone *zone, int64_t utc_s)
{
    size_t after = transition_after(zone, utc_s);
    if (after == zone->count && zone->ruled)
        return mt_zone_rule_offset_s(&zone->rule, utc_s);
    return after == 0 ? zone->first_s : zone->offset_s[after - 1];
}

static int64_t change_after(const struct mt_zone *zone, int64_t utc_s)
{
    size_t after = transition_after(zone, utc_s);
    if (after < zone->count)
        return zone->at_s[after];
    return zone->ruled ? mt_zone_rule_next_s(&zone->rule, utc_s) : INT64_MAX;
}

static int64_t floor_s(int64_t ns)
{
    return ns / MT_NS_PER_S - (ns % MT_NS_PER_S < 0);
}

int32_t mt_zone_offset_s(const struct mt_zone *zone, int64_t utc_ns)
{
    return offset_at(zone, floor_s(utc_ns));
}

/* Every stretch of one offset that could hold the time is asked in turn. */
int64_t mt_zone_from_local(const struct mt_zone *zone, int64_t local_ns, int64_t not_before_ns)
{
    enum { OFFSET_MAX_S = 26 * 3600 };
    const int64_t local_s = floor_s(local_ns), part_ns = local_ns - local_s * MT_NS_PER_S;
    int64_t from_s = local_s - OFFSET_MAX_S, found_ns = INT64_MIN;
    while (from_s <= local_s + OFFSET_MAX_S) {
        const int64_t utc_s = local_s - offset_at(zone, from_s), next_s = change_after(zone, from_s);
        if (found_ns == INT64_MIN && utc_s < from_s)
            return from_s * MT_NS_PER_S;        /* neither before this change nor after it: skipped */
        if (utc_s >= from_s && utc_s < next_s) {
            found_ns = utc_s * MT_NS_PER_S + part_ns;
            if (found_ns >= not_before_ns)
                return found_ns;
        }
        from_s = next_s;
    }
    return found_ns;
}
