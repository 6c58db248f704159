/* Replay: every journal of run verifies; one changed byte anywhere is found and named; a killed run is the same up to where
 * it breaks off and goes on from there without losing or doubling anything. */
#include "app_kit.h"
#include "core/record_list.h"


static void run_dir(const struct kit *kit, char out[MT_PATH_MAX + 16])
{
    char run[MT_PATH_MAX];
    kit_run(kit, run);
    snprintf(out, MT_PATH_MAX + 16, "%s/journal", run);
}

static void verify(const struct kit *kit, const char *journal, int code, const char *says)
{
    char words[MT_PATH_MAX + 64];
    snprintf(words, sizeof words, "replay %s --verify", journal);
    struct outcome outcome = kit_call(kit, words);
    if (outcome.code != code)
        print_message("exit %d instead of %d: %s%s\n", outcome.code, code, outcome.out, outcome.err);
    assert_int_equal(outcome.code, code);
    if (says)
        assert_non_null(strstr(code == 0 ? outcome.out : outcome.err, says));
    kit_free(&outcome);
}

/* A copy of a journal in which one payload byte of the first record of a kind is another, and all checksums are right. */
static bool copy_changed(const char *from, const char *to, unsigned kind, size_t at)
{
    struct mt_journal_options options = { .dir = to };
    struct mt_journal *journal;
    struct mt_journal_reader *reader;
    struct mt_record record;
    struct mt_diag diag = { 0 };
    bool bad, changed = false;
    static unsigned char payload[MT_RECORD_PAYLOAD_MAX];
    assert_int_equal(mt_journal_open(&journal, &options, 0, NULL, NULL, &diag), 0);
    assert_int_equal(mt_journal_reader_open(&reader, from, false, &diag), 0);
    while (mt_journal_reader_next(reader, &record, &bad, &diag) == 0) {
        memcpy(payload, record.payload, record.length);
        if (record.kind == kind && !changed) {
            payload[at % record.length] ^= 1;
            changed = true;
        }
        const unsigned flags = record.flags & ~(unsigned)MT_RECORD_LAST;
        assert_int_equal(mt_journal_append(journal, record.kind, flags, record.time_ns, payload, record.length, NULL), 0);
        if (record.flags & MT_RECORD_LAST)
            assert_int_equal(mt_journal_flush(journal, MT_DURABLE_D3, &diag), 0);
    }
    mt_journal_reader_close(reader);
    assert_int_equal(mt_journal_close(journal, &diag), 0);
    return changed;
}

static void every_run_verifies(void **state)
{
    struct kit kit;
    char journal[MT_PATH_MAX + 16];
    (void)state;
    kit_init(&kit);
    for (int seed = 1; seed <= 3; seed++) {
        char words[256];
        snprintf(words, sizeof words, "run scripts/scalp.lua --for 20m --speed max --seed %d", seed);
        kit_expect(&kit, words, 0);
        run_dir(&kit, journal);
        verify(&kit, journal, 0, "same bytes");
    }
    kit_expect(&kit, "replay --json", 0);
    kit_fini(&kit);
}

/* Each kind that a run writes, each with right checksums: only the comparison can find it. */
static void one_changed_byte_is_named(void **state)
{
    static const unsigned kinds[] = { MT_REC_DECISION, MT_REC_INTENT,
                                      MT_REC_VENUE_EVENT, MT_REC_OP, MT_REC_LEG, MT_REC_SCRIPT_STATE,
                                      MT_REC_COID_BLOCK, MT_REC_DAY, MT_REC_CHECKPOINT, MT_REC_RUN_END };
    struct kit kit;
    char journal[MT_PATH_MAX + 16], changed[400];
    (void)state;
    kit_init(&kit);
    kit_expect(&kit, "run scripts/scalp.lua --for 10m --speed max --seed 1", 0);
    run_dir(&kit, journal);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        for (unsigned at = 0; at < 60; at += 19) {
            snprintf(changed, sizeof changed, "%s/changed-%u-%u", kit.dir, kinds[i], at);
            if (!copy_changed(journal, changed, kinds[i], at))
                fail_msg("no %s in the journal", mt_record_name(kinds[i]));
            verify(&kit, changed, 4, mt_record_name(kinds[i]));
        }
    kit_fini(&kit);
}

