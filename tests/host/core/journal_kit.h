/* journal_kit: directories, files and records for the tests of the journal. A record is a pure
 * function of its seq, so that any part of a journal can be checked without a copy of what was
 * written. */
#ifndef MT_TESTS_JOURNAL_KIT_H
#define MT_TESTS_JOURNAL_KIT_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/hash.h"
#include "core/journal.h"
#include "core/journal_format.h"

enum { KIT_PATH = 256, KIT_FILES = 64 };

static inline int kit_remove_one(const char *path, const struct stat *status, int type,
                                 struct FTW *ftw)
{
    (void)status, (void)type, (void)ftw;
    return remove(path);
}

static inline void kit_remove(const char *dir)
{
    nftw(dir, kit_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* A new directory in memory where there is one: some tests open a journal thousands of times. */
static inline void kit_dir(char dir[KIT_PATH])
{
    const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(dir, KIT_PATH, "%s/mtjournal.XXXXXX", base);
    assert_non_null(mkdtemp(dir));
}

static inline struct mt_journal_options kit_options(const char *dir)
{
    return (struct mt_journal_options){
        .dir = dir, .host_id = 7, .policy = MT_POLICY_NONE, .segment_bytes = 64 << 10
    };
}

/* ---- records ---- */

static inline size_t kit_payload(uint64_t seq, uint8_t *payload)
{
    size_t length = 1 + (size_t)(mt_random_at(1, seq) % 60);
    if (seq % 97 == 0)
        length = 9000;
    for (size_t i = 0; i < length; i++)
        payload[i] = (uint8_t)(mt_random_at(seq, i) >> 11);
    return length;
}

static inline int64_t kit_time(uint64_t seq)
{
    return (int64_t)(seq / 3) * 1000;
}

static inline unsigned kit_kind(uint64_t seq)
{
    return 1 + (unsigned)(seq % MT_REC_KIND_MAX);
}

static inline int kit_append(struct mt_journal *journal)
{
    uint8_t payload[9000];
    const uint64_t seq = mt_journal_seq(journal) + 1;
    const size_t length = kit_payload(seq, payload);
    return mt_journal_append(journal, kit_kind(seq), seq & 1, kit_time(seq), payload, length, NULL);
}

static inline void kit_append_n(struct mt_journal *journal, unsigned n)
{
    while (n-- > 0)
        assert_int_equal(kit_append(journal), 0);
}

static inline void kit_expect(const struct mt_record *record, uint64_t seq)
{
    uint8_t payload[9000];
    const size_t length = kit_payload(seq, payload);
    assert_int_equal(record->seq, seq);
    assert_int_equal(record->time_ns, kit_time(seq));
    assert_int_equal(record->kind, kit_kind(seq));
    assert_int_equal(record->version, 1);
    assert_int_equal(record->flags & ~MT_RECORD_LAST, seq & 1);
    assert_int_equal(record->length, length);
    assert_int_equal((uintptr_t)record->payload % 8, 0);
    assert_memory_equal(record->payload, payload, length);
}

static inline struct mt_journal *kit_open(const struct mt_journal_options *options)
{
    struct mt_journal *journal;
    struct mt_diag diag = { 0 };
    int rc = mt_journal_open(&journal, options, 1000, NULL, NULL, &diag);
    if (rc != 0)
        fail_msg("open: %d %s", rc, diag.text);
    return journal;
}

static inline void kit_close(struct mt_journal *journal)
{
    struct mt_diag diag = { 0 };
    if (mt_journal_close(journal, &diag) != 0)
        fail_msg("close: %s", diag.text);
}

static inline void kit_flush(struct mt_journal *journal)
{
    struct mt_diag diag = { 0 };
    if (mt_journal_flush(journal, MT_DURABLE_D3, &diag) != 0)
        fail_msg("flush: %s", diag.text);
}

/* n turns of one record each. */
static inline void kit_turns(struct mt_journal *journal, unsigned n)
{
    while (n-- > 0) {
        kit_append_n(journal, 1);
        kit_flush(journal);
    }
}

/* One run: open, n turns of one record each, close. */
static inline void kit_run(const char *dir, unsigned n)
{
    struct mt_journal_options options = kit_options(dir);
    struct mt_journal *journal = kit_open(&options);
    kit_turns(journal, n);
    kit_close(journal);
}

struct kit_read {
    uint64_t count; /* good records, all of them as expected */
    int rc;         /* how it ended: MT_EEND or an error */
    bool torn;
    struct mt_diag diag;
};

static inline struct kit_read kit_read(const char *dir)
{
    struct kit_read result = { 0 };
    struct mt_journal_reader *reader;
    struct mt_record record;
    bool bad;
    result.rc = mt_journal_reader_open(&reader, dir, false, &result.diag);
    if (result.rc < 0)
        return result;
    while ((result.rc = mt_journal_reader_next(reader, &record, &bad, &result.diag)) == 0) {
        assert_false(bad);
        kit_expect(&record, ++result.count);
    }
    result.torn = mt_journal_reader_torn(reader);
    mt_journal_reader_close(reader);
    return result;
}

static inline int kit_visit(void *ud, const struct mt_record *record, struct mt_diag *diag)
{
    (void)diag;
    kit_expect(record, ++*(uint64_t *)ud);
    return 0;
}

/* ---- files ---- */

struct kit_file {
    char name[64];
    uint8_t *data;
    size_t size;
};

static inline void kit_path(char path[2 * KIT_PATH], const char *dir, const char *name)
{
    int length = snprintf(path, 2 * KIT_PATH, "%s/%s", dir, name);
    assert_in_range(length, 1, 2 * KIT_PATH - 1);
}

static inline bool kit_exists(const char *dir, const char *name)
{
    char path[2 * KIT_PATH];
    kit_path(path, dir, name);
    return access(path, F_OK) == 0;
}

static inline struct kit_file kit_load(const char *dir, const char *name)
{
    struct kit_file file = { .data = NULL };
    struct stat status;
    char path[2 * KIT_PATH];
    kit_path(path, dir, name);
    snprintf(file.name, sizeof file.name, "%s", name);
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &status), 0);
    file.size = (size_t)status.st_size;
    file.data = malloc(file.size + 1);
    assert_int_equal(read(fd, file.data, file.size), file.size);
    close(fd);
    return file;
}

