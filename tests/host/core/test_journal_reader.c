/* The reader: beside a live writer, on damaged journals in tolerant mode, and when reading itself
 * fails. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include "host/core/journal_kit.h"

static struct mt_journal_reader *open_reader(const char *dir, bool tolerate)
{
    struct mt_journal_reader *reader;
    struct mt_diag diag = { 0 };
    if (mt_journal_reader_open(&reader, dir, tolerate, &diag) != 0)
        fail_msg("%s", diag.text);
    return reader;
}

static int next_seq(struct mt_journal_reader *reader, uint64_t *seq)
{
    struct mt_record record;
    bool bad;
    int rc = mt_journal_reader_next(reader, &record, &bad, NULL);
    if (rc == 0) {
        assert_false(bad);
        kit_expect(&record, ++*seq);
    }
    return rc;
}

static void what_is_no_journal_is_said(void **state)
{
    (void)state;
    char dir[KIT_PATH], path[2 * KIT_PATH];
    kit_dir(dir);
    struct mt_journal_reader *reader;
    struct mt_diag diag = { 0 };
    assert_int_equal(mt_journal_reader_open(&reader, dir, false, &diag), MT_ENOTFOUND);
    assert_null(reader);
    assert_non_null(strstr(diag.text, "there is no journal in this directory"));
    kit_path(path, dir, "absent");
    memset(&diag, 0, sizeof diag);
    assert_int_equal(mt_journal_reader_open(&reader, path, false, &diag), MT_ENOTFOUND);
    assert_non_null(strstr(diag.text, "No such file or directory"));
    kit_store(dir, "absent", "x", 1);
    memset(&diag, 0, sizeof diag);
    assert_int_equal(mt_journal_reader_open(&reader, path, false, &diag), MT_EIO);
    assert_non_null(strstr(diag.text, "Not a directory"));
    mt_journal_reader_close(NULL);
    assert_int_equal(mt_journal_reader_open_faulty(&reader, dir, false, "nonsense", 0, NULL),
                     MT_EUSAGE);
    kit_remove(dir);
}

/* Every message keeps its reason, however long the path. */
static void long_paths_keep_the_reason(void **state)
{
    (void)state;
    char *path = calloc(1, 3000);
    strcpy(path, "/tmp");
    while (strlen(path) < 2500)
        strcat(path, "/component\n");
    struct mt_journal_reader *reader;
    struct mt_diag diag = { 0 };
    assert_int_equal(mt_journal_reader_open(&reader, path, false, &diag), MT_ENOTFOUND);
    assert_non_null(strstr(diag.text, "journal: ..."));
    assert_non_null(strstr(diag.text, "open the directory: No such file or directory"));
    assert_null(strchr(diag.text, '\n'));
    free(path);
}

static void the_reader_follows_a_writer(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    kit_dir(dir);
    struct mt_journal_options options = kit_options(dir);
    struct mt_journal *journal = kit_open(&options);
    struct mt_journal_reader *reader = open_reader(dir, false);
    uint64_t seq = 0;
    assert_int_equal(next_seq(reader, &seq), MT_EEND);
    /* Turn by turn, over many segments and three runs, the first of them without a record. */
    kit_close(journal);
    assert_int_equal(next_seq(reader, &seq), MT_EEND);
    for (int run = 0; run < 3; run++) {
        journal = kit_open(&options);
        assert_int_equal(next_seq(reader, &seq), MT_EEND);
        for (unsigned turn = 0; turn < 150; turn++) {
            kit_append_n(journal, turn % 23);
            assert_int_equal(next_seq(reader, &seq), MT_EEND); /* not flushed: not there */
            kit_flush(journal);
            while (next_seq(reader, &seq) == 0)
                ;
            assert_int_equal(seq, mt_journal_seq(journal));
            assert_false(mt_journal_reader_torn(reader));
        }
        kit_close(journal);
        assert_int_equal(next_seq(reader, &seq), MT_EEND);
    }
    assert_int_equal(mt_journal_reader_chain(reader)->generation, 4);
    mt_journal_reader_close(reader);
    kit_remove(dir);
}

