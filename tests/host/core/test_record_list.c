/* The list of records against the structs, against docs/journal.md, and its bytes against themselves: what is written comes
 * back, and bytes that nobody wrote are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "core/record_list.h"

enum { STRUCT_MAX = 4096, TAIL = 40, LEGS = 5, LINE = 100 };

static uint64_t drawn;
static uint64_t draw(void)
{
    return mt_random_at(7, drawn++);
}

/* --- the structs */

static uint8_t cover[MT_REC_KIND_MAX + 1][STRUCT_MAX];

static void every_byte_of_every_struct_is_in_the_list_once(void **state)
{
    (void)state;
#define RECORD(number, NAME, kind, since, tail)
#define FIELD(kind, member, name, type) PAD(kind, member)
#define PAD(kind, member)                                                                                              \
    for (size_t i = 0; i < sizeof((struct mt_rec_##kind *)0)->member; i++)                                             \
        bytes[offsetof(struct mt_rec_##kind, member) + i]++;
#define END(kind)                                                                                                      \
    for (size_t i = 0; i < STRUCT_MAX; i++)                                                                            \
        if (bytes[i] != (i < sizeof(struct mt_rec_##kind)))                                                            \
            fail_msg("%s: byte %zu is in the list %d times", #kind, i, bytes[i]);                                      \
    bytes += STRUCT_MAX;
    uint8_t *bytes = cover[1];
#include "core/records.def"
#undef RECORD
#undef FIELD
#undef PAD
#undef END
    for (unsigned kind = 1; kind <= MT_REC_KIND_MAX; kind++) {
        const struct mt_record_kind_info *info = mt_record_kind_info(kind);
        assert_non_null(info);
        assert_true(info->since >= 3 && info->size <= STRUCT_MAX);
        for (size_t i = 0; i < info->field_count; i++)
            for (size_t k = 0; k < i; k++) {
                assert_string_not_equal(info->fields[i].member, info->fields[k].member);
                if (info->fields[i].name[0])
                    assert_string_not_equal(info->fields[i].name, info->fields[k].name);
            }
    }
    assert_null(mt_record_kind_info(0));
    assert_null(mt_record_kind_info(MT_REC_KIND_MAX + 1));
}

/* --- the documentation */

/* The list in the words of docs/journal.md. */
static void put_list(struct mt_buf *out)
{
    for (unsigned kind = 1; kind <= MT_REC_KIND_MAX; kind++) {
        const struct mt_record_kind_info *info = mt_record_kind_info(kind);
        static const char *const tails[] = { "", ", then bytes", ", then LEG" };
        mt_buf_printf(out, "%s %u, since %u%s\n", info->name, kind, info->since, tails[info->tail]);
        size_t column = 0;
        for (size_t i = 0; i < info->field_count; i++) {
            const struct mt_record_field *field = &info->fields[i];
            char word[100], type[40];
            size_t length = 0;
            for (const char *c = mt_field_type_name(field->type); *c; c++)
                type[length++] = (char)(*c | 0x20 * (*c != '_'));
            type[length] = '\0';
            bool same = strcmp(field->member, field->name) == 0;
            int wide = snprintf(word, sizeof word, "%s %s%s%s%s%s", field->member, type, same ? "" : " (",
                                same ? "" : field->name, same ? "" : ")", i + 1 < info->field_count ? "," : "");
            bool fresh = column == 0 || column + 1 + (size_t)wide > LINE;
            mt_buf_printf(out, "%s%s%s", column > 0 && fresh ? "\n" : "", fresh ? "  " : " ", word);
            column = fresh ? 2 + (size_t)wide : column + 1 + (size_t)wide;
        }
        mt_buf_puts(out, column > 0 ? "\n" : "");
    }
}

static void the_documentation_lists_what_the_list_has(void **state)
{
    struct mt_buf list, page;
    char piece[4096];
    size_t got;
    (void)state;
    mt_buf_init(&list, 1 << 20);
    mt_buf_init(&page, 1 << 20);
    put_list(&list);
    FILE *file = fopen(MT_SOURCE_DIR "/docs/journal.md", "r");
    assert_non_null(file);
    while ((got = fread(piece, 1, sizeof piece, file)) > 0)
        mt_buf_put(&page, piece, got);
    fclose(file);
    const char *begin = strstr(mt_buf_text(&page), "```\nRUN_START 1,");
    if (!begin || strncmp(begin + 4, mt_buf_text(&list), list.length) != 0
        || strncmp(begin + 4 + list.length, "```\n", 4) != 0) {
        fputs(mt_buf_text(&list), stderr);
        fail_msg("docs/journal.md: its block of all records must be the one above");
    }
    mt_buf_fini(&list);
    mt_buf_fini(&page);
}

/* --- the bytes */

static uint64_t number(size_t size)
{
    static const uint64_t edges[] = { 0, 0, 0, 1, 2, 127, 128, 255, 0x7FFF, 0x8000, 0xFFFF, INT32_MAX, 0x80000000,
                                      UINT32_MAX, INT64_MAX, (uint64_t)INT64_MIN, UINT64_MAX };
    uint64_t value = draw() % 3 ? edges[draw() % (sizeof edges / sizeof *edges)] : draw() >> draw() % 64;
    return size == 8 ? value : value & ((UINT64_C(1) << 8 * size) - 1);
}

static void fill(const struct mt_record_field *field, char *at)
{
    uint64_t value = number(field->size < 8 ? field->size : 8);
    switch (field->type) {
    case MT_FIELD_TEXT: {
        size_t length = draw() % 3 ? draw() % field->size : draw() % 2 * (field->size - 1);
        for (size_t i = 0; i < length; i++)
            at[i] = (char)(1 + draw() % 255);
        break;
    }
    case MT_FIELD_MONEY: case MT_FIELD_MEASURE: {
        struct mt_rec_money money = { number(8), (int64_t)number(8) };
        memcpy(at, &money, sizeof money);
        break;
    }
    case MT_FIELD_LEVEL: {
        struct mt_level level = { (int64_t)number(8), (int64_t)number(8), (int64_t)number(8), (uint32_t)number(4), 0 };
        memcpy(at, &level, sizeof level);
        break;
    }
    case MT_FIELD_CODES: {
        struct mt_refused_code codes[MT_REFUSED_CODES] = { { 0 } };
        for (size_t i = 0, n = draw() % (MT_REFUSED_CODES + 1); i < n; i++)
            codes[i] = (struct mt_refused_code){ 1 + number(4), (int32_t)number(4), 0 };
        memcpy(at, codes, sizeof codes);
        break;
    }
    default: memcpy(at, &value, field->size); break;
    }
}

static void make_fields(const struct mt_record_kind_info *info, char *payload)
{
    for (size_t i = 0; i < info->field_count; i++)
        if (draw() % 4)
            fill(&info->fields[i], payload + info->fields[i].offset);
}

static size_t make(unsigned kind, char *payload)
{
    const struct mt_record_kind_info *info = mt_record_kind_info(kind);
    memset(payload, 0, STRUCT_MAX);
    make_fields(info, payload);
    if (kind == MT_REC_DECISION) {
        struct mt_rec_decision *decision = (void *)payload;
        decision->leg_count = (uint32_t)(draw() % (LEGS + 1));
        for (uint32_t i = 0; i < decision->leg_count; i++)
            make_fields(mt_record_kind_info(MT_REC_LEG), payload + info->size + i * sizeof(struct mt_rec_leg));
        return info->size + decision->leg_count * sizeof(struct mt_rec_leg);
    }
    size_t tail = info->tail == MT_TAIL_BYTES ? draw() % TAIL : 0;
    for (size_t i = 0; i < tail; i++)
        payload[info->size + i] = (char)draw();
    return info->size + tail;
}

static void what_is_written_comes_back(void **state)
{
    static _Alignas(16) char payload[STRUCT_MAX + TAIL];
    struct mt_buf bytes, room;
    struct mt_diag diag = { 0 };
    (void)state;
    mt_buf_init(&bytes, 1 << 20);
    mt_buf_init(&room, 1 << 20);
    for (int round = 0; round < 20000; round++) {
        unsigned kind = 1 + (unsigned)(draw() % MT_REC_KIND_MAX);
        size_t length = make(kind, payload);
        uint64_t position = number(8);
        mt_buf_clear(&bytes);
        assert_int_equal(mt_record_encode(kind, position, payload, length, &bytes), 0);
        assert_true(bytes.length <= bytes.capacity);
        struct mt_record record = { .seq = 1, .kind = (uint16_t)kind, .payload = bytes.data,
                                    .length = (uint32_t)bytes.length };
        if (mt_record_decode(&record, &room, &record, &diag) != 0)
            fail_msg("%s: %s", mt_record_name(kind), diag.text);
        assert_true(record.position == position);
        assert_int_equal(record.length, length);
        if (memcmp(record.payload, payload, length) != 0)
            fail_msg("%s is another one when it is read back", mt_record_name(kind));
    }
    mt_buf_fini(&bytes);
    mt_buf_fini(&room);
}

/* Any other bytes are refused, or they say something else: there is one way to say it. */
static void foreign_bytes_are_refused_or_mean_themselves(void **state)
{
    static _Alignas(16) char payload[STRUCT_MAX + TAIL];
    struct mt_buf bytes, again, room;
    size_t refused = 0;
    (void)state;
    mt_buf_init(&bytes, 1 << 20);
    mt_buf_init(&again, 1 << 20);
    mt_buf_init(&room, 1 << 20);
    for (int round = 0; round < 60000; round++) {
        struct mt_diag diag = { 0 };
        unsigned kind = 1 + (unsigned)(draw() % MT_REC_KIND_MAX);
        size_t length = make(kind, payload);
        mt_buf_clear(&bytes);
        assert_int_equal(mt_record_encode(kind, number(8), payload, length, &bytes), 0);
        if (draw() % 2)
            bytes.data[draw() % bytes.length] = (char)draw();
        if (draw() % 3 == 0)
            bytes.length = draw() % (bytes.length + 1);
        char *exact = malloc(bytes.length + 1);         /* a reader that goes too far is seen by the sanitizers */
        memcpy(exact, bytes.data, bytes.length);
        struct mt_record raw = { .seq = 1, .kind = (uint16_t)kind, .payload = exact, .length = (uint32_t)bytes.length }, record;
        int rc = mt_record_decode(&raw, &room, &record, &diag);
        refused += rc != 0;
        if (rc == 0) {
            mt_buf_clear(&again);
            assert_int_equal(mt_record_encode(kind, record.position, record.payload, record.length, &again), 0);
            if (again.length != bytes.length || memcmp(again.data, exact, bytes.length) != 0)
                fail_msg("%s: two ways to say the same", mt_record_name(kind));
        } else {
            assert_int_equal(rc, MT_ECORRUPT);
            assert_non_null(strstr(diag.text, mt_record_name(kind)));
        }
        free(exact);
    }
    assert_true(refused > 10000);
    mt_buf_fini(&bytes);
    mt_buf_fini(&again);
    mt_buf_fini(&room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_of_every_struct_is_in_the_list_once),
        cmocka_unit_test(the_documentation_lists_what_the_list_has),
        cmocka_unit_test(what_is_written_comes_back),
        cmocka_unit_test(foreign_bytes_are_refused_or_mean_themselves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
