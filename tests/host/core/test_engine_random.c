/* Random strategies against a random venue; engine_chaos.h has the model. A failure prints its seed. */
#include "engine_chaos.h"

static uint64_t corrections, exchanged, third;  /* in all runs */

static struct mt_journal *memory_journal(void)
{
    struct mt_journal *journal;
    struct mt_journal_options options = { 0 };
    struct mt_diag diag = { 0 };
    assert_int_equal(mt_journal_open(&journal, &options, 1, NULL, NULL, &diag), 0);
    return journal;
}

static void print_leg(struct chaos *c, uint16_t account, uint16_t symbol)
{
    struct mt_leg_view leg;
    mt_engine_leg(c->engine, account, symbol, &leg);
    print_message("account %u symbol %u: truth %lld, ours %lld, want %d waiting %d closing %d armed %d entry %llu close %llu "
                  "stop %llu\n", account, symbol, (long long)c->truth[account][symbol],
                  (long long)c->position[account][symbol], leg.want, leg.waiting, leg.closing, leg.armed,
                  (unsigned long long)leg.entry_coid, (unsigned long long)leg.close_coid, (unsigned long long)leg.stop_coid);
}

/* Then the venue becomes a correct one, and everything must come to rest: flat, and no order left anywhere. */
static void come_to_rest(struct chaos *c, uint16_t accounts)
{
    struct mt_diag diag = { 0 };
    c->calm = c->quiet = true;
    for (int i = 0; i < 3000; i++) {
        if (i == 100 || i == 1000)              /* overfills have halted accounts */
            assert_int_equal(mt_engine_operator(c->engine, c->now, MT_OPERATOR_RESUME, -1, -1, "test", "", &diag), 0);
        c->sending = false;
        chaos_step(c);
    }
    bool good = true;
    corrections += c->corrections;
    exchanged += c->exchanged;
    third += c->third;
    for (uint16_t a = 0; a < accounts; a++)
        for (uint16_t y = 0; y < CHAOS_SYMBOLS; y++)
            if (c->truth[a][y] != c->position[a][y] || c->position[a][y] != 0) {
                print_leg(c, a, y);
                good = false;
            }
    for (uint64_t coid = 1; coid <= c->coid_max; coid++) {
        if (c->orders[coid].sum != c->orders[coid].cum) {
            good = false;
            print_message("order %llu: ours %lld, truth %lld\n", (unsigned long long)coid, (long long)c->orders[coid].sum,
                          (long long)c->orders[coid].cum);
        }
        const struct mt_order *order = mt_engine_order(c->engine, coid);
        bool ended = order && mt_order_state_terminal(order->state);            /* I9 */
        if (c->orders[coid].intended && (!ended || c->orders[coid].open)) {
            print_message("order %llu role %u: ours %s op %u cum %lld of %lld, venue open %d cum %lld of %lld\n",
                          (unsigned long long)coid, c->orders[coid].role, order ? mt_order_state_name(order->state) : "gone",
                          order ? order->op : 0, order ? (long long)order->cum : 0, order ? (long long)order->terms.qty : 0,
                          c->orders[coid].open, (long long)c->orders[coid].cum, (long long)c->orders[coid].terms.terms.qty);
            good = false;
        }
    }
    assert_true(good);
    assert_int_equal(mt_engine_stance(c->engine, 0), 0);
    assert_int_equal(mt_engine_stance(c->engine, 1), 0);
    assert_int_equal(c->told, c->asked);                        /* on_signal exactly once per signal */
}

static uint64_t one_run(uint64_t seed, uint16_t accounts, int steps)
{
    struct mt_journal *journal = memory_journal();
    struct chaos *c = chaos_new(seed, accounts, journal);
    print_message("seed %llu, %u accounts\n", (unsigned long long)seed, accounts);
    chaos_start(c);
    for (int i = 0; i < steps; i++)
        chaos_step(c);
    uint64_t records = c->events;
    come_to_rest(c, accounts);
    chaos_free(c);
    mt_journal_close(journal, NULL);
    return records;
}

static void nothing_breaks_the_invariants(void **state)
{
    const char *given = getenv("MT_TEST_SEED");
    uint64_t records = 0, seed = given ? strtoull(given, NULL, 10) : 1;
    (void)state;
    for (uint64_t i = 0; i < 20; i++)
        records += one_run(seed + i, (uint16_t)(1 + (seed + i) % CHAOS_ACCOUNTS), 2500);
    print_message("%llu records\n", (unsigned long long)records);
    assert_true(records > 100000);
    assert_true(corrections > 100);
    assert_true(exchanged > 100);
    assert_true(third > 20);
}

/* Leave other bytes behind on the stack: what is journaled must not depend on them. */
static __attribute__((noinline)) void poison(int byte)
{
    char room[65536];
    memset(room, byte, sizeof room);
    __asm__ volatile("" : : "r"(room) : "memory");
}

static void the_journal_does_not_depend_on_what_the_stack_held(void **state)
{
    uint32_t chains[2];
    (void)state;
    for (int run = 0; run < 2; run++) {
        struct mt_journal *journal = memory_journal();
        struct chaos *c = chaos_new(77, 3, journal);
        chaos_start(c);
        for (int i = 0; i < 2000; i++) {
            poison(run ? 0xa5 : 0x5a);
            chaos_step(c);
        }
        chains[run] = mt_journal_chain(journal);
        chaos_free(c);
        mt_journal_close(journal, NULL);
    }
    assert_int_equal(chains[0], chains[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_breaks_the_invariants),
        cmocka_unit_test(the_journal_does_not_depend_on_what_the_stack_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
