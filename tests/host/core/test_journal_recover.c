/* Starting again: after kill -9, after each thing that can fail at each place, and on directories
 * with odd things in them. */
#include <signal.h>
#include <sys/wait.h>
#include "host/core/journal_kit.h"

/* ---- kill -9 ---- */

/* Writes turns until it is killed; tells the last confirmed seq after each flush. */
static void victim(const char *dir, int policy, int pipe_fd)
{
    struct mt_journal_options options = kit_options(dir);
    struct mt_journal *journal;
    options.policy = policy;
    if (mt_journal_open(&journal, &options, 1, NULL, NULL, NULL) != 0)
        _exit(1);
    for (uint64_t turn = 0;; turn++) {
        uint64_t dice = mt_random_at((uint64_t)getpid(), turn);
        for (uint64_t n = 1 + dice % 30; n > 0; n--) {
            if (kit_append(journal) != 0)
                _exit(2);
        }
        if (mt_journal_flush(journal, (enum mt_durability)(dice >> 20 & 3), NULL) != 0)
            _exit(3);
        uint64_t seq = mt_journal_seq(journal);
        if (write(pipe_fd, &seq, sizeof seq) != sizeof seq)
            _exit(4);
    }
}

static void a_killed_writer_loses_nothing_confirmed(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    kit_dir(dir);
    uint64_t before = 0;
    for (unsigned round = 0; round < 20; round++) {
        int ends[2], status;
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0) {
            close(ends[0]);
            victim(dir, (int)(round % 3), ends[1]);
        }
        close(ends[1]);
        uint64_t confirmed = before, seq;
        /* Kill it after some turns; what it said is in the pipe. */
        for (uint64_t turns = 1 + mt_random_at(77, round) % 60; turns > 0; turns--) {
            assert_int_equal(read(ends[0], &seq, sizeof seq), sizeof seq);
            confirmed = seq;
        }
        usleep((useconds_t)(mt_random_at(78, round) % 500));
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        while (read(ends[0], &seq, sizeof seq) == sizeof seq)
            confirmed = seq;
        close(ends[0]);
        struct kit_read result = kit_read(dir); /* also without repair */
        assert_int_equal(result.rc, MT_EEND);
        assert_true(result.count >= confirmed);
        struct mt_journal_options options = kit_options(dir);
        struct mt_journal *journal;
        struct mt_diag diag = { 0 };
        uint64_t seen = 0;
        if (mt_journal_open(&journal, &options, 1, kit_visit, &seen, &diag) != 0)
            fail_msg("round %u: %s", round, diag.text);
        assert_int_equal(seen, result.count);
        assert_int_equal(mt_journal_torn(journal), result.torn);
        kit_append_n(journal, 3);
        kit_close(journal);
        before = seen + 3;
    }
    kit_remove(dir);
}

