/* Sums that differ from positions and orders end the process, and before that everything is halted in the journal. */
#include "engine_world.h"

#include <sys/wait.h>
#include <unistd.h>

#include "core/house.h"
#include "core/self_check.h"

static int told;                        /* a pipe of the child: it writes the state that it journals */

static int tell(void *ud, const struct mt_engine *engine, const struct mt_record *record)
{
    (void)ud, (void)engine;
    if (record->kind != MT_REC_RISK_STATE)
        return 0;
    const struct mt_rec_risk_state *r = record->payload;
    unsigned char word[2] = { (unsigned char)r->scope, r->state };
    return write(told, word, sizeof word) == (ssize_t)sizeof word ? 0 : MT_EIO;
}

/* A position of 1 and a stop that works. */
static struct world *trading(void)
{
    struct world *w = world_new(1);
    w->setup.observer.record = tell;
    w->setup.self_check = false;
    world_start(w);
    world_enter(w, world_with_stop(1, 1));
    world_ack(w, world_newest(w, WORLD_SUBMIT));
    return w;
}

static void nothing(struct mt_slot *slot) { (void)slot; }
static void more_reserved(struct mt_slot *slot) { slot->reduce_sells++; }
static void less_reserved(struct mt_slot *slot) { slot->reduce_sells--; }
static void bought(struct mt_slot *slot) { slot->buys++; }

/* How the child ended, and what it said of its states. */
static int end_of(void (*spoil)(struct mt_slot *), unsigned char said[2], ssize_t *length)
{
    int ends[2], status;
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(ends[0]);
        told = ends[1];
        if (!freopen("/dev/null", "w", stderr))         /* the message of the end */
            _exit(99);
        struct world *w = trading();
        spoil(mt_ledger_slot(&w->engine->desk.books.ledger, 0, 0));
        mt_engine_self_check(w->engine);
        _exit(0);
    }
    close(ends[1]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    *length = read(ends[0], said, 2);
    close(ends[0]);
    return status;
}

static void wrong_sums_halt_everything_and_end_the_process(void **state)
{
    static void (*const spoils[])(struct mt_slot *) = { more_reserved, less_reserved, bought };
    unsigned char said[2];
    ssize_t length;
    (void)state;
    assert_int_equal(end_of(nothing, said, &length), 0);
    assert_int_equal(length, 0);
    for (size_t i = 0; i < sizeof spoils / sizeof *spoils; i++) {
        const int status = end_of(spoils[i], said, &length);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 9)     /* what is promised to supervisors (app/exit_code.h) */
            fail_msg("wrong sums %zu end with %x", i, (unsigned)status);
        assert_int_equal(length, 2);
        assert_int_equal(said[0], 0);           /* the scope of all */
        assert_int_equal(said[1], MT_HALTED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_sums_halt_everything_and_end_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