/* Any bit on disk: the checksum tells, or the frame does. */
static void one_flipped_bit_is_found(void **state)
{
    enum { HEADER = 64, TRIES = 40 };
    struct kit kit;
    char journal[MT_PATH_MAX + 16], command[MT_PATH_MAX + 500], copy[300], path[400];
    struct stat st;
    (void)state;
    kit_init(&kit);
    kit_expect(&kit, "run scripts/scalp.lua --for 5m --speed max --seed 1", 0);
    run_dir(&kit, journal);
    srandom(7);
    for (int i = 0; i < TRIES; i++) {
        snprintf(copy, sizeof copy, "%s/flip%d", kit.dir, i);
        snprintf(command, sizeof command, "cp -r '%s' '%s'", journal, copy);
        assert_int_equal(system(command), 0);
        snprintf(path, sizeof path, "%s/0000000000000001.mtj", copy);
        int fd = open(path, O_RDWR);
        assert_true(fd >= 0 && fstat(fd, &st) == 0);
        off_t at = HEADER + random() % (st.st_size - HEADER);
        unsigned char byte;
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        byte ^= (unsigned char)(1u << random() % 8);
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        close(fd);
        struct outcome outcome;
        snprintf(command, sizeof command, "replay %s --verify", copy);
        outcome = kit_call(&kit, command);
        if (outcome.code != 4)
            print_message("bit at %ld of %ld: exit %d: %s%s\n", (long)at, (long)st.st_size, outcome.code, outcome.out,
                          outcome.err);
        assert_int_equal(outcome.code, 4);
        kit_free(&outcome);
    }
    kit_fini(&kit);
}

static void another_script_differs(void **state)
{
    struct kit kit;
    char words[512], journal[MT_PATH_MAX + 16];
    (void)state;
    kit_init(&kit);
    kit_write(&kit, "s.lua", "local mt = require 'mthost'\nlocal S = mt.strategy {}\n"
              "function S:on_trade(t) if self.stance == 0 then self:signal { side = 'buy', exit = { stop = 5, take = 5 } } end end\n"
              "return S\n");
    snprintf(words, sizeof words, "run %s/s.lua --for 2m --speed max", kit.dir);
    kit_expect(&kit, words, 0);
    run_dir(&kit, journal);
    verify(&kit, journal, 0, NULL);
    kit_write(&kit, "s.lua", "local mt = require 'mthost'\nlocal S = mt.strategy {}\nfunction S:on_trade(t) end\nreturn S\n");
    verify(&kit, journal, 4, "hash");
    kit_fini(&kit);
}

static void changed_data_differ(void **state)
{
    struct kit kit;
    char words[512], journal[MT_PATH_MAX + 16];
    (void)state;
    kit_init(&kit);
    kit_write(&kit, "q.csv", "time,bid,ask\n2024-01-01T00:00:00Z,1.1,1.2\n2024-01-01T00:00:01Z,1.2,1.3\n");
    snprintf(words, sizeof words, "run bench/w5.lua --data %s/q.csv --symbols EURUSD --speed max", kit.dir);
    kit_expect(&kit, words, 0);
    run_dir(&kit, journal);
    verify(&kit, journal, 0, NULL);
    kit_write(&kit, "q.csv", "time,bid,ask\n2024-01-01T00:00:00Z,1.1,1.2\n2024-01-01T00:00:01Z,1.2,1.4\n");
    verify(&kit, journal, 4, "changed");
    kit_fini(&kit);
}

/* --- kills ----------------------------------------------------------------------------------------------------------------- */

struct audit { uint64_t last_coid; int64_t qty; uint64_t fills; unsigned starts, ends; };