static void a_killed_run_without_records_is_replaced(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    struct kit_file files[KIT_FILES];
    kit_dir(dir);
    kit_run(dir, 4);
    for (int i = 0; i < 3; i++) {
        pid_t child = fork();
        if (child == 0) {
            struct mt_journal_options options = kit_options(dir);
            struct mt_journal *journal;
            options.policy = MT_POLICY_PROCESS; /* leaves a spare behind as well */
            _exit(mt_journal_open(&journal, &options, 1, NULL, NULL, NULL) == 0 &&
                          kit_append(journal) == 0
                      ? 0
                      : 1);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        assert_true(kit_exists(dir, "spare"));
        assert_int_equal(kit_read(dir).count, 4);
    }
    kit_run(dir, 4);
    assert_int_equal(kit_read(dir).count, 8);
    assert_int_equal(kit_load_all(dir, files), 2);
    assert_int_equal(((struct mt_segment_header *)(void *)files[1].data)->generation, 5);
    kit_free_all(files, 2);
    assert_false(kit_exists(dir, "spare"));
    kit_remove(dir);
}

/* ---- each fault at each place ---- */

static const char *const names[] = {
#define X(name) #name,
    MT_JOURNAL_FAULTS(X)
#undef X
};

/* A directory with a first segment of many records, a second with a torn tail. */
static size_t torn_journal(char dir[KIT_PATH], struct kit_file *files)
{
    kit_dir(dir);
    kit_run(dir, 300);
    kit_run(dir, 10);
    size_t count = kit_load_all(dir, files);
    assert_int_equal(count, 2);
    files[1].size -= 3;
    return count;
}

struct scenario {
    uint64_t confirmed;
    int rc;
    bool met; /* some call failed or was disturbed */
    struct mt_diag diag;
};

/* Open, write over two segment ends, close: the ordinary life of a journal. */
static struct scenario live(const char *dir, enum mt_journal_policy policy, const char *fault,
                            uint64_t at)
{
    struct mt_journal_options options = kit_options(dir);
    struct scenario s = { .confirmed = 309 };
    struct mt_journal *journal;
    uint64_t seen = 0;
    options.policy = policy;
    options.fault = fault;
    options.fault_at = at;
    s.rc = mt_journal_open(&journal, &options, 1, kit_visit, &seen, &s.diag);
    if (s.rc < 0) {
        assert_null(journal);
        return s;
    }
    assert_int_equal(seen, 309);
    assert_true(mt_journal_torn(journal));
    for (unsigned i = 0; i < 12 && s.rc == 0; i++) {
        for (unsigned n = 0; n < 100 && s.rc == 0; n++)
            s.rc = kit_append(journal);
        if (s.rc == 0)
            s.rc = mt_journal_flush(journal, MT_DURABLE_D1P, &s.diag);
        if (s.rc == 0)
            s.confirmed = mt_journal_seq(journal);
    }
    int rc = mt_journal_close(journal, &s.diag);
    s.rc = s.rc == 0 ? rc : s.rc;
    return s;
}

static bool expected_code(int rc)
{
    return rc == MT_EIO || rc == MT_EFULL || rc == MT_ENOMEM;
}

/* Whatever fails, and whenever: a sentence, a code, and the next start finds all that was
 * confirmed. */
static void no_fault_loses_a_confirmed_record(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    struct kit_file files[KIT_FILES];
    size_t count = torn_journal(dir, files);
    unsigned failures = 0;
    for (size_t f = 0; f < sizeof names / sizeof *names; f++) {
        for (int policy = MT_POLICY_NONE; policy <= MT_POLICY_PROCESS; policy++) {
            unsigned met = 0, quiet = 0;
            /* Until eight places in a row changed nothing. Reads of the same window do not come
             * again at once. */
            for (uint64_t at = 1; quiet < 8; at++) {
                kit_reset(dir, files, count);
                struct scenario s = live(dir, policy, names[f], at);
                quiet = s.rc == 0 ? quiet + 1 : 0;
                if (s.rc < 0) {
                    met++;
                    if (!expected_code(s.rc))
                        fail_msg("%s at %d: %d %s", names[f], (int)at, s.rc, s.diag.text);
                    assert_true(s.diag.code == s.rc || s.rc == MT_ENOMEM);
                    assert_true(s.diag.code == 0 || strncmp(s.diag.text, "journal: ", 9) == 0);
                }
                struct scenario again = { 0 };
                struct mt_journal_options options = kit_options(dir);
                struct mt_journal *journal;
                uint64_t seen = 0;
                int rc = mt_journal_open(&journal, &options, 1, kit_visit, &seen, &again.diag);
                if (rc != 0 || seen < s.confirmed)
                    fail_msg("%s at %d: %d, %d of %d: %s", names[f], (int)at, rc, (int)seen,
                             (int)s.confirmed, again.diag.text);
                kit_append_n(journal, 1);
                kit_close(journal);
            }
            failures += met;
        }
    }
    print_message("%u failures\n", failures);
    assert_true(failures > 100);
    kit_free_all(files, count);
    kit_remove(dir);
}

static void each_fault_is_met(void **state)
{
    (void)state;
    /* These disturb, but are no failures (or are not met: the directory is there). */
    static const char *const harmless[] = { "write_intr",     "write_short",
                                            "fallocate_intr", "fallocate_unsupported",
                                            "sync_slow",      "disk_low",
                                            "make_dir",       "sync_parent" };
    for (size_t f = 0; f < sizeof names / sizeof *names; f++) {
        char dir[KIT_PATH];
        struct kit_file files[KIT_FILES];
        size_t count = torn_journal(dir, files);
        kit_reset(dir, files, count);
        struct scenario s = live(dir, MT_POLICY_PROCESS, names[f], 1);
        bool harms = true;
        for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
            harms = harms && strcmp(harmless[i], names[f]) != 0;
        /* A directory that is there need not be made. */
        if (strcmp(names[f], "make_dir") != 0 && (s.rc < 0) != harms)
            fail_msg("%s: %d %s", names[f], s.rc, s.diag.text);
        kit_free_all(files, count);
        kit_remove(dir);
    }
}

/* Without fallocate the zeros are written, and that can fail as well. */
static void zeros_are_written_where_space_cannot_be_reserved(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    kit_dir(dir);
    struct mt_journal_io io;
    assert_int_equal(mt_io_init(&io, dir, "fallocate_unsupported", 0, NULL), 0);
    assert_int_equal(mt_io_dir_open(&io, dir, NULL), 0);
    int fd = mt_io_spare_make(&io, (64 << 10) * 2 + 4096, NULL);
    assert_true(fd >= 0);
    struct kit_file spare = kit_load(dir, "spare");
    assert_int_equal(spare.size, (64 << 10) * 2 + 4096);
    for (size_t i = 0; i < spare.size; i++)
        assert_int_equal(spare.data[i], 0);
    free(spare.data);
    close(fd);
    mt_io_fini(&io);
    kit_remove(dir);
}

static void a_new_directory_is_synced_with_its_parent(void **state)
{
    (void)state;
    static const struct {
        const char *fault;
        int rc;
    } cases[] = {
        { "make_dir", MT_EIO },
        { "sync_parent", MT_EIO },
        { "open_dir", MT_EIO },
    };
    for (size_t i = 0; i < 3; i++) {
        char dir[KIT_PATH], inner[2 * KIT_PATH];
        kit_dir(dir);
        kit_path(inner, dir, "new");
        struct mt_journal_options options = kit_options(inner);
        options.policy = MT_POLICY_PROCESS;
        options.fault = cases[i].fault;
        struct mt_journal *journal;
        struct mt_diag diag = { 0 };
        assert_int_equal(mt_journal_open(&journal, &options, 1, NULL, NULL, &diag), cases[i].rc);
        assert_non_null(strstr(diag.text, "directory: "));
        kit_remove(dir);
    }
}

static void memory_can_be_short(void **state)
{
    (void)state;
    struct mt_journal_options options = { .fault = "alloc" };
    struct mt_journal *journal;
    for (options.fault_at = 1; options.fault_at <= 2; options.fault_at++) {
        struct mt_diag diag = { 0 };
        assert_int_equal(mt_journal_open(&journal, &options, 0, NULL, NULL, &diag), MT_ENOMEM);
        assert_non_null(strstr(diag.text, "no memory"));
    }
    static uint8_t big[MT_RECORD_PAYLOAD_MAX];
    journal = kit_open(&options);
    assert_int_equal(mt_journal_append(journal, 1, 0, 0, big, sizeof big, NULL), MT_ENOMEM);
    assert_int_equal(mt_journal_seq(journal), 0);
    assert_int_equal(mt_journal_append(journal, 1, 0, 0, big, sizeof big, NULL),
                     0); /* there is some again */
    assert_int_equal(mt_journal_seq(journal), 1);
    kit_close(journal);
}

/* Journals larger than one look at a file, sound or damaged at one place: whichever of the reads
 * fails, a start ends with that error and changes nothing. */
static void a_start_that_cannot_read_changes_nothing(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    kit_dir(dir);
    struct mt_journal_options options = kit_options(dir);
    options.segment_bytes = 0;
    struct mt_journal *journal = kit_open(&options);
    kit_turns(journal, 8000);
    kit_close(journal);
    struct kit_file file = kit_load(dir, "0000000000000001.mtj");
    const size_t data = file.size, size = data + 700000;
    file.data = realloc(file.data, size);
    memset(file.data + data, 0, size - data);
    file.size = size;
    /* Sound; torn in the last record; damaged in the middle; a large record torn at its end. */
    const size_t places[] = { data + 1, kit_offset(&file, 7999) + 33, kit_offset(&file, 3000) + 33,
                              data + 40 };
    unsigned failures = 0;
    for (size_t i = 0; i < 4; i++) {
        struct mt_frame_head large = { .length = 600000, .seq = 8001, .kind = 1 };
        if (i > 0)
            file.data[places[i]] ^= 1;
        if (i == 3)
            memcpy(file.data + data, &large, sizeof large);
        for (int kind = 0; kind < 2; kind++) {
            options.fault = kind == 0 ? "read" : "read_short";
            int rc = MT_EIO;
            for (options.fault_at = 1; rc == MT_EIO; options.fault_at++) {
                kit_store(dir, file.name, file.data, size);
                struct mt_diag diag = { 0 };
                rc = mt_journal_open(&journal, &options, 1, NULL, NULL, &diag);
                failures += rc == MT_EIO;
                if (rc != 0) {
                    struct kit_file after = kit_load(dir, file.name);
                    assert_int_equal(after.size, size);
                    assert_memory_equal(after.data, file.data, size);
                    free(after.data);
                    assert_int_equal(diag.code, rc);
                }
            }
            assert_int_equal(rc, i == 2 ? MT_ECORRUPT : 0);
            if (rc == 0) {
                assert_int_equal(mt_journal_seq(journal), i == 1 ? 7999 : 8000);
                kit_close(journal);
            }
            kit_reset(dir, NULL, 0);
        }
        if (i > 0)
            file.data[places[i]] ^= 1;
        memset(file.data + data, 0, sizeof large);
    }
    assert_true(failures > 20);
    free(file.data);
    kit_remove(dir);
}

/* ---- what a start finds ---- */

static int refuse_at_three(void *ud, const struct mt_record *record, struct mt_diag *diag)
{
    ++*(unsigned *)ud;
    return record->seq == 3 ? mt_fail(diag, MT_EDIFF, "state hash differs") : 0;
}

static void the_visitor_can_end_the_start(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    kit_dir(dir);
    kit_run(dir, 10);
    struct mt_journal_options options = kit_options(dir);
    struct mt_journal *journal;
    struct mt_diag diag = { 0 };
    unsigned calls = 0;
    assert_int_equal(mt_journal_open(&journal, &options, 1, refuse_at_three, &calls, &diag),
                     MT_EDIFF);
    assert_null(journal);
    assert_int_equal(calls, 3);
    assert_string_equal(diag.text, "state hash differs");
    kit_run(dir, 1); /* not locked, not changed */
    assert_int_equal(kit_read(dir).count, 11);
    kit_remove(dir);
}

static int cut_at_three(void *ud, const struct mt_record *record, struct mt_diag *diag)
{
    (void)diag;
    char path[2 * KIT_PATH];
    kit_path(path, ud, "0000000000000001.mtj");
    return record->seq == 3 ? truncate(path, 64 << 10) : 0;
}

/* Larger than one look of the reader, so that it meets the cut. */
static void files_that_change_while_they_are_read_are_refused(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    kit_dir(dir);
    struct mt_journal_options options = kit_options(dir);
    options.segment_bytes = 0;
    struct mt_journal *journal = kit_open(&options);
    kit_append_n(journal, 8000);
    kit_close(journal);
    struct mt_diag diag = { 0 };
    assert_int_equal(mt_journal_open(&journal, &options, 1, cut_at_three, dir, &diag), MT_ECORRUPT);
    assert_non_null(strstr(diag.text, "changed while they were read"));
    kit_remove(dir);
}

static void odd_files_are_named_or_left_alone(void **state)
{
    (void)state;
    char dir[KIT_PATH], path[2 * KIT_PATH];
    kit_dir(dir);
    kit_run(dir, 5);
    kit_store(dir, "notes.txt", "x", 1);
    kit_store(dir, "0000000000000001.mtj.torn", "x", 1);
    kit_store(dir, "00000000000000FF.mtj", "x", 1);
    kit_run(dir, 5);
    assert_int_equal(kit_read(dir).count, 10);
    kit_path(path, dir, "000000000000000b.mtj");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(i == 0 ? mkdir(path, 0777) : mkfifo(path, 0666), 0);
        struct mt_journal_options options = kit_options(dir);
        struct mt_journal *journal;
        struct mt_diag diag = { 0 };
        assert_int_equal(mt_journal_open(&journal, &options, 1, NULL, NULL, &diag), MT_ECORRUPT);
        assert_non_null(strstr(
            diag.text, "000000000000000b.mtj: corrupt at offset 0, seq 0: this is not a regular"));
        struct kit_read result = kit_read(dir);
        assert_int_equal(result.rc, MT_ECORRUPT);
        assert_int_equal(remove(path), 0);
    }
    kit_remove(dir);
}

