/* Records that a checksum vouches for and whose content cannot be: every kind too short, ids outside of their block, a list
 * of legs that is not there. What single fields may say is tried through a whole engine in test_books_fold.c. */
#include "books_kit.h"

#include "core/record_check.h"
#include "core/record_list.h"

static int check(const struct bare *b, unsigned kind, const void *payload, size_t length, struct mt_diag *diag)
{
    const struct mt_record record = bare_record(b, kind, payload, length);
    *diag = (struct mt_diag){ 0 };
    return mt_record_check(&b->books, &record, diag);
}

static void every_kind_has_its_length(void **state)
{
    static _Alignas(16) unsigned char payload[4096];
    struct bare *b = bare_new();
    struct mt_diag diag;
    unsigned kinds = 0;
    (void)state;
    for (unsigned kind = 1; kind <= MT_REC_KIND_MAX; kind++) {
        const struct mt_record_kind_info *info = mt_record_kind_info(kind);
        if (!info)
            continue;
        assert_true(info->size < sizeof payload);
        assert_int_equal(check(b, kind, payload, info->size - 1, &diag), MT_ECORRUPT);
        assert_non_null(strstr(diag.text, mt_record_name(kind)));
        assert_non_null(strstr(diag.text, "record 2 "));
        kinds++;
    }
    assert_true(kinds > 20);
    assert_int_equal(check(b, 0, payload, sizeof payload, &diag), MT_ECORRUPT);
    assert_int_equal(check(b, MT_REC_KIND_MAX + 1, payload, sizeof payload, &diag), MT_ECORRUPT);
    assert_int_equal(check(b, 0xffff, payload, sizeof payload, &diag), MT_ECORRUPT);
    bare_free(b);
}

static void an_id_is_of_its_block_and_new(void **state)
{
    static const struct { uint64_t coid; int rc; } cases[] = {
        { 0, MT_ECORRUPT }, { 1, MT_ECORRUPT }, { 2, 0 }, { 1024, 0 }, { 1025, MT_ECORRUPT }, { UINT64_MAX, MT_ECORRUPT },
    };
    struct bare *b = bare_new();
    struct mt_diag diag;
    struct mt_rec_intent intent = bare_intent(1);
    (void)state;
    assert_int_equal(check(b, MT_REC_INTENT, &intent, sizeof intent, &diag), 0);
    bare_fold(b, MT_REC_INTENT, &intent, sizeof intent);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        intent.coid = cases[i].coid;
        if (check(b, MT_REC_INTENT, &intent, sizeof intent, &diag) != cases[i].rc)
            fail_msg("id %llu", (unsigned long long)cases[i].coid);
    }
    bare_free(b);
}

static void legs_that_are_counted_are_there(void **state)
{
    struct { struct mt_rec_decision decision; struct mt_rec_leg legs[2]; } r = { .decision.signal.id = 1 };
    struct bare *b = bare_new();
    struct mt_diag diag;
    (void)state;
    for (uint32_t there = 0; there <= 2; there++)
        for (uint32_t told = 0; told <= 3; told++) {
            size_t length = sizeof r.decision + there * sizeof *r.legs;
            r.decision.leg_count = told;
            assert_int_equal(check(b, MT_REC_DECISION, &r, length, &diag), told <= there ? 0 : MT_ECORRUPT);
            if (told == there && there > 0)     /* half of the last one */
                assert_int_equal(check(b, MT_REC_DECISION, &r, length - 8, &diag), MT_ECORRUPT);
        }
    r.decision.leg_count = UINT32_MAX;
    assert_int_equal(check(b, MT_REC_DECISION, &r, sizeof r, &diag), MT_ECORRUPT);
    bare_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_its_length),
        cmocka_unit_test(an_id_is_of_its_block_and_new),
        cmocka_unit_test(legs_that_are_counted_are_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
