/* Timers against a plain model: an unordered list that is searched in full each time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/zone.h"
#include "core/timers.h"
#include "alloc_fails.h"

static struct mt_request_timer request_of(const char *name, double after, double every)
{
    struct mt_request_timer r;
    memset(&r, 0x7f, sizeof r);                 /* what lies behind the names must not matter */
    strcpy(r.name, name);
    strcpy(r.zone, "");
    r.after = after;
    r.every = every;
    r.at_s = -1;
    r.market = -1;
    r.owner = 0;
    r.stop = false;
    return r;
}

static void bounds(void **state)
{
    static const double bad[] = { 0, -1, NAN, INFINITY, 315360001, 1e-10, -INFINITY };
    struct mt_timers timers;
    (void)state;
    mt_timers_init(&timers);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct mt_request_timer r = request_of("a", bad[i], 0);
        assert_int_equal(mt_timers_set(&timers, &r, 0), MT_ERANGE);
    }
    struct mt_request_timer r = request_of("a", 315360000, 0);
    assert_int_equal(mt_timers_set(&timers, &r, 0), 0);
    assert_int_equal(mt_timers_set(&timers, &r, INT64_MAX - 5), MT_ERANGE);     /* it overflows */
    r.at_s = 86400;
    assert_int_equal(mt_timers_set(&timers, &r, 0), MT_ERANGE);
    r.at_s = 0;
    strcpy(r.zone, "Nowhere/Nothing");
    assert_int_equal(mt_timers_set(&timers, &r, 0), MT_ENOTFOUND);
    assert_int_equal(timers.count, 1);          /* a refused request changes nothing */
    char name[16];
    for (int i = 1; i < MT_TIMERS_MAX; i++) {
        snprintf(name, sizeof name, "n%d", i);
        r = request_of(name, 1 + i, 0);
        assert_int_equal(mt_timers_set(&timers, &r, 0), 0);
    }
    r = request_of("one more", 1, 0);
    assert_int_equal(mt_timers_set(&timers, &r, 0), MT_ENOMEM);
    r = request_of("n7", 9, 0);
    assert_int_equal(mt_timers_set(&timers, &r, 0), 0);         /* replacing needs no room */
    r.stop = true;
    assert_int_equal(mt_timers_set(&timers, &r, 0), 0);
    assert_int_equal(mt_timers_set(&timers, &r, 0), 0);         /* stopping what is not there */
    assert_int_equal(timers.count, MT_TIMERS_MAX - 1);
    mt_timers_fini(&timers);
}

struct model { int64_t due, every; int owner, market; char name[8]; bool used; };

static int earlier(const struct model *a, const struct model *b)
{
    if (a->due != b->due)
        return a->due < b->due;
    if (a->owner != b->owner)
        return a->owner < b->owner;
    if (a->market != b->market)
        return a->market < b->market;
    return strcmp(a->name, b->name) < 0;
}

static void random_against_a_list(void **state)
{
    const uint64_t seed = 4711;
    struct mt_timers timers;
    struct model model[64] = { 0 };
    int64_t now = 1000000000;
    uint64_t n = 0;
    size_t taken = 0;
    (void)state;
    print_message("seed %llu\n", (unsigned long long)seed);
    mt_timers_init(&timers);
    for (int step = 0; step < 30000; step++) {
        struct mt_request_timer r = request_of("", 0, 0);
        unsigned which = (unsigned)(mt_random_at(seed, n++) % 64);
        struct model *m = &model[which];
        snprintf(r.name, sizeof r.name, "t%u", which / 8);
        r.owner = (int32_t)(which % 2);
        r.market = (int32_t)(which / 2 % 4) - 1;
        double seconds = (double)(1 + mt_random_at(seed, n++) % 20) / 4;
        uint64_t what = mt_random_at(seed, n++) % 4;
        r.stop = what == 0;
        r.after = what == 1 ? seconds : 0;
        r.every = what >= 2 ? seconds : 0;
        if (mt_random_at(seed, n++) % 3 == 0) {
            assert_int_equal(mt_timers_set(&timers, &r, now), 0);
            *m = (struct model){ now + (int64_t)(seconds * 1e9), r.every > 0 ? (int64_t)(seconds * 1e9) : 0, r.owner, r.market,
                                 "", what != 0 };
            strcpy(m->name, r.name);
        }
        now += (int64_t)(mt_random_at(seed, n++) % 2000000000);
        for (;;) {
            struct model *first = NULL;
            struct mt_timer out;
            for (int i = 0; i < 64; i++)
                if (model[i].used && (!first || earlier(&model[i], first)))
                    first = &model[i];
            assert_int_equal(mt_timers_next(&timers), first ? first->due : INT64_MAX);
            bool got = mt_timers_take(&timers, now, &out);
            assert_int_equal(got, first && first->due <= now);
            if (!got)
                break;
            taken++;
            assert_int_equal(out.due_ns, first->due);
            assert_string_equal(out.name, first->name);
            assert_int_equal(out.owner, first->owner);
            assert_int_equal(out.market, first->market);
            first->used = first->every > 0;
            while (first->used && first->due <= now)
                first->due += first->every;     /* a missed one fires once */
        }
    }
    assert_true(taken > 10000);
    mt_timers_fini(&timers);
}

