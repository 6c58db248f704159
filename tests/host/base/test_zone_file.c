#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "base/clock.h"
#include "base/hash.h"
#include "base/zone.h"

/* Files are put together here byte by byte, so that every field can be damaged. */
struct file { unsigned char bytes[4096]; size_t length; };

static void put(struct file *file, int64_t value, size_t size)
{
    for (size_t at = size; at-- > 0;)
        file->bytes[file->length++] = (unsigned char)((uint64_t)value >> (8 * at));
}

struct content {
    char version;
    size_t times, types;
    int64_t at_s[4];
    unsigned char indexes[4];
    int32_t offsets[4];
    uint32_t leap;
    const char *footer;         /* NULL: none at all */
};

static void put_block(struct file *file, const struct content *content, size_t time_size, bool empty)
{
    size_t times = empty ? 0 : content->times, types = empty ? 0 : content->types;
    memcpy(file->bytes + file->length, "TZif", 4);
    file->bytes[file->length + 4] = (unsigned char)content->version;
    memset(file->bytes + file->length + 5, 0, 15);
    file->length += 20;
    put(file, 0, 4);
    put(file, 0, 4);
    put(file, empty ? 0 : content->leap, 4);
    put(file, (int64_t)times, 4);
    put(file, (int64_t)types, 4);
    put(file, empty ? 0 : 4, 4);
    if (empty)
        return;
    for (size_t at = 0; at < times; at++)
        put(file, content->at_s[at], time_size);
    for (size_t at = 0; at < times; at++)
        put(file, content->indexes[at], 1);
    for (size_t at = 0; at < types; at++) {
        put(file, content->offsets[at], 4);
        put(file, 0, 2);
    }
    put(file, 0x41424300, 4);
    for (size_t at = 0; at < content->leap; at++) {
        put(file, 0, time_size);
        put(file, 0, 4);
    }
}

static struct file file_of(const struct content *content)
{
    struct file file = { .length = 0 };
    if (content->version == '\0') {
        put_block(&file, content, 4, false);
        return file;
    }
    put_block(&file, content, 4, true);
    put_block(&file, content, 8, false);
    if (content->footer) {
        size_t size = strlen(content->footer);
        memcpy(file.bytes + file.length, content->footer, size);
        file.length += size;
    }
    return file;
}

static const struct content good = {
    .version = '2', .times = 3, .types = 2, .at_s = { 1000, 2000, 3000 }, .indexes = { 1, 0, 1 },
        .offsets = { 3600, -7200 },
    .footer = "\nAAA-3\n",
};

static int read_exact(const unsigned char *bytes, size_t length, struct mt_zone *zone, struct mt_diag *diag)
{
    unsigned char *copy = malloc(length + !length);
    memcpy(copy, bytes, length);
    *zone = (struct mt_zone){ .name = "Test/Zone" };
    *diag = (struct mt_diag){ 0 };
    int err = mt_zone_file_read(zone, copy, length, diag);
    free(copy);
    if (err != 0) {
        assert_null(zone->at_s);
        assert_null(zone->offset_s);
        assert_int_equal(diag->code, err);
    }
    return err;
}

static void release(struct mt_zone *zone)
{
    free(zone->at_s);
    free(zone->offset_s);
}

static void check_offsets(const struct mt_zone *zone, int32_t last)
{
    static const struct { int64_t s; int32_t want; } cells[] = {
        { -5000, 3600 }, { 999, 3600 }, { 1000, -7200 }, { 1999, -7200 }, { 2000, 3600 }, { 2999, 3600 },
    };
    for (size_t at = 0; at < sizeof cells / sizeof cells[0]; at++)
        assert_int_equal(mt_zone_offset_s(zone, cells[at].s * MT_NS_PER_S), cells[at].want);
    assert_int_equal(mt_zone_offset_s(zone, 1000 * MT_NS_PER_S - 1), 3600);
    assert_int_equal(mt_zone_offset_s(zone, -1), 3600);
    assert_int_equal(mt_zone_offset_s(zone, 3000 * MT_NS_PER_S), last);
    assert_int_equal(mt_zone_offset_s(zone, INT64_MAX), last);
}