/* Order ids only grow; fill ids never repeat; the position is the sum of the fills. */
static void audit(const char *journal, struct audit *out)
{
    struct mt_journal_reader *reader;
    struct mt_record record;
    struct mt_diag diag = { 0 };
    bool bad;
    static uint64_t ids[65536];
    static int8_t sides[1 << 20];
    struct mt_buf room;
    memset(out, 0, sizeof *out);
    mt_buf_init(&room, MT_RECORD_ROOM_MAX);
    assert_int_equal(mt_journal_reader_open(&reader, journal, false, &diag), 0);
    while (mt_journal_reader_next(reader, &record, &bad, &diag) == 0) {
        assert_int_equal(mt_record_decode(&record, &room, &record, &diag), 0);
        out->starts += record.kind == MT_REC_RUN_START;
        out->ends += record.kind == MT_REC_RUN_END;
        if (record.kind == MT_REC_INTENT) {
            const struct mt_rec_intent *intent = record.payload;
            assert_true(intent->coid > out->last_coid);
            out->last_coid = intent->coid;
            assert_true(intent->coid < sizeof sides);
            sides[intent->coid] = intent->terms.side;
        } else if (record.kind == MT_REC_VENUE_EVENT) {
            const struct mt_rec_venue_event *event = record.payload;
            if (event->op != 0 || (event->event != MT_ORDER_FILLP && event->event != MT_ORDER_FILLX))
                continue;
            for (uint64_t i = 0; i < out->fills; i++)
                assert_true(ids[i] != event->fill_id);
            assert_true(out->fills < 65536);
            ids[out->fills++] = event->fill_id;
            out->qty += sides[event->coid] * event->qty;
        }
    }
    mt_buf_fini(&room);
    mt_journal_reader_close(reader);
}

/* Cut the journal at any byte, as a kill does, resume, and hold the end against the fills. */
static void killed_anywhere_it_goes_on(void **state)
{
    enum { TRIES = 12 };
    struct kit kit;
    char journal[MT_PATH_MAX + 16], path[MT_PATH_MAX + 64], position[64];
    struct stat st;
    struct audit after;
    (void)state;
    srandom(11);
    for (int i = 0; i < TRIES; i++) {
        kit_init(&kit);
        kit_expect(&kit, "run scripts/scalp.lua --for 30m --speed max --seed 4", 0);
        run_dir(&kit, journal);
        snprintf(path, sizeof path, "%s/0000000000000001.mtj", journal);
        assert_int_equal(stat(path, &st), 0);
        off_t at = 9000 + random() % (st.st_size - 9000);
        assert_int_equal(truncate(path, at), 0);
        verify(&kit, journal, 0, "breaks off");
        struct outcome outcome = kit_call(&kit, "run scripts/scalp.lua --resume --speed max --json");
        if (outcome.code != 0)
            print_message("cut at %ld: exit %d: %s\n", (long)at, outcome.code, outcome.err);
        assert_int_equal(outcome.code, 0);
        audit(journal, &after);
        assert_int_equal(after.starts, 2);
        assert_int_equal(after.ends, 1);
        json_t *summary = kit_json(&outcome);
        assert_int_equal(kit_int(summary, "fills"), (int64_t)after.fills);
        snprintf(position, sizeof position, "%s", kit_text(summary, "unrealised"));
        assert_true((after.qty == 0) == (strcmp(position, "0.00000000") == 0));
        json_decref(summary);
        kit_free(&outcome);
        verify(&kit, journal, 0, "same bytes");
        kit_expect(&kit, "run scripts/scalp.lua --resume", 3);      /* it has come to its end */
        kit_fini(&kit);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_run_verifies),
        cmocka_unit_test(one_changed_byte_is_named),
        cmocka_unit_test(one_flipped_bit_is_found),
        cmocka_unit_test(another_script_differs),
        cmocka_unit_test(changed_data_differ),
        cmocka_unit_test(killed_anywhere_it_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