/* The next second at which the zone's wall clock shows the wanted time, found by walking. */
static int64_t walk(const struct mt_zone *zone, int32_t at_s, int64_t now_s)
{
    for (int64_t t = now_s + 1; t < now_s + 3 * 86400; t++)
        if (((t + mt_zone_offset_s(zone, t * MT_NS_PER_S)) % 86400 + 86400) % 86400 == at_s)
            return t;
    return -1;
}

static int64_t local_day(const struct mt_zone *zone, int64_t time_s)
{
    return (time_s + mt_zone_offset_s(zone, time_s * MT_NS_PER_S)) / 86400;
}

static void daily_follows_the_wall_clock(void **state)
{
    static const char *const names[] = { "UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo" };
    /* around both changes of 2024 in both zones, and an ordinary day */
    static const int64_t days[] = { 1710000000, 1711800000, 1720000000, 1729960000, 1730570000 };
    static const int32_t times[] = { 0, 3600, 82500, 86399, 12 * 3600, 4 * 3600 };
    (void)state;
    for (size_t z = 0; z < 4; z++) {
        const struct mt_zone *zone;
        if (mt_zone_load(names[z], &zone, NULL) != 0) {
            print_message("no zone %s here: skipped\n", names[z]);
            continue;
        }
        for (size_t d = 0; d < 5; d++)
            for (size_t t = 0; t < 6; t++)
                for (int64_t hour = 0; hour < 60; hour += 7) {
                    int64_t now = days[d] + hour * 3600;
                    struct mt_timers timers;
                    struct mt_timer out;
                    struct mt_request_timer r = request_of("daily", 0, 0);
                    strcpy(r.zone, names[z]);
                    r.at_s = times[t];
                    mt_timers_init(&timers);
                    assert_int_equal(mt_timers_set(&timers, &r, now * MT_NS_PER_S), 0);
                    int64_t due = timers.items[0].due_ns / MT_NS_PER_S, wanted = walk(zone, times[t], now);
                    if (due != wanted)
                        fail_msg("%s at %d after %lld: %lld, wanted %lld", names[z], times[t], (long long)now, (long long)due,
                                 (long long)wanted);
                    assert_true(mt_timers_take(&timers, due * MT_NS_PER_S, &out));
                    wanted = walk(zone, times[t], due);
                    if (local_day(zone, wanted) == local_day(zone, due))        /* shown twice, fires once */
                        wanted = walk(zone, times[t], wanted);
                    assert_int_equal(timers.items[0].due_ns / MT_NS_PER_S, wanted);
                    mt_timers_fini(&timers);
                }
    }
}

static int64_t ns_of(const char *text)
{
    int64_t ns;
    assert_int_equal(mt_time_parse(text, strlen(text), &ns), 0);
    return ns;
}

/* Once for each day of the wall clock: when the clock jumps over the time, at the jump; when it shows it twice, the first
 * time; and never before its day has begun. */
