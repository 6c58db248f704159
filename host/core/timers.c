#include "core/timers.h"

#include <stdlib.h>
#include <string.h>

static const int64_t interval_max_ns = INT64_C(315360000) * MT_NS_PER_S;

void mt_timers_init(struct mt_timers *timers)
{
    memset(timers, 0, sizeof *timers);
}

void mt_timers_fini(struct mt_timers *timers)
{
    free(timers->items);
    memset(timers, 0, sizeof *timers);
}

static int order_of(const struct mt_timer *a, const struct mt_timer *b)
{
    if (a->due_ns != b->due_ns)
        return a->due_ns < b->due_ns ? -1 : 1;
    if (a->owner != b->owner)
        return a->owner < b->owner ? -1 : 1;
    if (a->market != b->market)
        return a->market < b->market ? -1 : 1;
    return strcmp(a->name, b->name);
}

static void remove_at(struct mt_timers *timers, size_t at)
{
    memmove(timers->items + at, timers->items + at + 1, (timers->count - at - 1) * sizeof *timers->items);
    timers->count--;
}

static int insert(struct mt_timers *timers, const struct mt_timer *timer)
{
    if (timers->count == MT_TIMERS_MAX)
        return MT_ENOMEM;
    if (timers->count == timers->capacity) {
        size_t capacity = timers->capacity ? 2 * timers->capacity : 16;
        struct mt_timer *items = realloc(timers->items, capacity * sizeof *items);
        if (!items)
            return MT_ENOMEM;
        timers->items = items;
        timers->capacity = capacity;
    }
    size_t at = timers->count;
    while (at > 0 && order_of(timer, &timers->items[at - 1]) < 0)
        at--;
    memmove(timers->items + at + 1, timers->items + at, (timers->count - at) * sizeof *timers->items);
    timers->items[at] = *timer;
    timers->count++;
    return 0;
}

static size_t find(const struct mt_timers *timers, int32_t owner, int32_t market, const char *name)
{
    size_t at = 0;
    while (at < timers->count
           && (timers->items[at].owner != owner || timers->items[at].market != market
               || strcmp(timers->items[at].name, name) != 0))
        at++;
    return at;
}

static int interval_ns(double seconds, int64_t *out)
{
    if (!(seconds > 0) || seconds > (double)(interval_max_ns / MT_NS_PER_S))
        return MT_ERANGE;
    *out = (int64_t)(seconds * 1e9);
    return *out > 0 ? 0 : MT_ERANGE;
}

/* The next instant after now at which the zone's wall clock shows at_s, once a day: a time that the clock skips comes
 * when it jumps, one that it shows twice the first time. */
static int64_t next_daily(const struct mt_zone *zone, int32_t at_s, int64_t now_ns)
{
    const int64_t day_ns = 86400 * MT_NS_PER_S;
    const int64_t local = now_ns + mt_zone_offset_s(zone, now_ns) * MT_NS_PER_S;
    const int64_t past = local % day_ns;
    int64_t wanted = local - (past < 0 ? past + day_ns : past) + at_s * MT_NS_PER_S;
    int64_t utc;
    while ((utc = mt_zone_from_local(zone, wanted, INT64_MIN)) <= now_ns)
        wanted += day_ns;
    return utc;
}

static int zone_of(const struct mt_timer *timer, const struct mt_zone **zone)
{
    return mt_zone_load(timer->zone[0] ? timer->zone : "UTC", zone, NULL);
}

