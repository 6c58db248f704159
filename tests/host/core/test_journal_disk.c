/* The writer and its disk: a write or a sync that fails, one that is slow, and a disk that fills. */
#include "host/core/journal_kit.h"

struct fault_case {
    const char *fault;
    uint64_t at;
    enum mt_journal_policy policy;
    enum mt_durability need;
    int rc; /* of the second flush */
    const char *says;
    uint64_t least, most; /* records that the next open finds: 5 were confirmed, 5 were not */
};

static const struct fault_case fault_cases[] = {
    /* Writes 1 to 3: lock, segment header, first turn. */
    { "write_enospc", 4, MT_POLICY_NONE, MT_DURABLE_D3, MT_EFULL,
      "No space left on device; free disk space", 5, 5 },
    { "write_enospc", 4, MT_POLICY_PROCESS, MT_DURABLE_D1P, MT_EFULL, "No space", 5, 5 },
    { "write_eio", 4, MT_POLICY_NONE, MT_DURABLE_D3, MT_EIO,
      "write: Input/output error; check the disk", 5, 5 },
    { "write_torn", 4, MT_POLICY_NONE, MT_DURABLE_D3, MT_EIO, "write: Input/output error", 5, 5 },
    { "write_short", 4, MT_POLICY_NONE, MT_DURABLE_D3, 0, "", 10, 10 },
    { "write_short", 0, MT_POLICY_NONE, MT_DURABLE_D3, 0, "", 10, 10 },
    { "write_intr", 4, MT_POLICY_NONE, MT_DURABLE_D3, 0, "", 10, 10 },
    /* The records are there, but nobody may count on it. */
    { "sync_eio", 2, MT_POLICY_PROCESS, MT_DURABLE_D1P, MT_EIO, "sync: Input/output error", 10,
      10 },
    { "sync_eio", 2, MT_POLICY_PROCESS, MT_DURABLE_D2, MT_EIO, "sync: Input/output error", 10, 10 },
    { "sync_eio", 2, MT_POLICY_POWER, MT_DURABLE_D1, MT_EIO, "sync: Input/output error", 10, 10 },
    /* No sync where none is due. */
    { "sync_eio", 1, MT_POLICY_PROCESS, MT_DURABLE_D1, 0, "", 10, 10 },
    { "sync_eio", 1, MT_POLICY_POWER, MT_DURABLE_D3, 0, "", 10, 10 },
    { "sync_eio", 1, MT_POLICY_NONE, MT_DURABLE_D1P, 0, "", 10, 10 },
};

static void a_failed_flush_ends_the_journal(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof fault_cases / sizeof *fault_cases; i++) {
        const struct fault_case *c = &fault_cases[i];
        char dir[KIT_PATH];
        kit_dir(dir);
        struct mt_journal_options options = kit_options(dir);
        options.policy = c->policy;
        options.fault = c->fault;
        options.fault_at = c->at;
        struct mt_journal *journal = kit_open(&options);
        kit_append_n(journal, 5);
        assert_int_equal(mt_journal_flush(journal, c->need, NULL), 0);
        kit_append_n(journal, 5);
        struct mt_diag diag = { 0 };
        int rc = mt_journal_flush(journal, c->need, &diag);
        if (rc != c->rc || strstr(diag.text, c->says) == NULL)
            fail_msg("case %zu (%s): %d '%s'", i, c->fault, rc, diag.text);
        assert_int_equal(mt_journal_accepts_increases(journal), rc == 0);
        if (rc < 0) { /* from now on always the same answer, and nothing more is written */
            struct mt_diag again = { 0 };
            assert_int_equal(kit_append(journal), rc);
            assert_int_equal(mt_journal_flush(journal, MT_DURABLE_D3, &again), rc);
            assert_string_equal(again.text, diag.text);
            assert_int_equal(mt_journal_close(journal, NULL), rc);
        } else if (strcmp(c->fault, "sync_eio") == 0 && c->policy != MT_POLICY_NONE) {
            assert_int_equal(mt_journal_close(journal, NULL),
                             MT_EIO); /* the sync at the end meets it */
        } else {
            kit_close(journal);
        }
        options.fault = NULL;
        uint64_t seen = 0;
        assert_int_equal(mt_journal_open(&journal, &options, 0, kit_visit, &seen, &diag), 0);
        if (seen < c->least || seen > c->most)
            fail_msg("case %zu (%s): %llu records", i, c->fault, (unsigned long long)seen);
        kit_close(journal);
        kit_remove(dir);
    }
}

static void pause_1s(void)
{
    usleep(1010 * 1000);
}

static void old_records_are_synced_after_a_second(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    kit_dir(dir);
    struct mt_journal_options options = kit_options(dir);
    options.policy = MT_POLICY_PROCESS;
    options.fault = "sync_eio";
    options.fault_at = 1;
    struct mt_journal *journal = kit_open(&options);
    assert_int_equal(mt_journal_flush(journal, MT_DURABLE_D3, NULL), 0);
    assert_int_equal(mt_journal_flush(journal, MT_DURABLE_D1P, NULL), 0); /* nothing to sync */
    kit_append_n(journal, 1);
    assert_int_equal(mt_journal_flush(journal, MT_DURABLE_D3, NULL), 0);
    pause_1s();
    assert_int_equal(mt_journal_flush(journal, MT_DURABLE_D3, NULL), MT_EIO);
    mt_journal_close(journal, NULL);
    kit_remove(dir);
}

