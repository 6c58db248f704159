/* The writer: what append accepts and what flush confirms; how it dies is in test_journal_disk.c. */
#include <sys/wait.h>
#include "host/core/journal_kit.h"

static struct mt_journal *open_memory(void)
{
    struct mt_journal_options options = { .dir = NULL };
    return kit_open(&options);
}

/* The file's records are byte for byte those that memory forms. */
static void memory_forms_the_same_bytes(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    kit_dir(dir);
    struct mt_journal_options options = kit_options(dir);
    options.segment_bytes = 0;
    struct mt_journal *disk = kit_open(&options), *memory = open_memory();
    assert_int_equal(mt_journal_generation(memory), 1);
    assert_int_equal(mt_journal_seq(memory), 0);
    assert_int_equal(mt_journal_chain(memory), 0);
    assert_int_equal(mt_journal_last_time(memory), 0);
    for (uint64_t seq = 1; seq <= 3000; seq++) {
        assert_int_equal(kit_append(disk), 0);
        assert_int_equal(kit_append(memory), 0);
        assert_int_equal(mt_journal_seq(memory), seq);
        assert_int_equal(mt_journal_chain(memory), mt_journal_chain(disk));
        assert_int_equal(mt_journal_last_time(memory), kit_time(seq));
        if (seq % 7 == 0) {
            kit_flush(disk);
            kit_flush(memory);
        }
    }
    assert_true(mt_journal_accepts_increases(memory));
    assert_false(mt_journal_torn(memory));
    kit_close(memory);
    kit_close(disk);
    assert_int_equal(kit_read(dir).count, 3000);
    kit_remove(dir);
}

static void append_tells_what_it_wrote(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    kit_dir(dir);
    struct mt_journal_options options = kit_options(dir);
    kit_run(dir, 5);
    struct mt_journal *journal = kit_open(&options), *memory = open_memory();
    struct mt_record record;
    assert_int_equal(mt_journal_append(journal, MT_REC_DAY, 1, 1 << 20, "abc", 3, &record), 0);
    assert_int_equal(record.seq, 6);
    assert_int_equal(record.kind, MT_REC_DAY);
    assert_int_equal(record.version, 1);
    assert_int_equal(record.flags, 1);
    assert_int_equal(record.time_ns, 1 << 20);
    assert_int_equal(record.length, 3);
    assert_memory_equal(record.payload, "abc", 3);
    assert_int_equal(record.generation, 2);
    assert_int_equal(record.crc, mt_journal_chain(journal));
    assert_string_equal(record.file, "0000000000000006.mtj");
    assert_int_equal(record.offset, 64);
    uint32_t crc = record.crc;
    assert_int_equal(mt_journal_append(journal, MT_REC_DAY, 1, 1 << 20, "abcd", 4, &record), 0);
    assert_int_equal(record.chain, crc);
    assert_int_equal(record.offset, 64 + 40);
    assert_int_equal(mt_journal_append(memory, MT_REC_DAY, 0, 1, "abc", 3, &record), 0);
    assert_string_equal(record.file, "");
    assert_int_equal(record.chain, 0);
    kit_close(journal);
    kit_close(memory);
    kit_remove(dir);
}

static void append_refuses_what_no_reader_could_take(void **state)
{
    (void)state;
    struct mt_journal *journal = open_memory();
    static uint8_t big[MT_RECORD_PAYLOAD_MAX + 1];
    struct {
        unsigned kind, flags;
        int64_t time_ns;
        size_t length;
        int rc;
    } cases[] = {
        { 1, 0, -1, 8, MT_ERANGE },
        { 1, 0, 100, MT_RECORD_PAYLOAD_MAX, 0 },
        { 1, 0, 99, 8, MT_ERANGE },
        { 1, 0, 100, 1, 0 },
        { 1, 0, 100, 0, MT_ERANGE },
        { 1, 0, 100, MT_RECORD_PAYLOAD_MAX + 1, MT_ENOMEM },
        { 1, 0, 100, SIZE_MAX, MT_ENOMEM },
        { 0, 0, 100, 8, MT_ERANGE },
        { 0, 1, 100, 8, MT_ERANGE },
        { MT_REC_KIND_MAX, 0, 100, 8, 0 },
        { MT_REC_KIND_MAX + 1, 0, 100, 8, MT_ERANGE },
        { MT_REC_KIND_MAX + 1, 1, 100, 8, 0 },
        { MT_REC_KIND_MAX + 1, 2, 100, 8, MT_ERANGE },
        { 65535, 1, 100, 8, 0 },
        { 65536, 1, 100, 8, MT_ERANGE },
        { 5, 2, 100, 8, MT_ERANGE },
        { 5, 256, 100, 8, MT_ERANGE },
        { 5, 0, INT64_MAX, 8, 0 },
    };
    uint64_t seq = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t chain = mt_journal_chain(journal);
        int rc = mt_journal_append(journal, cases[i].kind, cases[i].flags, cases[i].time_ns, big,
                                   cases[i].length, NULL);
        if (rc != cases[i].rc)
            fail_msg("case %zu: %d", i, rc);
        if (rc == 0)
            seq++;
        else
            assert_int_equal(mt_journal_chain(journal), chain);
        assert_int_equal(mt_journal_seq(journal), seq);
    }
    kit_close(journal);
}