static void a_file_of_each_version(void **state)
{
    (void)state;
    struct mt_zone zone;
    struct mt_diag diag;
    for (const char *version = "234"; *version; version++) {
        struct content content = good;
        content.version = *version;
        struct file file = file_of(&content);
        assert_int_equal(read_exact(file.bytes, file.length, &zone, &diag), 0);
        assert_int_equal(zone.count, 3);
        check_offsets(&zone, 3 * 3600);
        release(&zone);
    }
    struct content old = good;
    old.version = '\0';
    struct file file = file_of(&old);
    assert_int_equal(read_exact(file.bytes, file.length, &zone, &diag), 0);
    check_offsets(&zone, -7200);
    release(&zone);
    struct content silent = good;
    silent.footer = "\n\n";
    file = file_of(&silent);
    assert_int_equal(read_exact(file.bytes, file.length, &zone, &diag), 0);
    check_offsets(&zone, -7200);
    release(&zone);
    struct content still = { .version = '2', .types = 1, .offsets = { 19800 }, .footer = "\n\n" };
    file = file_of(&still);
    assert_int_equal(read_exact(file.bytes, file.length, &zone, &diag), 0);
    assert_int_equal(mt_zone_offset_s(&zone, 0), 19800);
    release(&zone);
}

static void named_damage_is_refused(void **state)
{
    (void)state;
    struct { const char *name; struct content content; int err; const char *says; } cells[] = {
        { "leap seconds", good, MT_EREFUSED, "leap" }, { "no type", good, MT_ECORRUPT, "no local time type" },
        { "index", good, MT_ECORRUPT, "transition 2 has no type" },
        { "order", good, MT_ECORRUPT, "transition 1 steps back" },
        { "equal", good, MT_ECORRUPT, "transition 2 steps back" }, { "offset", good, MT_ECORRUPT, "offset" },
        { "negative offset", good, MT_ECORRUPT, "offset" }, { "footer missing", good, MT_ECORRUPT, "footer" },
        { "footer open", good, MT_ECORRUPT, "no footer" }, { "footer begins", good, MT_ECORRUPT, "no footer" },
        { "footer rule", good, MT_ECORRUPT, "TZ rule" },
    };
    cells[0].content.leap = 1;
    cells[1].content.types = 0;
    cells[1].content.times = 0;
    cells[2].content.indexes[2] = 2;
    cells[3].content.at_s[1] = 900;
    cells[4].content.at_s[2] = 2000;
    cells[5].content.offsets[1] = 26 * 3600 + 1;
    cells[6].content.offsets[1] = -26 * 3600 - 1;
    cells[7].content.footer = NULL;
    cells[8].content.footer = "\nAAA-3";
    cells[9].content.footer = "AAA-3\n";
    cells[10].content.footer = "\nAAA-3,\n";
    for (size_t at = 0; at < sizeof cells / sizeof cells[0]; at++) {
        struct mt_zone zone;
        struct mt_diag diag;
        struct file file = file_of(&cells[at].content);
        if (read_exact(file.bytes, file.length, &zone, &diag) != cells[at].err || !strstr(diag.text, cells[at].says))
            fail_msg("%s: %s", cells[at].name, diag.text);
    }
}

static void every_prefix_is_refused(void **state)
{
    (void)state;
    struct file file = file_of(&good);
    struct mt_zone zone;
    struct mt_diag diag;
    for (size_t length = 0; length < file.length; length++)
        assert_int_equal(read_exact(file.bytes, length, &zone, &diag), MT_ECORRUPT);
    file.bytes[0] = 'X';
    assert_int_equal(read_exact(file.bytes, file.length, &zone, &diag), MT_ECORRUPT);
    file = file_of(&good);
    file.bytes[44] = 'X';
    assert_int_equal(read_exact(file.bytes, file.length, &zone, &diag), MT_ECORRUPT);
}

/* Any damage is an error or a zone that answers; the sanitizers watch. */
static void random_damage_is_survived(void **state)
{
    (void)state;
    static const uint64_t seed = 20131103;
    print_message("seed %llu\n", (unsigned long long)seed);
    const struct file whole = file_of(&good);
    for (uint64_t round = 0; round < 50000; round++) {
        struct file file = whole;
        struct mt_zone zone;
        struct mt_diag diag;
        for (uint64_t hit = 0; hit <= mt_random_at(seed, round * 16) % 4; hit++) {
            uint64_t random = mt_random_at(seed, round * 16 + hit + 1);
            file.bytes[random % file.length] = (unsigned char)(random >> 32);
        }
        if (read_exact(file.bytes, file.length, &zone, &diag) == 0) {
            for (int64_t s = -1000; s < 5000; s += 500) {
                int32_t offset = mt_zone_offset_s(&zone, s * MT_NS_PER_S);
                assert_true(offset >= -27 * 3600);
                assert_true(offset <= 27 * 3600);
            }
            release(&zone);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_of_each_version),
        cmocka_unit_test(named_damage_is_refused),
        cmocka_unit_test(every_prefix_is_refused),
        cmocka_unit_test(random_damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