static inline void kit_store(const char *dir, const char *name, const void *data, size_t size)
{
    char path[2 * KIT_PATH];
    kit_path(path, dir, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, size), size);
    close(fd);
}

/* All segments of a directory, in order. */
static inline size_t kit_load_all(const char *dir, struct kit_file files[KIT_FILES])
{
    struct mt_journal_io io;
    uint64_t *seqs;
    size_t count;
    assert_int_equal(mt_io_init(&io, dir, NULL, 0, NULL), 0);
    assert_int_equal(mt_io_dir_open(&io, dir, NULL), 0);
    assert_int_equal(mt_io_list(&io, &seqs, &count, NULL), 0);
    assert_true(count <= KIT_FILES);
    for (size_t i = 0; i < count; i++) {
        char name[MT_SEGMENT_NAME];
        mt_segment_name(name, seqs[i]);
        files[i] = kit_load(dir, name);
    }
    free(seqs);
    mt_io_fini(&io);
    return count;
}

static inline void kit_store_all(const char *dir, const struct kit_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++)
        kit_store(dir, files[i].name, files[i].data, files[i].size);
}

static inline void kit_free_all(struct kit_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(files[i].data);
}

/* Empty the directory and put these segments into it. */
static inline void kit_reset(const char *dir, const struct kit_file *files, size_t count)
{
    kit_remove(dir);
    assert_int_equal(mkdir(dir, 0777), 0);
    kit_store_all(dir, files, count);
}

/* Make the checksum of a changed record or segment header right again. */
static inline void kit_reseal(struct kit_file *file, size_t offset)
{
    struct mt_segment_header *header = (void *)file->data;
    struct mt_frame_head *head = (void *)(file->data + offset);
    if (offset == 0)
        header->crc = mt_crc32c(0, file->data, 60);
    else
        head->crc = mt_frame_crc(mt_segment_seed(header->generation, header->first_seq), head,
                                 head->length);
}

/* Offset of the n-th record (0, 1, …) of a segment; n = count: the end of the data. */
static inline size_t kit_offset(const struct kit_file *file, unsigned n)
{
    size_t offset = MT_SEGMENT_HEADER;
    while (n-- > 0)
        offset += mt_frame_size(
            ((const struct mt_frame_head *)(const void *)(file->data + offset))->length);
    return offset;
}

#endif