static void a_turn_grows_up_to_its_maximum(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    kit_dir(dir);
    struct mt_journal_options options = kit_options(dir);
    struct mt_journal *journal = kit_open(&options);
    uint8_t *big = calloc(1, MT_RECORD_PAYLOAD_MAX);
    uint64_t n = 0;
    int rc;
    while ((rc = mt_journal_append(journal, 1, 0, 0, big, MT_RECORD_PAYLOAD_MAX, NULL)) == 0)
        n++;
    assert_int_equal(rc, MT_ENOMEM);
    assert_int_equal(n, 63); /* 64 MiB less the heads */
    kit_flush(journal);      /* each of them needs a segment larger than asked for */
    assert_int_equal(mt_journal_append(journal, 1, 0, 0, big, MT_RECORD_PAYLOAD_MAX, NULL), 0);
    kit_close(journal);
    struct mt_journal_reader *reader;
    struct mt_record record;
    bool bad;
    assert_int_equal(mt_journal_reader_open(&reader, dir, false, NULL), 0);
    for (n = 0; mt_journal_reader_next(reader, &record, &bad, NULL) == 0; n++)
        assert_int_equal(record.length, MT_RECORD_PAYLOAD_MAX);
    assert_int_equal(n, 64);
    mt_journal_reader_close(reader);
    free(big);
    kit_remove(dir);
}