/* A record larger than a segment takes the place of the empty segment that a reader may already
 * hold. */
static void an_empty_segment_may_be_replaced_under_the_reader(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    kit_dir(dir);
    static uint8_t big[200000];
    struct mt_journal_options options = kit_options(dir);
    struct mt_journal *journal = kit_open(&options);
    struct mt_journal_reader *reader = open_reader(dir, false);
    struct mt_record record;
    bool bad;
    assert_int_equal(mt_journal_reader_next(reader, &record, &bad, NULL), MT_EEND);
    assert_int_equal(mt_journal_append(journal, 1, 0, 0, big, sizeof big, NULL), 0);
    kit_flush(journal);
    assert_int_equal(mt_journal_reader_next(reader, &record, &bad, NULL), 0);
    assert_int_equal(record.length, sizeof big);
    mt_journal_reader_close(reader);
    kit_close(journal);
    kit_remove(dir);
}

struct live_writer {
    const char *dir;
    uint64_t total;
    _Atomic uint64_t confirmed;
};

static void *write_live(void *ud)
{
    struct live_writer *writer = ud;
    struct mt_journal_options options = kit_options(writer->dir);
    while (writer->confirmed < writer->total) {
        struct mt_journal *journal;
        if (mt_journal_open(&journal, &options, 1, NULL, NULL, NULL) != 0)
            return NULL;
        for (uint64_t turn = 0; turn < 200; turn++) {
            for (uint64_t n = mt_random_at(5, writer->confirmed + turn) % 200; n > 0; n--) {
                if (kit_append(journal) != 0)
                    return NULL;
            }
            if (mt_journal_flush(journal, MT_DURABLE_D3, NULL) != 0)
                return NULL;
            writer->confirmed = mt_journal_seq(journal);
        }
        if (mt_journal_close(journal, NULL) != 0)
            return NULL;
    }
    return writer;
}

/* With turns of many pages the reader meets half-written records and segments that are being
 * closed. */
static void a_reader_beside_a_busy_writer_sees_only_whole_records(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    kit_dir(dir);
    kit_run(dir, 1);
    struct live_writer writer = { .dir = dir, .total = 60000, .confirmed = 1 };
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, write_live, &writer), 0);
    struct mt_journal_reader *reader = open_reader(dir, false);
    uint64_t seq = 0;
    while (writer.confirmed < writer.total || seq < writer.confirmed) {
        uint64_t confirmed = writer.confirmed;
        struct mt_record record;
        struct mt_diag diag = { 0 };
        bool bad;
        int rc = mt_journal_reader_next(reader, &record, &bad, &diag);
        if (rc == 0)
            kit_expect(&record, ++seq);
        else if (rc != MT_EEND)
            fail_msg("%d %s", rc, diag.text);
        else if (seq < confirmed)
            fail_msg("end at %llu, confirmed %llu", (unsigned long long)seq,
                     (unsigned long long)confirmed);
        else
            sched_yield();
    }
    void *result;
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, &writer);
    mt_journal_reader_close(reader);
    kit_remove(dir);
}

