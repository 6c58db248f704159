/* The bytes on disk: exactly those of the specification, and no changed bit passes for data. */
#include "host/core/journal_kit.h"

static void names_sort_as_sequences_do(void **state)
{
    (void)state;
    uint64_t seq = 0;
    char name[MT_SEGMENT_NAME];
    mt_segment_name(name, 0x1fA);
    assert_string_equal(name, "00000000000001fa.mtj");
    assert_true(mt_segment_name_parse(name, &seq));
    assert_int_equal(seq, 0x1fa);
    assert_true(mt_segment_name_parse("4000000000000000.mtj", &seq));
    assert_int_equal(seq, MT_SEQ_MAX);
    const char *const foreign[] = { "",
                                    "1",
                                    ".mtj",
                                    "00000000000001fA.mtj",
                                    "0000000000000000.mtj",
                                    "00000000000001fa.mt",
                                    "00000000000001fa.mtj.torn",
                                    "00000000000001fg.mtj",
                                    "4000000000000001.mtj",
                                    "000000000000001fa.mtj",
                                    "lock",
                                    "spare",
                                    "ffffffffffffffff.mtj" };
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        assert_false(mt_segment_name_parse(foreign[i], &seq));
}

static void kinds_have_names(void **state)
{
    (void)state;
    assert_string_equal(mt_record_name(MT_REC_RUN_START), "RUN_START");
    assert_string_equal(mt_record_name(MT_REC_INTENT), "INTENT");
    assert_string_equal(mt_record_name(MT_REC_COID_BLOCK), "COID_BLOCK");
    assert_string_equal(mt_record_name(MT_REC_RUN_END), "RUN_END");
    assert_string_equal(mt_record_name(0), "?");
    assert_string_equal(mt_record_name(MT_REC_KIND_MAX + 1), "?");
    for (unsigned i = 1; i <= MT_REC_KIND_MAX; i++)
        assert_string_not_equal(mt_record_name(i), "?");
}

static uint64_t number(const uint8_t *at, int bytes)
{
    uint64_t value = 0;
    while (bytes-- > 0)
        value = value << 8 | at[bytes];
    return value;
}

/* Written from the table in the specification, not from the structs. */
static void layout_is_that_of_the_specification(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    kit_dir(dir);
    struct mt_journal_options options = kit_options(dir);
    options.host_id = UINT64_C(0x1122334455667788);
    struct mt_journal *journal;
    assert_int_equal(mt_journal_open(&journal, &options, 0x0102030405060708, NULL, NULL, NULL), 0);
    assert_int_equal(
        mt_journal_append(journal, MT_REC_INTENT, 0, 0x1112131415161718, "hello world", 11, NULL),
        0);
    assert_int_equal(
        mt_journal_append(journal, MT_REC_RUN_END, 1, 0x1112131415161718, "12345678", 8, NULL), 0);
    kit_close(journal);
    struct kit_file file = kit_load(dir, "0000000000000001.mtj");
    const uint8_t *d = file.data, *r = d + 64;
    assert_int_equal(file.size, 64 + 48 + 40);
    assert_memory_equal(d, "MTJRNL\0\1", 8);
    assert_int_equal(number(d + 8, 4), 3);
    assert_int_equal(number(d + 12, 4), 0);
    assert_int_equal(number(d + 16, 8), UINT64_C(0x1122334455667788));
    assert_int_equal(number(d + 24, 8), 1);
    assert_int_equal(number(d + 32, 8), 0x0102030405060708);
    assert_int_equal(number(d + 40, 8), 1);
    assert_int_equal(number(d + 48, 4), 0);
    assert_int_equal(number(d + 52, 8), 0);
    assert_int_equal(number(d + 60, 4), mt_crc32c(0, d, 60));
    uint8_t place[16] = { 1, 0, 0, 0, 0, 0, 0, 0, 1 };
    uint32_t seed = mt_crc32c(0, place, 16);
    assert_int_equal(number(r, 4), 11);
    assert_int_equal(number(r + 4, 4), mt_crc32c(seed, r + 8, 24 + 11));
    assert_int_equal(number(r + 8, 8), 1);
    assert_int_equal(number(r + 16, 8), 0x1112131415161718);
    assert_int_equal(number(r + 24, 2), MT_REC_INTENT);
    assert_int_equal(r[26], 1);
    assert_int_equal(r[27], 0);
    assert_int_equal(number(r + 28, 4), 0);
    assert_memory_equal(r + 32, "hello world\0\0\0\0\0", 16);
    assert_int_equal(number(r + 48, 4), 8);
    assert_int_equal(number(r + 48 + 8, 8), 2);
    assert_int_equal(r[48 + 27], 1 | 2); /* ignorable; the last of its turn */
    assert_int_equal(number(r + 48 + 4, 4), mt_crc32c(seed, r + 48 + 8, 24 + 8));
    assert_int_equal(number(r + 48 + 28, 4), number(r + 4, 4));
    free(file.data);
    kit_remove(dir);
}