/* A power cut before the header of a new segment was on disk. */
static void a_torn_header_is_replaced(void **state)
{
    (void)state;
    for (unsigned size = 0; size < 64; size += 21) {
        char dir[KIT_PATH];
        struct kit_file files[KIT_FILES];
        kit_dir(dir);
        kit_run(dir, 5);
        kit_store(dir, "0000000000000006.mtj",
                  "MTJRNL\0\1AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", size);
        struct kit_read result = kit_read(dir);
        assert_int_equal(result.rc, MT_EEND);
        assert_true(result.torn);
        struct mt_journal_options options = kit_options(dir);
        struct mt_journal *journal = kit_open(&options);
        assert_true(mt_journal_torn(journal));
        assert_int_equal(mt_journal_generation(journal), 3); /* above the one that is lost */
        kit_append_n(journal, 2);
        kit_close(journal);
        struct kit_file torn = kit_load(dir, "0000000000000006.mtj.torn");
        assert_int_equal(torn.size, size);
        free(torn.data);
        result = kit_read(dir);
        assert_int_equal(result.count, 7);
        assert_false(result.torn);
        size_t count = kit_load_all(dir, files);
        assert_int_equal(count, 2);
        kit_free_all(files, count);
        /* At a place where no segment can be it is not a tear. */
        kit_store(dir, "0000000000000009.mtj", "MTJRNL", 6);
        struct mt_diag diag = { 0 };
        assert_int_equal(mt_journal_open(&journal, &options, 1, NULL, NULL, &diag), MT_ECORRUPT);
        assert_non_null(strstr(
            diag.text, "0000000000000009.mtj: corrupt at offset 0, seq 8: the file ends inside"));
        kit_remove(dir);
    }
}