static void a_torn_tail_may_grow_or_be_cut(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    struct kit_file files[KIT_FILES];
    kit_dir(dir);
    kit_run(dir, 6);
    size_t count = kit_load_all(dir, files);
    const size_t whole = files[0].size;
    for (size_t size = kit_offset(&files[0], 5) + 1; size < whole; size += 5) {
        kit_store(dir, files[0].name, files[0].data, size);
        struct mt_journal_reader *reader = open_reader(dir, false),
                                 *other = open_reader(dir, false);
        uint64_t seq = 0, other_seq = 0;
        while (next_seq(reader, &seq) == 0 && next_seq(other, &other_seq) == 0)
            ;
        assert_int_equal(next_seq(other, &other_seq), MT_EEND);
        assert_int_equal(seq, 5);
        assert_true(mt_journal_reader_torn(reader));
        assert_true(mt_journal_reader_torn(other));
        kit_store(dir, files[0].name, files[0].data, whole); /* it was only half-way */
        assert_int_equal(next_seq(reader, &seq), 0);
        assert_int_equal(next_seq(reader, &seq), MT_EEND);
        assert_false(mt_journal_reader_torn(reader));
        mt_journal_reader_close(reader);
        kit_store(dir, files[0].name, files[0].data,
                  size); /* it was the end, and the next run cuts it */
        kit_run(dir, 2);
        assert_int_equal(next_seq(other, &other_seq), 0);
        assert_int_equal(next_seq(other, &other_seq), 0);
        assert_int_equal(next_seq(other, &other_seq), MT_EEND);
        assert_int_equal(other_seq, 7);
        mt_journal_reader_close(other);
        kit_reset(dir, files, count);
    }
    /* A file that loses what was read already is not believed. */
    struct mt_journal_reader *reader = open_reader(dir, false);
    uint64_t seq = 0;
    while (next_seq(reader, &seq) == 0)
        ;
    kit_store(dir, files[0].name, files[0].data, kit_offset(&files[0], 3));
    assert_int_equal(next_seq(reader, &seq), MT_EEND);
    assert_true(mt_journal_reader_torn(reader));
    mt_journal_reader_close(reader);
    kit_free_all(files, count);
    kit_remove(dir);
}

/* A live file has zeros behind the data; damage there is seen as well, before and after they were
 * looked through. */
static void damage_in_a_preallocated_file_is_seen(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    kit_dir(dir);
    struct mt_journal_options options = kit_options(dir);
    struct mt_journal *journal = kit_open(&options);
    kit_append_n(journal, 10);
    kit_flush(journal);
    struct kit_file file = kit_load(dir, "0000000000000001.mtj");
    size_t third = kit_offset(&file, 2), end = kit_offset(&file, 10);
    assert_int_equal(file.size, 64 << 10);
    struct mt_journal_reader *reader = open_reader(dir, false);
    uint64_t seq = 0;
    while (next_seq(reader, &seq) == 0)
        ;
    assert_int_equal(seq, 10);
    assert_false(mt_journal_reader_torn(reader));
    file.data[end + 8] = 1;
    kit_store(dir, file.name, file.data, file.size);
    assert_int_equal(next_seq(reader, &seq), MT_EEND);
    assert_true(mt_journal_reader_torn(reader));
    mt_journal_reader_close(reader);
    assert_true(kit_read(dir).torn);
    file.data[end + 8] = 0;
    /* A whole record that became zero: what follows it tells. */
    memset(file.data + third, 0, kit_offset(&file, 3) - third);
    kit_store(dir, file.name, file.data, file.size);
    struct kit_read result = kit_read(dir);
    assert_int_equal(result.rc, MT_ECORRUPT);
    assert_int_equal(result.count, 2);
    free(file.data);
    mt_journal_close(journal, NULL);
    kit_remove(dir);
}

/* ---- tolerant ---- */

struct tolerated {
    uint64_t good, bad, first_bad;
    int rc;
    bool torn;
};

static struct tolerated tolerate(const char *dir)
{
    struct tolerated t = { 0 };
    struct mt_journal_reader *reader = open_reader(dir, true);
    struct mt_record record;
    bool bad;
    while ((t.rc = mt_journal_reader_next(reader, &record, &bad, NULL)) == 0) {
        assert_int_equal(record.seq, t.good + t.bad + 1);
        if (bad && t.bad++ == 0)
            t.first_bad = record.seq;
        t.good += !bad;
        if (!bad)
            kit_expect(&record, record.seq);
    }
    t.torn = mt_journal_reader_torn(reader);
    mt_journal_reader_close(reader);
    return t;
}

enum { LEFT = 4, TOLERATE_RECORDS = 10 };

/* Each byte of each record of two segments with 4 and 6 records. Bytes of the length and of the seq
 * break the frame. */
