/* Answers that do not come: what is asked for again, how often, and when it is given up. */
#include "report_kit.h"

static void an_ambiguous_answer_to_an_operation_is_asked_for(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    uint64_t stop = working_stop(w);
    protect(w, 99.5);
    size_t from = w->sent_count;
    world_op(w, stop, MT_REPORT_OP_AMBIGUOUS);
    assert_int_equal(order(w, stop)->op, MT_OP_REPLACE_UNKNOWN);
    assert_int_equal(world_count(w, WORLD_QUERY, from), 1);
    assert_int_equal(world_count(w, WORLD_MODIFY, from), 0);
    world_op(w, stop, MT_REPORT_REPLACED);
    assert_int_equal(order(w, stop)->terms.stop, 9950);
    world_free(w);
}

/* 2.4 and 4.3: however a cancel ends that does not end its order, the next one leaves after 1, 2, 4, 8, 16, 30, 30 s.
 * Neither the market nor reports nor answers to questions hurry it; a kill does not either. */
static void a_cancel_is_repeated_with_growing_pauses(void **state)
{
    enum { LOST, AMBIGUOUS, REFUSED, NO_BYTE, WAYS };
    static const int64_t due[] = { 0, 1, 3, 7, 15, 31, 61, 91 };
    (void)state;
    for (int killed = 0; killed <= 1; killed++)
        for (int way = 0; way < WAYS; way++) {
            struct mt_diag diag = { 0 };
            struct world *w = world_new(1);
            world_start(w);
            world_ask_now(w, limit_entry(1, 99));
            world_ack(w, 1);
            if (way == NO_BYTE)
                w->next_cancel = MT_SEND_NOBYTE;
            if (killed)
                assert_int_equal(mt_engine_operator(w->engine, w->now, MT_OPERATOR_KILL, -1, -1, "test", "", &diag), 0);
            else
                world_ask_now(w, world_request(0));
            world_turn(w);
            const int64_t begin = order(w, 1)->cancel_ns;
            for (int tenth = 0; begin + 95 * MT_NS_PER_S > w->now; tenth++) {
                if (way == LOST || way == AMBIGUOUS)
                    world_op(w, 1, MT_REPORT_OP_AMBIGUOUS);     /* the answer did not come, or says nothing */
                if (way == REFUSED)
                    world_op(w, 1, MT_REPORT_OP_REFUSED);
                if (way != LOST || tenth % 10 == 0)
                    world_ack(w, 1);                            /* it lives */
                if (way == NO_BYTE)
                    w->next_cancel = MT_SEND_NOBYTE;
                world_quote(w, 0, 10000, 10002);
                size_t least = 0, most = 0;
                for (size_t i = 0; i < sizeof due / sizeof *due; i++) {
                    most += w->now >= begin + due[i] * MT_NS_PER_S;
                    least += w->now >= begin + due[i] * MT_NS_PER_S + (way == LOST ? 9 : 2) * MT_NS_PER_S;
                }
                assert_in_range(world_count(w, WORLD_CANCEL, 0), least, most);
            }
            world_report(w, 1, MT_ORDER_CXL, 0, 0);
            assert_int_equal(mt_engine_stance(w->engine, 0), 0);
            world_free(w);
        }
}

/* An order that came back beside a newer one belongs to no leg: nobody but the host's watch repeats its cancel. */
static void a_lost_cancel_of_an_order_without_a_leg_is_repeated(void **state)
{
    (void)state;
    for (int refused = 0; refused <= 1; refused++) {
        struct world *w = world_new(1);
        world_start(w);
        world_ask_now(w, limit_entry(1, 99));
        world_report(w, 1, MT_ORDER_REJ, 0, 0);
        world_ask_now(w, limit_entry(1, 98));
        world_ack(w, 2);
        world_ack(w, 1);                                        /* it was not rejected after all */
        assert_int_equal(world_count(w, WORLD_CANCEL, 0), 1);
        assert_int_equal(world_last(w, WORLD_CANCEL, 0)->coid, 1);
        world_op(w, 1, refused ? MT_REPORT_OP_REFUSED : MT_REPORT_OP_AMBIGUOUS);
        world_ack(w, 1);
        assert_int_equal(world_count(w, WORLD_CANCEL, 0), 1);
        later(w, 2);
        world_ack(w, 1);
        assert_int_equal(world_count(w, WORLD_CANCEL, 0), 2);
        assert_int_equal(world_last(w, WORLD_CANCEL, 0)->coid, 1);
        world_free(w);
    }
}