/* Three segments of three generations with 3, 4 and 4 records. */
static size_t three_runs(char dir[KIT_PATH], struct kit_file *files)
{
    kit_dir(dir);
    kit_run(dir, 3);
    kit_run(dir, 4);
    kit_run(dir, 4);
    size_t count = kit_load_all(dir, files);
    assert_int_equal(count, 3);
    return count;
}

static uint64_t records_before(unsigned file, size_t offset, const struct kit_file *files)
{
    static const unsigned first[] = { 0, 3, 7 };
    unsigned n = 0;
    while (kit_offset(&files[file], n + 1) <= offset && n < 3)
        n++;
    return first[file] + (offset < MT_SEGMENT_HEADER ? 0 : n);
}

static void expect_corrupt(const struct kit_read *result, const char *name, size_t record)
{
    char text[64];
    assert_int_equal(result->rc, MT_ECORRUPT);
    assert_int_equal(result->diag.code, MT_ECORRUPT);
    assert_non_null(strstr(result->diag.text, name));
    snprintf(text, sizeof text, "offset %zu, seq %llu: ", record,
             (unsigned long long)result->count + 1);
    if (strstr(result->diag.text, text) == NULL)
        fail_msg("'%s' does not name '%s'", result->diag.text, text);
}

static void expect_opens(const char *dir, uint64_t count, bool torn)
{
    struct mt_journal_options options = kit_options(dir);
    struct mt_journal *journal;
    struct mt_diag diag = { 0 };
    uint64_t seen = 0;
    if (mt_journal_open(&journal, &options, 1, kit_visit, &seen, &diag) != 0)
        fail_msg("open: %s", diag.text);
    assert_int_equal(seen, count);
    assert_int_equal(mt_journal_torn(journal), torn);
    kit_append_n(journal, 2);
    kit_close(journal);
    struct kit_read result = kit_read(dir);
    assert_int_equal(result.rc, MT_EEND);
    assert_int_equal(result.count, count + 2);
    assert_false(result.torn);
}

static void expect_refused(const char *dir, const char *name)
{
    struct mt_journal_options options = kit_options(dir);
    struct mt_journal *journal;
    struct mt_diag diag = { 0 };
    uint64_t seen = 0;
    assert_int_equal(mt_journal_open(&journal, &options, 1, kit_visit, &seen, &diag), MT_ECORRUPT);
    assert_null(journal);
    assert_int_equal(seen, 0);
    assert_non_null(strstr(diag.text, name));
}

/* Damage in the last record of the last segment cannot be told from a torn tail; everywhere else it
 * is named. So is its padding: what stands before it has the right checksum, hence was written
 * completely. */
static void no_flipped_bit_passes(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    struct kit_file files[KIT_FILES];
    size_t count = three_runs(dir, files);
    const size_t last_record = kit_offset(&files[2], 3);
    const struct mt_frame_head *last_head = (const void *)(files[2].data + last_record);
    const size_t last_padding = last_record + MT_FRAME_HEAD + last_head->length;
    assert_true(last_padding < files[2].size);
    for (unsigned f = 0; f < count; f++) {
        for (size_t bit = 0; bit < files[f].size * 8; bit++) {
            size_t byte = bit / 8, at = byte < 64 ? 0 : byte;
            uint64_t before = records_before(f, at, files);
            bool tail = f == 2 && byte >= last_record && byte < last_padding;
            files[f].data[byte] ^= (uint8_t)(1u << bit % 8);
            kit_reset(dir, files, count);
            struct kit_read result = kit_read(dir);
            assert_int_equal(result.count, before);
            if (tail) {
                assert_int_equal(result.rc, MT_EEND);
                assert_true(result.torn);
            } else {
                unsigned n = (unsigned)(before - (f == 0 ? 0 : f == 1 ? 3 : 7));
                expect_corrupt(&result, files[f].name, at == 0 ? 0 : kit_offset(&files[f], n));
            }
            if (bit % 8 == 3) { /* the slower half of the check for one bit of each byte */
                if (tail)
                    expect_opens(dir, before, true);
                else
                    expect_refused(dir, files[f].name);
            }
            files[f].data[byte] ^= (uint8_t)(1u << bit % 8);
        }
    }
    kit_free_all(files, count);
    kit_remove(dir);
}