static void a_changed_record_is_shown_as_bad(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    struct kit_file files[KIT_FILES];
    kit_dir(dir);
    kit_run(dir, LEFT);
    kit_run(dir, TOLERATE_RECORDS - LEFT);
    size_t count = kit_load_all(dir, files);
    uint64_t seq = 0;
    for (size_t f = 0; f < count; f++) {
        for (unsigned n = 0; n < (f == 0 ? LEFT : TOLERATE_RECORDS - LEFT); n++) {
            const size_t from = kit_offset(&files[f], n), to = kit_offset(&files[f], n + 1);
            seq++;
            for (size_t byte = 0; byte < to - from; byte++) {
                files[f].data[from + byte] ^= 0x41;
                kit_reset(dir, files, count);
                struct tolerated t = tolerate(dir);
                bool frame = byte < 4 || (byte >= 8 && byte < 16), last = seq == TOLERATE_RECORDS;
                bool field = byte >= 4 &&
                             byte < 8; /* a changed crc also breaks the chain of the next record */
                if (frame) {
                    assert_int_equal(t.bad, 0);
                    assert_int_equal(t.good, seq - 1);
                    assert_int_equal(t.rc, last ? MT_EEND : MT_ECORRUPT);
                } else if (field &&
                           seq == LEFT) { /* … or of the next segment, which is not a record */
                    assert_int_equal(t.first_bad, seq);
                    assert_int_equal(t.rc, MT_ECORRUPT);
                } else {
                    assert_int_equal(t.rc, MT_EEND);
                    assert_int_equal(t.first_bad, seq);
                    assert_int_equal(t.bad, field && !last ? 2 : 1);
                    assert_int_equal(t.good + t.bad, TOLERATE_RECORDS);
                }
                const struct mt_frame_head *head = (const void *)(files[f].data + from);
                bool padding = byte >= MT_FRAME_HEAD + head->length && byte >= MT_FRAME_HEAD;
                if (!(frame && !last))
                    assert_int_equal(t.torn, last && !padding);
                files[f].data[from + byte] ^= 0x41;
            }
        }
    }
    kit_free_all(files, count);
    kit_remove(dir);
}

/* A change with a new checksum shows at the record behind it. */
static void a_forged_record_breaks_the_chain(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    struct kit_file files[KIT_FILES];
    kit_dir(dir);
    kit_run(dir, 10);
    size_t count = kit_load_all(dir, files), at = kit_offset(&files[0], 4);
    files[0].data[at + 32] ^= 1;
    kit_reseal(&files[0], at);
    kit_reset(dir, files, count);
    struct mt_journal_reader *reader = open_reader(dir, true);
    struct mt_record record;
    bool bad;
    for (uint64_t seq = 1; seq <= 10; seq++) {
        assert_int_equal(mt_journal_reader_next(reader, &record, &bad, NULL), 0);
        assert_int_equal(bad, seq == 6);
    }
    mt_journal_reader_close(reader);
    struct kit_read result = { 0 };
    reader = open_reader(dir, false);
    while ((result.rc = mt_journal_reader_next(reader, &record, &bad, &result.diag)) == 0)
        result.count++;
    assert_int_equal(result.count, 5);
    assert_int_equal(result.rc, MT_ECORRUPT);
    mt_journal_reader_close(reader);
    kit_free_all(files, count);
    kit_remove(dir);
}

/* Records larger than the reader's window, so that looking behind one forgets it. */
static void large_bad_records_are_handed_out_whole(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    static uint8_t big[600000];
    kit_dir(dir);
    struct mt_journal_options options = kit_options(dir);
    options.segment_bytes = 0;
    struct mt_journal *journal = kit_open(&options);
    for (int i = 0; i < 5; i++) {
        memset(big, i + 1, sizeof big);
        assert_int_equal(mt_journal_append(journal, 1, 0, 0, big, sizeof big, NULL), 0);
    }
    kit_close(journal);
    struct kit_file file = kit_load(dir, "0000000000000001.mtj");
    for (unsigned n = 0; n < 5; n++)
        file.data[kit_offset(&file, n) + 32 + sizeof big / 2] = 99;
    kit_store(dir, file.name, file.data, file.size);
    struct mt_journal_reader *reader = open_reader(dir, true);
    struct mt_record record;
    bool bad;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(mt_journal_reader_next(reader, &record, &bad, NULL), 0);
        assert_true(bad);
        assert_int_equal(record.length, sizeof big);
        const uint8_t *payload = record.payload;
        for (size_t at = 0; at < sizeof big; at++) {
            if (payload[at] != (at == sizeof big / 2 ? 99 : i + 1))
                fail_msg("record %d, byte %zu", i, at);
        }
    }
    assert_int_equal(mt_journal_reader_next(reader, &record, &bad, NULL), MT_EEND);
    assert_true(mt_journal_reader_torn(reader));
    mt_journal_reader_close(reader);
    free(file.data);
    kit_remove(dir);
}