static void the_tail_is_copied_before_it_is_cut(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    struct kit_file files[KIT_FILES];
    kit_dir(dir);
    struct mt_journal_options options = kit_options(dir);
    options.policy = MT_POLICY_PROCESS;
    options.segment_bytes = 1 << 20;
    kit_close(kit_open(&options));
    options.fault = "write_torn";
    options.fault_at = 3;
    struct mt_journal *journal = kit_open(&options);
    static uint8_t payload[200000];
    memset(payload, 0x5a, sizeof payload);
    assert_int_equal(mt_journal_append(journal, 1, 0, 0, payload, sizeof payload, NULL), 0);
    assert_int_equal(mt_journal_flush(journal, MT_DURABLE_D3, NULL), MT_EIO);
    assert_int_equal(mt_journal_close(journal, NULL), MT_EIO);
    options.fault = NULL;
    journal = kit_open(&options);
    assert_true(mt_journal_torn(journal));
    assert_int_equal(mt_journal_seq(journal), 0);
    kit_close(journal);
    struct kit_file torn = kit_load(dir, "0000000000000001.mtj.torn");
    assert_int_equal(torn.size, (32 + sizeof payload) / 2);
    assert_int_equal(((const struct mt_frame_head *)(const void *)torn.data)->length,
                     sizeof payload);
    for (size_t i = 32; i < torn.size; i++)
        assert_int_equal(torn.data[i], 0x5a);
    free(torn.data);
    /* What was cut stays cut. */
    journal = kit_open(&options);
    assert_false(mt_journal_torn(journal));
    kit_close(journal);
    assert_int_equal(kit_load_all(dir, files), 1);
    kit_free_all(files, 1);
    kit_remove(dir);
}