/* A cancel that is refused after its answer was lost is no refusal of the exit: no pause, no count. */
static void a_refusal_after_a_lost_cancel_does_not_count_against_the_stop(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    uint64_t stop = working_stop(w);
    struct mt_request none = { .kind = MT_ASK_PROTECT, .take_count = -1, .widen = true };
    none.stop.kind = MT_LEVEL_REMOVE;
    w->next_cancel = MT_SEND_AMB;
    assert_true(world_ask_now(w, none) > 0);
    assert_int_equal(order(w, stop)->op, MT_OP_CANCEL_UNKNOWN);
    world_op(w, stop, MT_REPORT_OP_REFUSED);
    size_t from = w->sent_count;
    assert_int_equal(order(w, stop)->state, MT_ORDER_WORKING);
    world_report(w, stop, MT_ORDER_CXL, 0, 0);
    struct mt_request again = { .kind = MT_ASK_PROTECT, .take_count = -1 };
    again.stop = world_away(1);
    assert_true(world_ask_now(w, again) > 0);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);    /* at once: nothing has refused a stop */
    world_free(w);
}

static void an_exit_that_ends_by_itself_is_laid_again_after_a_pause(void **state)
{
    static const enum mt_order_event ends[] = { MT_ORDER_EXP, MT_ORDER_CXL, MT_ORDER_REJ };
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct world *w = world_new(1);
        uint64_t stop = working_stop(w);
        size_t from = w->sent_count;
        world_report(w, stop, ends[i], 0, 0);
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
        later(w, 1);
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);
        assert_int_equal(world_last(w, WORLD_SUBMIT, from)->request.terms.stop, 9902);
        world_free(w);
    }
}

/* Proof of absence is so many samples over so long, and any word of the venue in between starts it again. */
static void absence_is_proved_from_the_last_word_on(void **state)
{
    (void)state;
    for (int word = 0; word <= 1; word++) {
        struct world *w = world_new(1);
        uint64_t stop = working_stop(w);
        world_report(w, stop, MT_ORDER_AMB, 0, 0);
        later(w, 61);
        for (int i = 0; i < 2; i++)
            world_op(w, stop, MT_REPORT_ABSENT_SAMPLE);
        if (word) {
            world_ack(w, stop);
            world_report(w, stop, MT_ORDER_AMB, 0, 0);
            later(w, 61);
        }
        later(w, 1);
        assert_int_equal(order(w, stop)->state, MT_ORDER_WORKING);      /* two samples prove nothing */
        world_op(w, stop, MT_REPORT_ABSENT_SAMPLE);
        later(w, 2);
        assert_int_equal(order(w, stop)->state, word ? MT_ORDER_WORKING : MT_ORDER_CANCELED);
        for (int i = 0; i < 2; i++)
            world_op(w, stop, MT_REPORT_ABSENT_SAMPLE);
        later(w, 2);
        assert_int_equal(order(w, stop)->state, MT_ORDER_CANCELED);
        world_free(w);
    }
}

/* A question that does not leave is asked again, once a second, not twice. */
static void a_question_that_does_not_leave_is_asked_again(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    uint64_t stop = working_stop(w);
    w->next_query = MT_SEND_AMB;
    world_report(w, stop, MT_ORDER_AMB, 0, 0);
    assert_true(order(w, stop)->stale);
    size_t from = w->sent_count;
    for (int i = 0; i < 5; i++) {
        w->next_query = MT_SEND_NOBYTE;
        later(w, 1);
    }
    assert_int_equal(world_count(w, WORLD_QUERY, from), 5);
    world_ack(w, stop);
    from = w->sent_count;
    later(w, 3);
    assert_int_equal(world_count(w, WORLD_QUERY, from), 0);
    /* One that is not asked every second anyway stays in the outbox. */
    w->next_query = MT_SEND_NOBYTE;
    world_op(w, stop, MT_REPORT_OP_REFUSED);
    from = w->sent_count;
    later(w, 1);
    assert_int_equal(world_count(w, WORLD_QUERY, from), 1);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ambiguous_answer_to_an_operation_is_asked_for),
        cmocka_unit_test(a_cancel_is_repeated_with_growing_pauses),
        cmocka_unit_test(a_lost_cancel_of_an_order_without_a_leg_is_repeated),
        cmocka_unit_test(a_refusal_after_a_lost_cancel_does_not_count_against_the_stop),
        cmocka_unit_test(an_exit_that_ends_by_itself_is_laid_again_after_a_pause),
        cmocka_unit_test(absence_is_proved_from_the_last_word_on),
        cmocka_unit_test(a_question_that_does_not_leave_is_asked_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