/* ---- reading fails ---- */

static const char *const read_faults[] = { "alloc", "open_dir", "list",      "open",
                                           "stat",  "read",     "read_short" };

struct damage {
    const char *what;
    unsigned file, record; /* of 300 and 10 records */
    int byte;              /* -1: none; below 0 otherwise: cut so many bytes off the end */
};

static const struct damage damages[] = {
    { "sound", 0, 0, -1 },
    { "torn", 0, 0, -3 },
    { "bad in the middle", 1, 3, 40 },
    { "bad at the end", 1, 9, 40 },
    { "bad length", 1, 5, 1 },
    { "zero length", 1, 5, 0 },
    { "bad before another segment", 0, 290, 40 },
};

static void a_reader_that_fails_says_so_and_never_lies(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    struct kit_file files[KIT_FILES];
    kit_dir(dir);
    kit_run(dir, 300);
    kit_run(dir, 10);
    size_t count = kit_load_all(dir, files);
    for (size_t d = 0; d < sizeof damages / sizeof *damages; d++) {
        const struct damage *damage = &damages[d];
        const size_t whole = files[1].size;
        uint8_t *at = files[damage->file].data + kit_offset(&files[damage->file], damage->record) +
                      damage->byte;
        uint8_t old = damage->byte >= 0 ? *at : 0;
        if (damage->byte >= 0)
            *at = damage->byte == 0 ? 0 : (uint8_t)(old ^ 0x55);
        else
            files[1].size -= (size_t)(-1 - damage->byte);
        kit_reset(dir, files, count);
        for (size_t f = 0; f < 2 * sizeof read_faults / sizeof *read_faults; f++) {
            const char *fault = read_faults[f / 2];
            unsigned quiet = 0;
            for (uint64_t n = 1; quiet < 4; n++) {
                struct mt_journal_reader *reader;
                struct mt_record record;
                struct mt_diag diag = { 0 };
                bool bad;
                uint64_t seq = 0;
                int rc = mt_journal_reader_open_faulty(&reader, dir, f & 1, fault, n, &diag);
                while (rc == 0) {
                    rc = mt_journal_reader_next(reader, &record, &bad, &diag);
                    if (rc == 0) {
                        assert_int_equal(record.seq, ++seq);
                        if (!bad)
                            kit_expect(&record, seq);
                    }
                }
                if (reader != NULL)
                    mt_journal_reader_close(reader);
                bool failed = rc == MT_EIO || rc == MT_ENOMEM;
                quiet = failed || (n < 12 && strcmp(fault, "read_short") == 0) ? 0 : quiet + 1;
                if (rc != MT_EEND)
                    assert_int_equal(diag.code, rc);
                if (!failed && rc != MT_EEND && rc != MT_ECORRUPT)
                    fail_msg("%s, %s at %d: %d %s", damage->what, fault, (int)n, rc, diag.text);
            }
        }
        if (damage->byte >= 0)
            *at = old;
        files[1].size = whole;
    }
    kit_free_all(files, count);
    kit_remove(dir);
}

/* The same for journals larger than one look at a file, where looking behind a bad record reads
 * again. */