static void a_cut_file_gives_its_whole_records(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    struct kit_file files[KIT_FILES];
    size_t count = three_runs(dir, files);
    for (unsigned f = 0; f < count; f++) {
        const size_t whole = files[f].size;
        for (size_t size = 0; size <= whole; size++) {
            static const unsigned first[] = { 0, 3, 7 }, records[] = { 3, 4, 4 };
            unsigned n = 0;
            while (n < records[f] && kit_offset(&files[f], n + 1) <= size)
                n++;
            bool clean = size >= MT_SEGMENT_HEADER && kit_offset(&files[f], n) == size;
            files[f].size = size;
            kit_reset(dir, files, count);
            struct kit_read result = kit_read(dir);
            assert_int_equal(result.count, size == whole ? 11 : first[f] + n);
            if (f == 2 || size == whole) {
                assert_int_equal(result.rc, MT_EEND);
                assert_int_equal(result.torn, !clean);
                expect_opens(dir, result.count, !clean);
                assert_int_equal(kit_exists(dir, "0000000000000008.mtj.torn"), !clean);
            } else {
                assert_int_equal(result.rc, MT_ECORRUPT);
                expect_refused(dir, files[size < 64 || !clean ? f : f + 1].name);
            }
        }
        files[f].size = whole;
    }
    kit_free_all(files, count);
    kit_remove(dir);
}

/* Turns of 1 to 40 records over two segments of one run, the last of them of more than a segment: cut at every byte of
 * the last segment there are whole turns, and of each its last record. */
static void a_cut_file_gives_whole_turns_only(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    struct kit_file files[KIT_FILES];
    unsigned ends[64] = { 0 }, turns = 0, total = 0;
    kit_dir(dir);
    struct mt_journal_options options = kit_options(dir);
    struct mt_journal *journal = kit_open(&options);
    while (total < 900) {
        const unsigned records = turns == 5 ? 400 : 1 + (unsigned)(mt_random_at(3, turns) % 40);
        kit_append_n(journal, records);
        kit_flush(journal);
        ends[turns++] = total += records;
    }
    kit_close(journal);
    size_t count = kit_load_all(dir, files);
    assert_in_range(count, 2, 10);
    struct kit_file *last = &files[count - 1];
    const struct mt_segment_header *header = (const void *)last->data;
    const unsigned first = (unsigned)header->first_seq - 1;
    const size_t whole = last->size;
    unsigned good = 0, seen = 0; /* records of whole turns, and of all, up to the cut */
    while (ends[seen] != first)  /* a turn begins with the segment */
        seen++;
    seen = good = first;
    for (size_t size = MT_SEGMENT_HEADER; size <= whole; size++) {
        if (size > MT_SEGMENT_HEADER && kit_offset(last, seen - first + 1) == size) {
            seen++;
            for (unsigned t = 0; t < turns; t++)
                good = ends[t] == seen ? seen : good;
        }
        if (size % 13 != 0 && size != kit_offset(last, seen - first)) /* every border of a record, and places between */
            continue;
        const bool clean = kit_offset(last, good - first) == size;
        last->size = size;
        kit_reset(dir, files, count);
        struct kit_read result = kit_read(dir);
        assert_int_equal(result.rc, MT_EEND);
        assert_int_equal(result.count, good);
        assert_int_equal(result.torn, !clean);
        expect_opens(dir, good, !clean);
    }
    assert_int_equal(good, total);
    last->size = whole;
    kit_free_all(files, count);
    kit_remove(dir);
}