int mt_timers_set(struct mt_timers *timers, const struct mt_request_timer *request, int64_t now_ns)
{
    struct mt_timer timer = { .market = request->market, .owner = request->owner, .at_s = -1 };
    /* Not what lies behind the names: the bytes are journaled. */
    memcpy(timer.name, request->name, strnlen(request->name, sizeof timer.name - 1));
    memcpy(timer.zone, request->zone, strnlen(request->zone, sizeof timer.zone - 1));
    if (!request->stop) {
        if (request->at_s >= 0) {
            const struct mt_zone *zone;
            if (request->at_s >= 86400)
                return MT_ERANGE;
            if (zone_of(&timer, &zone) != 0)
                return MT_ENOTFOUND;
            timer.at_s = request->at_s;
            timer.due_ns = next_daily(zone, timer.at_s, now_ns);
        } else {
            int64_t wait;
            if (interval_ns(request->every > 0 ? request->every : request->after, &wait) != 0)
                return MT_ERANGE;
            timer.every_ns = request->every > 0 ? wait : 0;
            if (__builtin_add_overflow(now_ns, wait, &timer.due_ns))
                return MT_ERANGE;
        }
    }
    size_t at = find(timers, timer.owner, timer.market, timer.name);
    if (at < timers->count)
        remove_at(timers, at);
    return request->stop ? 0 : insert(timers, &timer);
}

bool mt_timers_goes_on(const struct mt_timers *timers, const struct mt_request_timer *request)
{
    char name[sizeof timers->items->name] = { 0 };
    int64_t every_ns = 0;
    memcpy(name, request->name, strnlen(request->name, sizeof name - 1));
    size_t at = find(timers, request->owner, request->market, name);
    if (request->stop || request->at_s >= 0 || at == timers->count
        || (request->every > 0 && interval_ns(request->every, &every_ns) != 0))
        return false;
    return timers->items[at].at_s < 0 && timers->items[at].every_ns == every_ns;
}

int64_t mt_timers_next(const struct mt_timers *timers)
{
    return timers->count ? timers->items[0].due_ns : INT64_MAX;
}

static void put_back(struct mt_timers *timers, size_t at, int64_t now_ns)
{
    struct mt_timer timer = timers->items[at];
    remove_at(timers, at);
    if (timer.at_s >= 0) {
        const struct mt_zone *zone;
        int rc = zone_of(&timer, &zone);
        MT_ASSERT(rc == 0);                     /* it was loaded when the timer was set */
        timer.due_ns = next_daily(zone, timer.at_s, now_ns);
    } else if (timer.every_ns > 0) {
        int64_t missed = now_ns > timer.due_ns ? (now_ns - timer.due_ns) / timer.every_ns : 0;
        timer.due_ns += (missed + 1) * timer.every_ns;
    } else {
        return;
    }
    MT_ASSERT(insert(timers, &timer) == 0);     /* there was room for it a moment ago */
}

bool mt_timers_take(struct mt_timers *timers, int64_t now_ns, struct mt_timer *out)
{
    if (timers->count == 0 || timers->items[0].due_ns > now_ns)
        return false;
    *out = timers->items[0];
    put_back(timers, 0, now_ns);
    return true;
}

void mt_timers_fired(struct mt_timers *timers, int32_t owner, int32_t market, const char *name, int64_t now_ns)
{
    size_t at = find(timers, owner, market, name);
    if (at < timers->count && timers->items[at].due_ns <= now_ns)
        put_back(timers, at, now_ns);
}

void mt_timers_save(const struct mt_timers *timers, struct mt_buf *out)
{
    mt_buf_put(out, timers->items, timers->count * sizeof *timers->items);
}

int mt_timers_load(struct mt_timers *timers, const void *data, size_t length)
{
    struct mt_timer timer;
    const struct mt_zone *zone;
    if (length % sizeof timer != 0)
        return MT_ECORRUPT;
    timers->count = 0;
    for (size_t at = 0; at < length; at += sizeof timer) {
        memcpy(&timer, (const char *)data + at, sizeof timer);
        if (timer.name[sizeof timer.name - 1] || timer.zone[sizeof timer.zone - 1] || timer.at_s < -1
            || timer.at_s >= 86400 || timer.every_ns < 0 || timer.every_ns > interval_max_ns)
            return MT_ECORRUPT;
        if (timer.at_s >= 0 && zone_of(&timer, &zone) != 0)
            return MT_ENOTFOUND;                /* it was saved where this zone is known */
        int rc = insert(timers, &timer);
        if (rc != 0)
            return rc;
    }
    return 0;
}
