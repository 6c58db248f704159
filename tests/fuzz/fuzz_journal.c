/* Any bytes as the last segment of a journal: the reader and the recovery must agree, never crash,
 * and a journal that could be opened must be sound afterwards. The first byte steers: bit 0 a valid
 * header, bit 1 valid checksums, bit 2 valid sequence and chain as well, bit 3 tolerant reading,
 * bit 4 zeros behind the data, bit 5 a second segment. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/hash.h"
#include "core/journal.h"
#include "core/journal_format.h"

enum { MOST = 16 << 10 };
static char dir[128];

static void check(bool condition)
{
    if (!condition)
        abort();
}

static void header_make(uint8_t *bytes)
{
    struct mt_segment_header header = { .host_id = 1, .first_seq = 1, .generation = 1 };
    mt_segment_header_seal(&header);
    memcpy(bytes, &header, sizeof header);
}

static void records_make(uint8_t *bytes, size_t size, bool order)
{
    struct mt_segment_header header;
    struct mt_frame_head head;
    uint64_t seq = 0;
    uint32_t chain = 0;
    memcpy(&header, bytes, sizeof header);
    const uint32_t seed = mt_segment_seed(header.generation, header.first_seq);
    for (size_t at = MT_SEGMENT_HEADER; at + MT_FRAME_HEAD <= size;) {
        memcpy(&head, bytes + at, sizeof head);
        head.length %= 512;
        if (head.length == 0 || mt_frame_size(head.length) > size - at)
            break;
        if (order) {
            head.seq = ++seq;
            head.chain = chain;
            head.kind = (uint16_t)(head.kind % 32);
            head.time_ns = (int64_t)seq + (uint8_t)head.time_ns % 4;
        }
        memcpy(bytes + at, &head, sizeof head);
        chain = head.crc = mt_frame_crc(seed, (const void *)(bytes + at), head.length);
        memcpy(bytes + at, &head, sizeof head);
        at += mt_frame_size(head.length);
    }
}

static void store(const char *name, const uint8_t *bytes, size_t size, size_t zeros)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "wb");
    check(file != NULL);
    check(fwrite(bytes, 1, size, file) == size);
    check(fflush(file) == 0);
    check(ftruncate(fileno(file), (off_t)(size + zeros)) == 0);
    fclose(file);
}

static void clear(void)
{
    struct mt_journal_io io;
    uint64_t *seqs;
    size_t count;
    check(mt_io_init(&io, dir, NULL, 0, NULL) == 0);
    check(mt_io_dir_open(&io, dir, NULL) == 0);
    check(mt_io_list(&io, &seqs, &count, NULL) == 0);
    for (size_t i = 0; i < count; i++) {
        char name[MT_SEGMENT_NAME], torn[MT_SEGMENT_NAME + 8];
        mt_segment_name(name, seqs[i]);
        snprintf(torn, sizeof torn, "%s.torn", name);
        unlinkat(io.dir_fd, name, 0);
        unlinkat(io.dir_fd, torn, 0);
    }
    free(seqs);
    mt_io_fini(&io);
}

/* Sum of what a reader was given, so that every payload byte is touched. */
static int read_all(bool tolerant, uint64_t *count, uint32_t *sum)
{
    struct mt_journal_reader *reader;
    struct mt_record record;
    struct mt_diag diag = { 0 };
    bool bad;
    int rc = mt_journal_reader_open(&reader, dir, tolerant, &diag);
    *count = 0;
    *sum = 0;
    if (rc < 0)
        return rc;
    while ((rc = mt_journal_reader_next(reader, &record, &bad, &diag)) == 0) {
        check(tolerant || !bad);
        *sum = mt_crc32c(*sum, record.payload, record.length);
        ++*count;
    }
    check(rc == MT_EEND || rc == MT_ECORRUPT || rc == MT_EREFUSED);
    check(rc == MT_EEND || diag.code == rc);
    mt_journal_reader_close(reader);
    return rc;
}

static int visit(void *ud, const struct mt_record *record, struct mt_diag *diag)
{
    uint32_t *sum = ud;
    (void)diag;
    *sum = mt_crc32c(*sum, record->payload, record->length);
    return 0;
}

static void recover_and_go_on(int read_rc, uint64_t count, uint32_t sum)
{
    struct mt_journal_options options = { .dir = dir, .segment_bytes = MT_SEGMENT_MIN_BYTES };
    struct mt_journal *journal;
    struct mt_diag diag = { 0 };
    uint32_t visited = 0, again;
    uint64_t after;
    int rc = mt_journal_open(&journal, &options, 1, visit, &visited, &diag);
    /* What the reader takes for an end or a tear can be recovered, and nothing else. */
    check((rc == 0) == (read_rc == MT_EEND));
    if (rc < 0) {
        check(rc == read_rc);
        return;
    }
    check(visited == sum);
    /* The last time may be the last there is. */
    check(mt_journal_append(journal, MT_REC_DAY, 0, mt_journal_last_time(journal), "x", 1, NULL) ==
          0);
    check(mt_journal_close(journal, &diag) == 0);
    check(read_all(false, &after, &again) == MT_EEND);
    check(after == count + 1);
    check(again == mt_crc32c(sum, "x", 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[MOST];
    if (dir[0] == '\0') {
        snprintf(dir, sizeof dir, "%s/fuzzjournal.XXXXXX",
                 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        check(mkdtemp(dir) != NULL);
    }
    if (size < 1 || size - 1 > MOST)
        return 0;
    const uint8_t steer = data[0];
    size--;
    memcpy(bytes, data + 1, size);
    if ((steer & 1) && size >= MT_SEGMENT_HEADER)
        header_make(bytes);
    if ((steer & 6) && size >= MT_SEGMENT_HEADER)
        records_make(bytes, size, steer & 4);
    clear();
    store("0000000000000001.mtj", bytes, size, steer & 16 ? 4096 : 0);
    if (steer & 32)
        store("0000000000000004.mtj", bytes, size < 100 ? size : 100, 0);
    uint64_t count;
    uint32_t sum;
    if (steer & 8)
        read_all(true, &count, &sum);
    int rc = read_all(false, &count, &sum);
    recover_and_go_on(rc, count, sum);
    return 0;
}