static void ignorable_records_are_skipped(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    kit_dir(dir);
    struct mt_journal_options options = kit_options(dir);
    struct mt_journal *journal = kit_open(&options);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(mt_journal_append(journal, 900, MT_RECORD_IGNORABLE, 0, "new", 3, NULL),
                         0);
        assert_int_equal(mt_journal_append(journal, MT_REC_DAY, 0, 0, "day", 3, NULL), 0);
    }
    assert_int_equal(mt_journal_append(journal, 900, MT_RECORD_IGNORABLE, 0, "new", 3, NULL), 0);
    kit_close(journal);
    struct mt_journal_reader *reader;
    struct mt_record record;
    bool bad;
    assert_int_equal(mt_journal_reader_open(&reader, dir, false, NULL), 0);
    for (uint64_t seq = 2; seq <= 6; seq += 2) {
        assert_int_equal(mt_journal_reader_next(reader, &record, &bad, NULL), 0);
        assert_int_equal(record.seq, seq);
    }
    assert_int_equal(mt_journal_reader_next(reader, &record, &bad, NULL), MT_EEND);
    mt_journal_reader_close(reader);
    journal = kit_open(&options);
    assert_int_equal(mt_journal_seq(journal), 7);
    kit_close(journal);
    kit_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_writer_loses_nothing_confirmed),
        cmocka_unit_test(a_killed_run_without_records_is_replaced),
        cmocka_unit_test(no_fault_loses_a_confirmed_record),
        cmocka_unit_test(each_fault_is_met),
        cmocka_unit_test(zeros_are_written_where_space_cannot_be_reserved),
        cmocka_unit_test(a_new_directory_is_synced_with_its_parent),
        cmocka_unit_test(memory_can_be_short),
        cmocka_unit_test(a_start_that_cannot_read_changes_nothing),
        cmocka_unit_test(the_visitor_can_end_the_start),
        cmocka_unit_test(files_that_change_while_they_are_read_are_refused),
        cmocka_unit_test(odd_files_are_named_or_left_alone),
        cmocka_unit_test(a_torn_header_is_replaced),
        cmocka_unit_test(the_tail_is_copied_before_it_is_cut),
        cmocka_unit_test(ignorable_records_are_skipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