static void a_slow_sync_stops_increases_until_a_fast_one(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    kit_dir(dir);
    struct mt_journal_options options = kit_options(dir);
    options.policy = MT_POLICY_POWER;
    options.sync_max_ns = INT64_C(60) * 1000000000;
    options.fault = "sync_slow";
    options.fault_at = 2;
    struct mt_journal *journal = kit_open(&options);
    static const bool accepts[] = { true, false, true };
    for (int i = 0; i < 3; i++) {
        kit_append_n(journal, 1);
        assert_int_equal(mt_journal_flush(journal, MT_DURABLE_D1, NULL), 0);
        assert_int_equal(mt_journal_accepts_increases(journal), accepts[i]);
    }
    kit_close(journal);
    options.fault = NULL;
    options.sync_max_ns = 1; /* no disk is that fast */
    journal = kit_open(&options);
    kit_append_n(journal, 1);
    assert_int_equal(mt_journal_flush(journal, MT_DURABLE_D1, NULL), 0);
    assert_false(mt_journal_accepts_increases(journal));
    kit_close(journal);
    kit_remove(dir);
}

static void a_filling_disk_stops_increases(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    kit_dir(dir);
    struct mt_journal_options options = kit_options(dir);
    options.disk_floor_bytes = UINT64_MAX;
    struct mt_journal *journal = kit_open(&options);
    assert_false(mt_journal_accepts_increases(journal));
    kit_append_n(journal, 1); /* the rest goes on */
    kit_close(journal);
    options.policy = MT_POLICY_PROCESS;
    options.disk_floor_bytes = 1;
    options.fault = "disk_low";
    options.fault_at = 2;
    journal = kit_open(&options);
    assert_true(mt_journal_accepts_increases(journal));
    kit_flush(journal);
    assert_true(mt_journal_accepts_increases(journal)); /* not looked at again within a second */
    pause_1s();
    kit_flush(journal);
    assert_false(mt_journal_accepts_increases(journal));
    pause_1s();
    kit_flush(journal);
    assert_true(mt_journal_accepts_increases(journal));
    kit_close(journal);
    kit_remove(dir);
}

/* The spare segment is what is left when the disk is full. */
static void the_reserve_lets_a_full_disk_go_on(void **state)
{
    (void)state;
    char dir[KIT_PATH];
    kit_dir(dir);
    struct mt_journal_options options = kit_options(dir);
    options.policy = MT_POLICY_PROCESS;
    options.fault = "fallocate_enospc";
    options.fault_at =
        3; /* 1 and 2: segment and spare at the open; 3: the spare after the roll-over */
    struct mt_journal *journal = kit_open(&options);
    assert_true(mt_journal_accepts_increases(journal));
    unsigned n = 0;
    for (; mt_journal_accepts_increases(journal) && n < 2000; n++) {
        kit_append_n(journal, 1);
        kit_flush(journal);
    }
    assert_in_range(n, 300, 1000);
    kit_append_n(journal, 100); /* cancels and fills */
    kit_flush(journal);
    assert_false(mt_journal_accepts_increases(journal));
    pause_1s();
    kit_flush(journal); /* the space came back */
    assert_true(mt_journal_accepts_increases(journal));
    kit_close(journal);
    assert_int_equal(kit_read(dir).count, n + 100);
    kit_remove(dir);
}

static void without_reserve_a_full_disk_ends_it(void **state)
{
    (void)state;
    for (int policy = MT_POLICY_NONE; policy <= MT_POLICY_PROCESS; policy++) {
        char dir[KIT_PATH];
        kit_dir(dir);
        struct mt_journal_options options = kit_options(dir);
        options.policy = policy;
        struct mt_journal *journal;
        struct mt_diag diag = { 0 };
        options.fault = "fallocate_enospc";
        assert_int_equal(mt_journal_open(&journal, &options, 0, NULL, NULL, &diag), MT_EFULL);
        assert_non_null(strstr(diag.text, "preallocate: No space left on device; free disk space"));
        assert_false(kit_exists(dir, "spare"));
        options.fault_at = 2;
        journal = kit_open(&options);
        assert_int_equal(mt_journal_accepts_increases(journal), policy == MT_POLICY_NONE);
        uint64_t confirmed = 0;
        int rc = 0;
        for (unsigned n = 0; rc == 0 && n < 2000; n++) {
            confirmed = mt_journal_seq(journal);
            kit_append_n(journal, 1);
            rc = mt_journal_flush(journal, MT_DURABLE_D3, NULL);
        }
        /* With a policy the second call was the spare at the open, and the third, at the roll-over,
         * has space. */
        assert_int_equal(rc, policy == MT_POLICY_NONE ? MT_EFULL : 0);
        confirmed += rc == 0;
        mt_journal_close(journal, NULL);
        options.fault = NULL;
        uint64_t seen = 0;
        assert_int_equal(mt_journal_open(&journal, &options, 0, kit_visit, &seen, NULL), 0);
        assert_int_equal(seen, confirmed);
        kit_close(journal);
        kit_remove(dir);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_flush_ends_the_journal),
        cmocka_unit_test(old_records_are_synced_after_a_second),
        cmocka_unit_test(a_slow_sync_stops_increases_until_a_fast_one),
        cmocka_unit_test(a_filling_disk_stops_increases),
        cmocka_unit_test(the_reserve_lets_a_full_disk_go_on),
        cmocka_unit_test(without_reserve_a_full_disk_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