static void a_reader_that_fails_far_inside_says_so(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    static uint8_t payload[262100]; /* the record ends where a look at the file ends */
    kit_dir(dir);
    struct mt_journal_options options = kit_options(dir);
    options.segment_bytes = 0;
    struct mt_journal *journal = kit_open(&options);
    for (int i = 0; i < 6; i++)
        assert_int_equal(mt_journal_append(journal, 1, 0, 0, payload, sizeof payload, NULL), 0);
    kit_close(journal);
    struct kit_file file = kit_load(dir, "0000000000000001.mtj");
    static const unsigned bad_records[] = { 60, 0, 3, 5 }; /* 60: none */
    for (size_t i = 0; i < 8; i++) {
        if (i == 4) { /* the same before a later segment */
            kit_store(dir, file.name, file.data, file.size);
            journal = kit_open(&options);
            assert_int_equal(mt_journal_append(journal, 1, 0, 0, "x", 1, NULL), 0);
            kit_close(journal);
        }
        const unsigned bad_record = bad_records[i % 4];
        uint8_t *at = file.data + kit_offset(&file, bad_record % 6) + 32;
        *at = bad_record < 6;
        kit_store(dir, file.name, file.data, file.size);
        for (int tolerant = 0; tolerant < 2; tolerant++) {
            int rc = MT_EIO;
            unsigned failures = 0;
            for (uint64_t n = 1; rc == MT_EIO; n++) {
                struct mt_journal_reader *reader;
                struct mt_record record;
                struct mt_diag diag = { 0 };
                bool bad;
                assert_int_equal(
                    mt_journal_reader_open_faulty(&reader, dir, tolerant, "read", n, NULL), 0);
                uint64_t seq = 0;
                while ((rc = mt_journal_reader_next(reader, &record, &bad, &diag)) == 0) {
                    assert_int_equal(record.seq, ++seq);
                    assert_int_equal(bad, seq == bad_record + 1);
                }
                failures += rc == MT_EIO;
                if (rc == MT_EIO) { /* and once it can be read again, it goes on where it was */
                    while ((rc = mt_journal_reader_next(reader, &record, &bad, &diag)) == 0)
                        assert_int_equal(record.seq, ++seq);
                    assert_int_equal(rc, tolerant || bad_record >= (i < 4 ? 5 : 6) ? MT_EEND
                                                                                   : MT_ECORRUPT);
                    rc = MT_EIO;
                }
                mt_journal_reader_close(reader);
            }
            assert_int_equal(rc, tolerant || bad_record >= (i < 4 ? 5 : 6) ? MT_EEND : MT_ECORRUPT);
            assert_true(failures >= 4);
        }
        *at = 0;
    }
    free(file.data);
    kit_remove(dir);
}

static void a_torn_header_beside_a_directory_that_fails(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    kit_dir(dir);
    kit_store(dir, "0000000000000001.mtj", "MTJ", 3);
    struct mt_journal_reader *reader;
    struct mt_record record;
    struct mt_diag diag = { 0 };
    bool bad;
    int rc = MT_EIO;
    for (uint64_t n = 1; rc == MT_EIO; n++) {
        memset(&diag, 0, sizeof diag);
        rc = mt_journal_reader_open_faulty(&reader, dir, false, "list", n, &diag);
        if (rc == 0)
            rc = mt_journal_reader_next(reader, &record, &bad, &diag);
        if (rc == MT_EIO)
            assert_non_null(strstr(diag.text, "list the directory: Input/output error"));
        if (reader != NULL)
            mt_journal_reader_close(reader);
        assert_true(n < 20);
    }
    assert_int_equal(rc, MT_EEND);
    kit_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_journal_is_said),
        cmocka_unit_test(long_paths_keep_the_reason),
        cmocka_unit_test(the_reader_follows_a_writer),
        cmocka_unit_test(an_empty_segment_may_be_replaced_under_the_reader),
        cmocka_unit_test(a_reader_beside_a_busy_writer_sees_only_whole_records),
        cmocka_unit_test(a_torn_tail_may_grow_or_be_cut),
        cmocka_unit_test(damage_in_a_preallocated_file_is_seen),
        cmocka_unit_test(a_changed_record_is_shown_as_bad),
        cmocka_unit_test(a_forged_record_breaks_the_chain),
        cmocka_unit_test(large_bad_records_are_handed_out_whole),
        cmocka_unit_test(a_reader_that_fails_says_so_and_never_lies),
        cmocka_unit_test(a_reader_that_fails_far_inside_says_so),
        cmocka_unit_test(a_torn_header_beside_a_directory_that_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