static void a_daily_timer_where_the_clock_changes(void **state)
{
    static const struct { const char *zone; int32_t at_s; const char *set, *due[4]; } cases[] = {
        { "Africa/Cairo", 0, "2025-04-23T00:00:00Z",
          { "2025-04-23T22:00:00Z", "2025-04-24T22:00:00Z", "2025-04-25T21:00:00Z", "2025-04-26T21:00:00Z" } },
        { "Africa/Cairo", 1800, "2025-04-24T21:59:59Z",
          { "2025-04-24T22:00:00Z", "2025-04-25T21:30:00Z", "2025-04-26T21:30:00Z", "2025-04-27T21:30:00Z" } },
        { "America/New_York", 9000, "2025-03-08T12:00:00Z",
          { "2025-03-09T07:00:00Z", "2025-03-10T06:30:00Z", "2025-03-11T06:30:00Z", "2025-03-12T06:30:00Z" } },
        { "America/New_York", 5400, "2025-11-01T12:00:00Z",
          { "2025-11-02T05:30:00Z", "2025-11-03T06:30:00Z", "2025-11-04T06:30:00Z", "2025-11-05T06:30:00Z" } },
        { "America/New_York", 5400, "2025-11-02T05:30:00Z",     /* between the two passes: the day has had its turn */
          { "2025-11-03T06:30:00Z", "2025-11-04T06:30:00Z", "2025-11-05T06:30:00Z", "2025-11-06T06:30:00Z" } },
        { "Australia/Lord_Howe", 8100, "2025-10-04T00:00:00Z",
          { "2025-10-04T15:30:00Z", "2025-10-05T15:15:00Z", "2025-10-06T15:15:00Z", "2025-10-07T15:15:00Z" } },
        { "America/Sao_Paulo", 84600, "2019-02-16T00:00:00Z",
          { "2019-02-16T01:30:00Z", "2019-02-17T01:30:00Z", "2019-02-18T02:30:00Z", "2019-02-19T02:30:00Z" } },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct mt_zone *zone;
        struct mt_timers timers;
        struct mt_timer out;
        struct mt_request_timer r = request_of("daily", 0, 0);
        if (mt_zone_load(cases[i].zone, &zone, NULL) != 0) {
            print_message("no zone %s here: skipped\n", cases[i].zone);
            continue;
        }
        strcpy(r.zone, cases[i].zone);
        r.at_s = cases[i].at_s;
        mt_timers_init(&timers);
        assert_int_equal(mt_timers_set(&timers, &r, ns_of(cases[i].set)), 0);
        for (int k = 0; k < 4; k++) {
            int64_t due = ns_of(cases[i].due[k]);
            if (timers.items[0].due_ns != due)
                fail_msg("case %zu: %lld, wanted %s", i, (long long)timers.items[0].due_ns, cases[i].due[k]);
            assert_false(mt_timers_take(&timers, due - 1, &out));
            assert_true(mt_timers_take(&timers, due, &out));
        }
        mt_timers_fini(&timers);
    }
}

static void saved_and_loaded(void **state)
{
    struct mt_timers a, b;
    struct mt_buf one, two;
    (void)state;
    mt_timers_init(&a);
    mt_timers_init(&b);
    mt_buf_init(&one, 1 << 20);
    mt_buf_init(&two, 1 << 20);
    for (int i = 0; i < 20; i++) {
        struct mt_request_timer r = request_of("x", 1 + i % 5, i % 2 ? 3 : 0);
        r.name[1] = (char)('a' + i);
        r.name[2] = '\0';
        assert_int_equal(mt_timers_set(&a, &r, 5), 0);
    }
    mt_timers_save(&a, &one);
    for (size_t i = 0; i < a.count; i++)        /* what lay behind the names is not in the bytes */
        for (size_t k = 3; k < sizeof a.items[i].name; k++)
            assert_int_equal(a.items[i].name[k], 0);
    assert_int_equal(mt_timers_load(&b, one.data, one.length), 0);
    mt_timers_save(&b, &two);
    assert_int_equal(one.length, two.length);
    assert_memory_equal(one.data, two.data, one.length);
    mt_timers_fired(&b, 0, -1, "xb", 4 * MT_NS_PER_S);          /* every 3 s, due at 3 s: put back */
    mt_timers_fired(&b, 0, -1, "xa", 4 * MT_NS_PER_S);          /* once: gone */
    mt_timers_fired(&b, 0, -1, "not there", 4 * MT_NS_PER_S);
    assert_int_equal(b.count, 19);
    assert_int_equal(mt_timers_load(&b, one.data, one.length - 1), MT_ECORRUPT);
    struct mt_timer bad[4];
    memcpy(&bad[0], one.data, sizeof *bad);
    bad[1] = bad[2] = bad[3] = bad[0];
    memset(bad[0].name, 'n', sizeof bad[0].name);
    memset(bad[1].zone, 'z', sizeof bad[1].zone);
    bad[2].at_s = 86400;
    bad[3].every_ns = -1;
    for (int i = 0; i < 4; i++)
        assert_int_equal(mt_timers_load(&b, &bad[i], sizeof bad[i]), MT_ECORRUPT);
    mt_buf_fini(&one);
    mt_buf_fini(&two);
    mt_timers_fini(&a);
    mt_timers_fini(&b);
}

/* Due at one instant: by owner, then market, then name, however they were made. */
static void due_at_one_instant(void **state)
{
    static const struct { int32_t owner, market; const char *name; } wanted[] = { { 0, -1, "a" }, { 0, -1, "b" }, { 0, 0, "a" },
        { 0, 3, "a" }, { 1, -1, "a" }, { 1, 2, "a" }, { 2, 1, "0" } };
    static const int made[] = { 3, 6, 0, 5, 2, 4, 1 };
    struct mt_timers timers;
    struct mt_timer out;
    (void)state;
    for (int backwards = 0; backwards <= 1; backwards++) {
        mt_timers_init(&timers);
        for (int i = 0; i < 7; i++) {
            int k = made[backwards ? 6 - i : i];
            struct mt_request_timer r = request_of(wanted[k].name, 1, 0);
            r.owner = wanted[k].owner;
            r.market = wanted[k].market;
            assert_int_equal(mt_timers_set(&timers, &r, 0), 0);
        }
        for (int i = 0; i < 7; i++) {
            assert_true(mt_timers_take(&timers, MT_NS_PER_S, &out));
            assert_int_equal(out.owner, wanted[i].owner);
            assert_int_equal(out.market, wanted[i].market);
            assert_string_equal(out.name, wanted[i].name);
        }
        assert_false(mt_timers_take(&timers, INT64_MAX, &out));
        mt_timers_fini(&timers);
    }
}