static void options_are_checked(void **state)
{
    (void)state;
    struct mt_journal_options good = { .dir = NULL };
    struct {
        uint64_t segment_bytes;
        int64_t sync_max_ns;
        const char *fault, *says;
    } cases[] = {
        { 4096, 0, NULL, "segment size" },
        { (64 << 10) + 8, 0, NULL, "segment size" },
        { UINT64_C(1) << 40, 0, NULL, "segment size" },
        { 0, -1, NULL, "sync" },
        { 0, 0, "no_such_fault", "no_such_fault" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mt_journal_options options = good;
        struct mt_journal *journal;
        struct mt_diag diag = { 0 };
        options.segment_bytes = cases[i].segment_bytes;
        options.sync_max_ns = cases[i].sync_max_ns;
        options.fault = cases[i].fault;
        assert_int_equal(mt_journal_open(&journal, &options, 0, NULL, NULL, &diag), MT_EUSAGE);
        assert_null(journal);
        assert_non_null(strstr(diag.text, cases[i].says));
    }
    assert_int_equal(mt_journal_close(NULL, NULL), 0);
}

/* ---- files ---- */

static void a_run_leaves_no_slack(void **state)
{
    (void)state;
    for (int policy = MT_POLICY_NONE; policy <= MT_POLICY_POWER; policy++) {
        char dir[KIT_PATH];
        struct kit_file files[KIT_FILES];
        kit_dir(dir);
        struct mt_journal_options options = kit_options(dir);
        options.policy = policy;
        struct mt_journal *journal = kit_open(&options);
        assert_int_equal(kit_exists(dir, "spare"), policy != MT_POLICY_NONE);
        struct kit_file live = kit_load(dir, "0000000000000001.mtj");
        assert_int_equal(live.size, 64 << 10); /* preallocated */
        free(live.data);
        kit_append_n(journal, 10);
        kit_close(journal);
        assert_false(kit_exists(dir, "spare"));
        assert_int_equal(kit_load_all(dir, files), 1);
        assert_int_equal(files[0].size, kit_offset(&files[0], 10));
        kit_free_all(files, 1);
        kit_remove(dir);
    }
}

static void segments_roll_over(void **state)
{
    (void)state;
    for (int policy = MT_POLICY_NONE; policy <= MT_POLICY_POWER; policy++) {
        char dir[KIT_PATH];
        struct kit_file files[KIT_FILES];
        kit_dir(dir);
        struct mt_journal_options options = kit_options(dir);
        options.policy = policy;
        struct mt_journal *journal = kit_open(&options);
        for (unsigned i = 0; i < 3000; i++) {
            assert_int_equal(kit_append(journal), 0);
            if (i % 5 == 0)
                kit_flush(journal);
            if (i % 211 == 0)
                assert_int_equal(mt_journal_flush(journal, MT_DURABLE_D1P, NULL), 0);
        }
        kit_flush(journal);
        assert_true(mt_journal_accepts_increases(journal));
        size_t count = kit_load_all(dir, files);
        assert_in_range(count, 8, 12);
        uint32_t chain = 0;
        for (size_t i = 0; i < count; i++) {
            const struct mt_segment_header *header = (const void *)files[i].data;
            assert_int_equal(files[i].size, 64 << 10);
            assert_int_equal(header->generation, 1); /* one run */
            assert_int_equal(header->prev_segment_chain, chain);
            for (size_t at = 64; at + 40 <= files[i].size;) {
                const struct mt_frame_head *head = (const void *)(files[i].data + at);
                if (head->length == 0)
                    break;
                chain = head->crc;
                at += mt_frame_size(head->length);
            }
        }
        kit_free_all(files, count);
        kit_close(journal);
        struct kit_read result = kit_read(dir);
        assert_int_equal(result.rc, MT_EEND);
        assert_int_equal(result.count, 3000);
        kit_remove(dir);
    }
}

/* Turns of every length at every place of a segment: each lies in one segment, and its last record alone is marked. */
static void a_turn_lies_in_one_segment(void **state)
{
    (void)state;
    for (int policy = MT_POLICY_NONE; policy <= MT_POLICY_PROCESS; policy++) {
        char dir[KIT_PATH];
        struct kit_file files[KIT_FILES];
        kit_dir(dir);
        struct mt_journal_options options = kit_options(dir);
        options.policy = policy;
        struct mt_journal *journal = kit_open(&options);
        unsigned total = 0, turns = 0;
        bool ends[4000] = { false };
        while (total < 3000) {
            /* Some are longer than a segment, also as the first one of all. */
            const unsigned records = turns % 9 == 0 ? 500 : 1 + (unsigned)(mt_random_at(11, turns) % 60);
            kit_append_n(journal, records);
            kit_flush(journal);
            total += records;
            turns++;
            ends[total] = true;
        }
        kit_close(journal);
        size_t count = kit_load_all(dir, files);
        assert_in_range(count, 5, 15);
        unsigned seq = 0;
        for (size_t i = 0; i < count; i++) {
            assert_true(seq == 0 || ends[seq]);
            for (size_t at = 64; at + 40 <= files[i].size;) {
                const struct mt_frame_head *head = (const void *)(files[i].data + at);
                if (head->length == 0)
                    break;
                seq++;
                assert_int_equal((head->flags & MT_RECORD_LAST) != 0, ends[seq]);
                at += mt_frame_size(head->length);
            }
        }
        assert_int_equal(seq, total);
        kit_free_all(files, count);
        struct kit_read result = kit_read(dir);
        assert_int_equal(result.rc, MT_EEND);
        assert_int_equal(result.count, total);
        kit_remove(dir);
    }
}

static void generations_count_the_runs(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    kit_dir(dir);
    struct mt_journal_options options = kit_options(dir);
    uint64_t total = 0;
    for (unsigned run = 1; run <= 6; run++) {
        uint64_t seen = 0;
        struct mt_journal *journal;
        assert_int_equal(mt_journal_open(&journal, &options, 5, kit_visit, &seen, NULL), 0);
        assert_int_equal(seen, total);
        assert_int_equal(mt_journal_generation(journal), run);
        assert_int_equal(mt_journal_seq(journal), total);
        assert_int_equal(mt_journal_last_time(journal), kit_time(total));
        if (total > 0) /* time does not go back over a restart either */
            assert_int_equal(mt_journal_append(journal, 1, 0, kit_time(total) - 1, "x", 1, NULL),
                             MT_ERANGE);
        if (run % 3 != 0)
            kit_append_n(journal, run * 10);
        total += run % 3 != 0 ? run * 10 : 0;
        kit_close(journal);
    }
    struct kit_file files[KIT_FILES];
    size_t count = kit_load_all(dir, files);
    assert_int_equal(count,
                     5); /* runs 1, 2, 4, 5 and the empty 6; 4 took the place of the empty 3 */
    kit_free_all(files, count);
    struct kit_read result = kit_read(dir);
    assert_int_equal(result.count, total);
    assert_int_equal(result.rc, MT_EEND);
    kit_remove(dir);
}

static void the_directory_is_made(void **state)
{
    (void)state;
    char dir[KIT_PATH], deep[2 * KIT_PATH];
    for (int policy = MT_POLICY_NONE; policy <= MT_POLICY_PROCESS; policy++) {
        kit_dir(dir);
        kit_path(deep, dir, "a//b/./c/");
        struct mt_journal_options options = kit_options(deep);
        options.policy = policy;
        kit_close(kit_open(&options));
        assert_true(kit_exists(dir, "a/b/c/0000000000000001.mtj"));
        kit_remove(dir);
    }
    /* Relative, too. */
    kit_dir(dir);
    int before = open(".", O_RDONLY | O_DIRECTORY);
    assert_int_equal(chdir(dir), 0);
    kit_run("x/y", 3);
    assert_int_equal(kit_read("x/y").count, 3);
    assert_int_equal(fchdir(before), 0);
    close(before);
    kit_remove(dir);
}

static void a_directory_that_cannot_be_is_explained(void **state)
{
    (void)state;
    char dir[KIT_PATH], file[2 * KIT_PATH], below[2 * KIT_PATH];
    kit_dir(dir);
    kit_store(dir, "file", "x", 1);
    kit_path(file, dir, "file");
    kit_path(below, dir, "file/journal");
    char *name = malloc(400), *path = calloc(1, 6000);
    memset(name, 'n', 399);
    name[399] = '\0';
    while (strlen(path) < 5000)
        strcat(path, "./");
    struct {
        const char *dir;
        int rc;
        const char *says;
    } cases[] = {
        { file, MT_EIO, "Not a directory; name a directory" },
        { below, MT_EIO, "Not a directory; name a directory" },
        { name, MT_EIO, "File name too long; use a shorter path" },
        { path, MT_EIO, "File name too long; use a shorter path" },
        { "", MT_ENOTFOUND, "No such file or directory" },
        { "/proc/self/journal", MT_ENOTFOUND, "No such file" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mt_journal_options options = kit_options(cases[i].dir);
        struct mt_journal *journal;
        struct mt_diag diag = { 0 };
        int rc = mt_journal_open(&journal, &options, 0, NULL, NULL, &diag);
        assert_null(journal);
        if (rc != cases[i].rc || strstr(diag.text, cases[i].says) == NULL)
            fail_msg("case %zu: %d '%s'", i, rc, diag.text);
        assert_int_equal(strncmp(diag.text, "journal: ", 9), 0);
    }
    free(name);
    free(path);
    kit_remove(dir);
}

/* root may write everywhere, hence a child that gives that up. */
static void a_directory_without_rights_is_explained(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    kit_dir(dir);
    kit_run(dir, 1);
    assert_int_equal(chmod(dir, 0555), 0);
    pid_t child = fork();
    if (child == 0) {
        struct mt_journal_options options = kit_options(dir);
        struct mt_journal *journal;
        struct mt_diag diag = { 0 };
        if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(3);
        int rc = mt_journal_open(&journal, &options, 0, NULL, NULL, &diag);
        _exit(rc == MT_EIO &&
                      strstr(diag.text, "Permission denied; give this user the right") != NULL
                  ? 0
                  : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(chmod(dir, 0777), 0);
    kit_remove(dir);
    if (WEXITSTATUS(status) == 3) {
        print_message("skipped: cannot give up the rights of this user\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* What no test machine can be brought to. */
static void rare_errors_have_their_advice(void **state)
{
    (void)state;
    struct mt_journal_io io;
    assert_int_equal(mt_io_init(&io, "DIR", NULL, 0, NULL), 0);
    static const struct {
        int error, rc;
        const char *text;
    } cases[] = {
        { EROFS, MT_EIO,
          "journal: DIR/f: open: Read-only file system; name a directory on a writable file "
          "system" },
        { EDQUOT, MT_EFULL, "journal: DIR/f: open: Disk quota exceeded; free disk space" },
        { EPERM, MT_EIO,
          "journal: DIR/f: open: Operation not permitted; give this user the right to read and "
          "write there, "
          "or name another directory" },
        { EMFILE, MT_EIO, "journal: DIR/f: open: Too many open files" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mt_diag diag = { 0 };
        assert_int_equal(mt_io_fail(&io, "f", "open", cases[i].error, &diag), cases[i].rc);
        assert_string_equal(diag.text, cases[i].text);
    }
    mt_io_fini(&io);
}

static void a_second_writer_is_refused(void **state)
{
    (void)state;
    char dir[KIT_PATH], pid[64];
    kit_dir(dir);
    struct mt_journal_options options = kit_options(dir);
    struct mt_journal *journal = kit_open(&options), *second;
    kit_append_n(journal, 5);
    kit_flush(journal);
    struct mt_diag diag = { 0 };
    assert_int_equal(mt_journal_open(&second, &options, 0, NULL, NULL, &diag), MT_EBUSY);
    assert_null(second);
    snprintf(pid, sizeof pid, "pid %ld, started 1970-01-01T", (long)getpid());
    if (strstr(diag.text, pid) == NULL)
        fail_msg("%s", diag.text);
    /* From another process as well, and the refusal hurts nothing. */
    pid_t child = fork();
    if (child == 0)
        _exit(mt_journal_open(&second, &options, 0, NULL, NULL, NULL) == MT_EBUSY ? 0 : 1);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    kit_append_n(journal, 5);
    kit_close(journal);
    assert_int_equal(kit_read(dir).count, 10);
    kit_run(dir, 1); /* free again */
    /* An owner that holds the lock and has not yet said who it is. */
    char path[2 * KIT_PATH];
    kit_path(path, dir, "lock");
    assert_int_equal(truncate(path, 0), 0);
    struct mt_journal *holder = kit_open(&options);
    assert_int_equal(truncate(path, 0), 0);
    memset(&diag, 0, sizeof diag);
    assert_int_equal(mt_journal_open(&second, &options, 0, NULL, NULL, &diag), MT_EBUSY);
    assert_non_null(strstr(diag.text, "not said its pid"));
    kit_close(holder);
    kit_remove(dir);
}

/* ---- faults while it runs ---- */

/* A record larger than the spare, in the first turn of all or behind another one. */
static void a_large_record_gets_a_large_segment(void **state)
{
    (void)state;
    static uint8_t big[300000];
    static const char *const faults[] = { NULL, "fallocate_unsupported", "fallocate_intr",
                                          "fallocate_enospc" };
    for (int i = 0; i < 8; i++) {
        char dir[KIT_PATH];
        struct kit_file files[KIT_FILES];
        kit_dir(dir);
        struct mt_journal_options options = kit_options(dir);
        options.policy = i < 4 ? MT_POLICY_NONE : MT_POLICY_PROCESS;
        options.fault = faults[i % 4];
        options.fault_at = i == 3 ? 2 : i == 7 ? 3 : i % 4 == 1 ? 0 : 1;
        struct mt_journal *journal = kit_open(&options);
        if (i & 1)
            kit_turns(journal, 1);
        assert_int_equal(mt_journal_append(journal, 1, 0, 5000, big, sizeof big, NULL), 0);
        int rc = mt_journal_flush(journal, MT_DURABLE_D3, NULL);
        assert_int_equal(rc, i % 4 == 3 ? MT_EFULL : 0);
        size_t count = kit_load_all(dir, files);
        if (rc == 0) {
            assert_int_equal(count, 1 + (i & 1));
            assert_int_equal(files[count - 1].size, (64 + 32 + sizeof big + 4095) / 4096 * 4096);
        }
        kit_free_all(files, count);
        assert_int_equal(mt_journal_close(journal, NULL), rc);
        kit_remove(dir);
    }
}

/* ---- random sequences ---- */

/* Append, flush, close and reopen at random; at random places the directory is copied, as a power
 * cut after a complete write-back would leave it, with half a record behind it or not, and must
 * hold exactly what was confirmed. */
static void random_runs_keep_what_was_confirmed(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        char dir[KIT_PATH], copy[KIT_PATH];
        kit_dir(dir);
        kit_dir(copy);
        print_message("seed %llu\n", (unsigned long long)seed);
        struct mt_journal_options options = kit_options(dir), again = kit_options(copy);
        options.policy = seed % 3;
        struct mt_journal *journal = kit_open(&options);
        uint64_t confirmed = 0;
        for (uint64_t step = 0; step < 400; step++) {
            uint64_t dice = mt_random_at(seed, step);
            kit_append_n(journal, (unsigned)(dice >> 8) % 20);
            if (dice % 4 == 0) {
                kit_flush(journal);
                confirmed = mt_journal_seq(journal);
            }
            if (dice % 32 == 1) {
                kit_close(journal);
                uint64_t seen = 0;
                confirmed = 0;
                assert_int_equal(mt_journal_open(&journal, &options, 1, kit_visit, &seen, NULL), 0);
                confirmed = seen;
                assert_int_equal(mt_journal_seq(journal), seen);
            }
            if (dice % 8 == 2) {
                struct kit_file files[KIT_FILES];
                size_t count = kit_load_all(dir, files);
                kit_reset(copy, files, count);
                struct kit_file *last = &files[count - 1];
                size_t end = last->size;
                while (end > 64 && last->data[end - 1] == 0)
                    end--;
                end = (end + 7) & ~(size_t)7;
                bool torn = dice >> 40 & 1;
                if (torn && end + 16 <= last->size) {
                    memset(last->data + end, 0x2e, 1 + dice % 16);
                    kit_store(copy, last->name, last->data, last->size);
                }
                uint64_t seen = 0;
                struct mt_journal *recovered;
                assert_int_equal(mt_journal_open(&recovered, &again, 1, kit_visit, &seen, NULL), 0);
                assert_int_equal(seen, confirmed);
                assert_int_equal(mt_journal_torn(recovered), torn && end + 16 <= last->size);
                kit_append_n(recovered, 3);
                kit_close(recovered);
                assert_int_equal(kit_read(copy).count, confirmed + 3);
                kit_free_all(files, count);
            }
        }
        kit_close(journal);
        kit_remove(dir);
        kit_remove(copy);
    }
}

static bool told(void *ud)
{
    return *(const bool *)ud;
}

/* A replay says how the disk was; a journal on a disk asks the disk. */
static void test_in_memory_the_caller_may_say_how_the_disk_was(void **state)
{
    (void)state;
    bool good = false;
    struct mt_journal *journal;
    struct mt_diag diag = { 0 };
    struct mt_journal_options options = { .dir = NULL, .accepts = told, .accepts_ud = &good };
    assert_int_equal(mt_journal_open(&journal, &options, 0, NULL, NULL, &diag), 0);
    assert_false(mt_journal_accepts_increases(journal));
    good = true;
    assert_true(mt_journal_accepts_increases(journal));
    assert_int_equal(mt_journal_close(journal, &diag), 0);
    options.accepts = NULL;
    assert_int_equal(mt_journal_open(&journal, &options, 0, NULL, NULL, &diag), 0);
    assert_true(mt_journal_accepts_increases(journal));
    assert_int_equal(mt_journal_close(journal, &diag), 0);
}

/* A backtest's: nothing before a quarter megabyte is full, all of it at the end, the same records in the same groups as
 * with a write for each turn; also over segments that are smaller than what is collected. */
static void bulk_writes_the_same_records_with_fewer_writes(void **state)
{
    (void)state;
    static const uint64_t segments[] = { 0, MT_SEGMENT_MIN_BYTES };
    for (size_t i = 0; i < 2; i++) {
        char dir[KIT_PATH], turns[KIT_PATH];
        kit_dir(dir);
        kit_dir(turns);
        struct mt_journal_options options = kit_options(dir), each = kit_options(turns);
        options.segment_bytes = each.segment_bytes = segments[i];
        options.bulk = true;
        options.policy = MT_POLICY_POWER;       /* means nothing to it */
        struct mt_journal *journal = kit_open(&options), *other = kit_open(&each);
        unsigned turn = 0;
        for (uint64_t seq = 1; seq <= 12000; seq++) {
            assert_int_equal(kit_append(journal), 0);
            assert_int_equal(kit_append(other), 0);
            if (seq % (1 + seq / 3 % 5) == 0) {
                kit_flush(journal);
                kit_flush(journal);             /* a turn in which nothing came */
                kit_flush(other);
                turn++;
            }
            if (seq == 500)
                assert_int_equal(kit_read(dir).count, 0);
        }
        assert_true(turn > 1000);
        assert_true(kit_read(dir).count > 3000);
        assert_int_equal(mt_journal_flush(journal, MT_DURABLE_D1P, NULL), 0);
        assert_int_equal(kit_read(dir).count, 12000);
        assert_true(mt_journal_accepts_increases(journal));
        assert_null(mt_journal_lost(journal));
        kit_close(journal);
        kit_close(other);
        struct mt_journal_reader *a, *b;
        struct mt_record x, y;
        bool bad;
        assert_int_equal(mt_journal_reader_open(&a, dir, false, NULL), 0);
        assert_int_equal(mt_journal_reader_open(&b, turns, false, NULL), 0);
        for (uint64_t seq = 1; seq <= 12000; seq++) {
            assert_int_equal(mt_journal_reader_next(a, &x, &bad, NULL), 0);
            assert_int_equal(mt_journal_reader_next(b, &y, &bad, NULL), 0);
            kit_expect(&x, seq);
            assert_int_equal(x.flags, y.flags);
        }
        assert_int_equal(mt_journal_reader_next(a, &x, &bad, NULL), MT_EEND);
        assert_false(mt_journal_reader_torn(a));
        mt_journal_reader_close(a);
        mt_journal_reader_close(b);
        kit_remove(dir);
        kit_remove(turns);
    }
}

/* The disk ends the writing, not the run: what was written stays and can be read, the rest is told as lost, and the
 * chain goes on as in memory. */
static void bulk_outlives_its_disk(void **state)
{
    (void)state;
    static const char *const faults[] = { "write_enospc", "write_eio", "write_torn" };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        char dir[KIT_PATH];
        kit_dir(dir);
        struct mt_journal_options options = kit_options(dir);
        options.segment_bytes = 0;
        options.bulk = true;
        options.fault = faults[i];
        options.fault_at = 4;                   /* the second of what was collected */
        struct mt_journal *journal = kit_open(&options), *memory = open_memory();
        for (uint64_t seq = 1; seq <= 20000; seq++) {
            assert_int_equal(kit_append(journal), 0);
            assert_int_equal(kit_append(memory), 0);
            kit_flush(journal);
            kit_flush(memory);
            assert_int_equal(mt_journal_seq(journal), seq);
        }
        assert_int_equal(mt_journal_chain(journal), mt_journal_chain(memory));
        assert_true(mt_journal_accepts_increases(journal));
        const struct mt_diag *lost = mt_journal_lost(journal);
        assert_non_null(lost);
        assert_int_equal(lost->code, i == 0 ? MT_EFULL : MT_EIO);
        assert_non_null(strstr(lost->text, ".mtj"));
        kit_close(journal);
        kit_close(memory);
        struct kit_read read = kit_read(dir);
        assert_int_equal(read.rc, MT_EEND);
        assert_false(read.torn);
        assert_true(read.count > 1000);
        assert_true(read.count < 20000);
        kit_remove(dir);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_memory_the_caller_may_say_how_the_disk_was),
        cmocka_unit_test(memory_forms_the_same_bytes),
        cmocka_unit_test(bulk_writes_the_same_records_with_fewer_writes),
        cmocka_unit_test(bulk_outlives_its_disk),
        cmocka_unit_test(append_tells_what_it_wrote),
        cmocka_unit_test(append_refuses_what_no_reader_could_take),
        cmocka_unit_test(a_turn_grows_up_to_its_maximum),
        cmocka_unit_test(options_are_checked),
        cmocka_unit_test(a_run_leaves_no_slack),
        cmocka_unit_test(segments_roll_over),
        cmocka_unit_test(a_turn_lies_in_one_segment),
        cmocka_unit_test(generations_count_the_runs),
        cmocka_unit_test(the_directory_is_made),
        cmocka_unit_test(a_directory_that_cannot_be_is_explained),
        cmocka_unit_test(a_directory_without_rights_is_explained),
        cmocka_unit_test(rare_errors_have_their_advice),
        cmocka_unit_test(a_second_writer_is_refused),
        cmocka_unit_test(a_large_record_gets_a_large_segment),
        cmocka_unit_test(random_runs_keep_what_was_confirmed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