/* What is sound of a turn that was damaged in its middle is shown up to there; the start refuses it. */
static void damage_inside_a_turn_is_named(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    struct kit_file files[KIT_FILES];
    kit_dir(dir);
    struct mt_journal_options options = kit_options(dir);
    struct mt_journal *journal = kit_open(&options);
    kit_append_n(journal, 3);
    kit_flush(journal);
    kit_append_n(journal, 5);
    kit_close(journal);
    assert_int_equal(kit_load_all(dir, files), 1);
    for (unsigned record = 3; record < 8; record++) {
        const size_t at = kit_offset(&files[0], record) + 32;
        files[0].data[at] ^= 4;
        kit_reset(dir, files, 1);
        struct kit_read result = kit_read(dir);
        files[0].data[at] ^= 4;
        assert_int_equal(result.count, record < 7 ? record : 3);
        if (record < 7) {
            assert_int_equal(result.rc, MT_ECORRUPT);
            expect_refused(dir, files[0].name);
        } else { /* its last: torn, and the turn with it */
            assert_int_equal(result.rc, MT_EEND);
            expect_opens(dir, 3, true);
        }
    }
    kit_free_all(files, 1);
    kit_remove(dir);
}

/* The rest of a torn record may be there while its beginning is not. */
static void zeros_before_data_are_not_the_end(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    struct kit_file files[KIT_FILES];
    size_t count = three_runs(dir, files);
    struct kit_file *last = &files[2];
    size_t from = kit_offset(last, 3);
    memset(last->data + from, 0, 32);
    kit_reset(dir, files, count);
    struct kit_read result = kit_read(dir);
    assert_int_equal(result.rc, MT_EEND);
    assert_int_equal(result.count, 10);
    assert_true(result.torn);
    expect_opens(dir, 10, true);
    struct kit_file torn = kit_load(dir, "0000000000000008.mtj.torn");
    size_t end = last->size;
    while (last->data[end - 1] == 0)
        end--;
    assert_int_equal(torn.size, end - from);
    assert_memory_equal(torn.data, last->data + from, torn.size);
    free(torn.data);
    /* With a record behind them they are damage. */
    from = kit_offset(last, 1);
    memset(last->data + from, 0, kit_offset(last, 2) - from);
    kit_free_all(files, count);
    kit_remove(dir);
    count = three_runs(dir, files);
    from = kit_offset(last, 1);
    memset(last->data + from, 0, kit_offset(last, 2) - from);
    kit_reset(dir, files, count);
    result = kit_read(dir);
    expect_corrupt(&result, last->name, from);
    expect_refused(dir, last->name);
    kit_free_all(files, count);
    kit_remove(dir);
}

struct change {
    const char *says;
    unsigned file; /* of three_runs */
    size_t offset; /* in the record or header */
    int bytes;
    uint64_t value;
    int record; /* -1: the header */
    int rc;
};

/* The checksum is right in all of these: other rules have to catch them. */
static const struct change changes[] = {
    { "not a journal segment", 1, 0, 1, 'X', -1, MT_ECORRUPT },
    { "format version 4 with flags 0; this program reads version 3, which has other records; use a newer program", 1, 8, 4,
      4, -1, MT_EREFUSED },
    { "format version 2 with flags 0; this program reads version 3, which has other records; finish or read that run with",
      1, 8, 4, 2, -1, MT_EREFUSED },
    { "flags 1", 1, 12, 4, 1, -1, MT_EREFUSED },
    { "another name", 1, 24, 8, 5, -1, MT_ECORRUPT },
    { "generation", 1, 40, 8, 0, -1, MT_ECORRUPT },
    { "generation", 2, 40, 8, 1, -1, MT_ECORRUPT },
    { "generation", 2, 40, 8, MT_GENERATION_MAX + 1, -1, MT_ECORRUPT },
    { "does not continue the one before", 1, 48, 4, 12345, -1, MT_ECORRUPT },
    { "sequence", 1, 8, 8, 6, 1, MT_ECORRUPT },
    { "sequence", 1, 8, 8, 4, 1, MT_ECORRUPT },
    { "does not continue the one before", 1, 28, 4, 12345, 1, MT_ECORRUPT },
    { "time", 1, 16, 8, 999, 1, MT_ECORRUPT },
    { "time", 0, 16, 8, UINT64_MAX, 0, MT_ECORRUPT },
    /* Whole and sealed, so it is no tear although it is the last record. */
    { "does not continue the one before", 2, 28, 4, 12345, 3, MT_ECORRUPT },
    { "time", 2, 16, 8, 999, 3, MT_ECORRUPT },
    /* A later segment proves that this one was complete. */
    { "its last turn is not whole", 1, 27, 1, 0, 3, MT_ECORRUPT },
    { "records of kind", 1, 24, 4, (MT_REC_KIND_MAX + 1) | 1 << 16, 1, MT_EREFUSED },
    { "records of kind 0", 1, 24, 4, 0 | 1 << 16, 1, MT_EREFUSED },
};