/* No zone named: the day of UTC, when it is set, when it fires and when it is read back. */
static void a_daily_timer_without_a_zone(void **state)
{
    struct mt_timers a, b;
    struct mt_timer out;
    struct mt_buf saved;
    struct mt_request_timer r = request_of("d", 0, 0);
    (void)state;
    r.at_s = 3600;
    mt_timers_init(&a);
    mt_timers_init(&b);
    mt_buf_init(&saved, 1 << 20);
    assert_int_equal(mt_timers_set(&a, &r, 0), 0);
    assert_int_equal(mt_timers_next(&a), 3600 * MT_NS_PER_S);
    assert_true(mt_timers_take(&a, 3600 * MT_NS_PER_S, &out));
    assert_int_equal(mt_timers_next(&a), (86400 + 3600) * MT_NS_PER_S);
    mt_timers_fired(&a, 0, -1, "d", 4000 * MT_NS_PER_S);        /* not due then: it stays where it is */
    assert_int_equal(mt_timers_next(&a), (86400 + 3600) * MT_NS_PER_S);
    mt_timers_save(&a, &saved);
    assert_int_equal(mt_timers_load(&b, saved.data, saved.length), 0);
    assert_int_equal(mt_timers_next(&b), (86400 + 3600) * MT_NS_PER_S);
    struct mt_timer lost;
    memcpy(&lost, saved.data, sizeof lost);
    strcpy(lost.zone, "Nowhere/Nothing");
    assert_int_equal(mt_timers_load(&b, &lost, sizeof lost), MT_ENOTFOUND);     /* never a timer that dies when it fires */
    mt_buf_fini(&saved);
    mt_timers_fini(&a);
    mt_timers_fini(&b);
}

static void saved_timers_out_of_bounds(void **state)
{
    struct mt_timers timers;
    struct mt_timer good = { .due_ns = 5, .market = -1, .at_s = -1, .name = "n" }, bad;
    (void)state;
    mt_timers_init(&timers);
    assert_int_equal(mt_timers_load(&timers, &good, sizeof good), 0);
    bad = good;
    bad.at_s = -2;
    assert_int_equal(mt_timers_load(&timers, &bad, sizeof bad), MT_ECORRUPT);
    bad = good;
    bad.every_ns = INT64_MAX;
    assert_int_equal(mt_timers_load(&timers, &bad, sizeof bad), MT_ECORRUPT);
    struct mt_timer *many = calloc(MT_TIMERS_MAX + 1, sizeof *many);
    for (int i = 0; i <= MT_TIMERS_MAX; i++) {
        many[i] = good;
        snprintf(many[i].name, sizeof many[i].name, "n%d", i);
    }
    assert_int_equal(mt_timers_load(&timers, many, MT_TIMERS_MAX * sizeof *many), 0);
    assert_int_equal(mt_timers_load(&timers, many, (MT_TIMERS_MAX + 1) * sizeof *many), MT_ENOMEM);
    free(many);
    mt_timers_fini(&timers);
}

static void without_memory_a_timer_is_refused(void **state)
{
    struct mt_timers timers;
    struct mt_request_timer r = request_of("a", 1, 0);
    (void)state;
    if (!ALLOC_FAILS) {
        print_message("allocations belong to a sanitizer here: skipped\n");
        return;
    }
    mt_timers_init(&timers);
    alloc_left = 0;
    assert_int_equal(mt_timers_set(&timers, &r, 0), MT_ENOMEM);
    alloc_left = -1;
    assert_int_equal(mt_timers_next(&timers), INT64_MAX);
    assert_int_equal(mt_timers_set(&timers, &r, 0), 0);
    mt_timers_fini(&timers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds),
        cmocka_unit_test(random_against_a_list),
        cmocka_unit_test(daily_follows_the_wall_clock),
        cmocka_unit_test(a_daily_timer_where_the_clock_changes),
        cmocka_unit_test(saved_and_loaded),
        cmocka_unit_test(due_at_one_instant),
        cmocka_unit_test(a_daily_timer_without_a_zone),
        cmocka_unit_test(saved_timers_out_of_bounds),
        cmocka_unit_test(without_memory_a_timer_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