static void a_right_checksum_is_not_enough(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        const struct change *c = &changes[i];
        char dir[KIT_PATH];
        struct kit_file files[KIT_FILES];
        size_t count = three_runs(dir, files);
        struct kit_file *file = &files[c->file];
        size_t at = c->record < 0 ? 0 : kit_offset(file, (unsigned)c->record);
        memcpy(file->data + at + c->offset, &c->value, (size_t)c->bytes);
        kit_reseal(file, at);
        kit_reset(dir, files, count);
        struct kit_read result = kit_read(dir);
        struct mt_journal_options options = kit_options(dir);
        struct mt_journal *journal;
        struct mt_diag diag = { 0 };
        if (result.rc != c->rc || strstr(result.diag.text, c->says) == NULL)
            fail_msg("change %zu: %d %s", i, result.rc, result.diag.text);
        assert_int_equal(mt_journal_open(&journal, &options, 1, NULL, NULL, &diag), c->rc);
        assert_string_equal(diag.text, result.diag.text);
        kit_free_all(files, count);
        kit_remove(dir);
    }
}

static void bytes_of_an_older_use_do_not_pass(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    struct kit_file files[KIT_FILES];
    size_t count = three_runs(dir, files);
    struct kit_file *last = &files[2];
    /* Record 11 as a run of another generation would have left it here: same seq, chain and
     * content. */
    size_t from = kit_offset(last, 3);
    struct mt_frame_head *head = (void *)(last->data + from);
    head->crc = mt_frame_crc(mt_segment_seed(2, 8), head, head->length);
    kit_reset(dir, files, count);
    struct kit_read result = kit_read(dir);
    assert_int_equal(result.count, 10);
    assert_true(result.torn);
    /* … and as one that began at another record. */
    head->crc = mt_frame_crc(mt_segment_seed(3, 7), head, head->length);
    kit_reset(dir, files, count);
    assert_int_equal(kit_read(dir).count, 10);
    head->crc = mt_frame_crc(mt_segment_seed(3, 8), head, head->length);
    kit_reset(dir, files, count);
    assert_int_equal(kit_read(dir).count, 11);
    kit_free_all(files, count);
    kit_remove(dir);
}

static void missing_and_doubled_segments_are_named(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    struct kit_file files[KIT_FILES];
    size_t count = three_runs(dir, files);
    for (size_t gone = 0; gone < 2; gone++) {
        kit_reset(dir, files, count);
        char path[2 * KIT_PATH];
        kit_path(path, dir, files[gone].name);
        assert_int_equal(unlink(path), 0);
        struct kit_read result = kit_read(dir);
        assert_int_equal(result.rc, MT_ECORRUPT);
        assert_non_null(strstr(result.diag.text, "missing"));
        expect_refused(dir, files[gone + 1].name);
    }
    /* A segment that claims records which the one before it holds. */
    struct kit_file again = files[1];
    again.data = malloc(again.size);
    memcpy(again.data, files[1].data, again.size);
    ((struct mt_segment_header *)(void *)again.data)->first_seq = 2;
    kit_reseal(&again, 0);
    kit_reset(dir, files, count);
    kit_store(dir, "0000000000000002.mtj", again.data, again.size);
    struct kit_read result = kit_read(dir);
    assert_int_equal(result.rc, MT_ECORRUPT);
    assert_non_null(strstr(result.diag.text, "overlaps"));
    expect_refused(dir, "0000000000000002.mtj");
    free(again.data);
    kit_free_all(files, count);
    kit_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_sort_as_sequences_do),
        cmocka_unit_test(kinds_have_names),
        cmocka_unit_test(layout_is_that_of_the_specification),
        cmocka_unit_test(no_flipped_bit_passes),
        cmocka_unit_test(a_cut_file_gives_its_whole_records),
        cmocka_unit_test(a_cut_file_gives_whole_turns_only),
        cmocka_unit_test(damage_inside_a_turn_is_named),
        cmocka_unit_test(zeros_before_data_are_not_the_end),
        cmocka_unit_test(a_right_checksum_is_not_enough),
        cmocka_unit_test(bytes_of_an_older_use_do_not_pass),
        cmocka_unit_test(missing_and_doubled_segments_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
