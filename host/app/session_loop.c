/* The loop around the engine. Its own cost per turn is a few comparisons. */
#include "app/session_loop.h"

#include "app/command.h"
#include "base/clock.h"

static const int64_t stop_market_ns = 10 * MT_NS_PER_S;     /* so much market time have orders to end in a stop */
static const int64_t poll_ns = 20000000;                    /* an operator waits: scripts may make turns slow */
enum { STOP_TURNS = 1000000, PACE_WAIT_MS = 5, IDLE_TURNS = 16, LOOK_TURNS = 63 };

static int64_t min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Up to where the market may go by now. Warming up is not paced. */
static int64_t paced(struct mt_loop *loop)
{
    const struct mt_engine *engine = loop->session->engine;
    if (loop->paced_wall_ns == 0) {
        if (mt_engine_now(engine) < loop->session->plan->live_ns || mt_engine_muted(engine))
            return INT64_MAX;
        loop->paced_market_ns = mt_engine_now(engine);
        loop->paced_wall_ns = mt_clock_monotonic();
    }
    double passed = (double)(mt_clock_monotonic() - loop->paced_wall_ns) * loop->speed;
    return passed < 9e18 - (double)loop->paced_market_ns ? loop->paced_market_ns + (int64_t)passed : INT64_MAX;
}

int mt_loop_operator(struct mt_loop *loop, enum mt_operator_command command, int account, int symbol, const char *who,
                     const char *text, struct mt_diag *diag)
{
    if (command == MT_OPERATOR_STOP)
        loop->stop = true;
    return mt_engine_operator(loop->session->engine, loop->command_ns, command, account, symbol, who, text, diag);
}

/* How often the clock is looked at follows from how slow the turns are: quick ones must not pay for it. */
static bool poll_is_due(struct mt_loop *loop, uint64_t turns)
{
    if (turns < loop->look_turn)
        return false;
    int64_t now = mt_clock_monotonic(), took = now - loop->looked_ns;
    if (took > poll_ns)
        loop->look_turns = 1;
    else if (took < poll_ns / 4 && loop->look_turns < LOOK_TURNS)
        loop->look_turns = 2 * loop->look_turns + 1;
    loop->looked_ns = now;
    loop->look_turn = turns + loop->look_turns;
    return now - loop->polled_ns >= poll_ns || turns - loop->polled_turn >= MT_LOOP_POLL_TURNS;
}

static int between_turns(struct mt_loop *loop, uint64_t turns, struct mt_diag *diag)
{
    int rc = 0;
    while (rc == 0 && !loop->stop && mt_engine_turns(loop->session->engine) + 1 == loop->operate_turn)
        rc = loop->operate(loop, diag);
    if (rc == 0 && loop->poll && poll_is_due(loop, turns)) {
        rc = loop->poll(loop, 0, diag);
        loop->polled_ns = loop->looked_ns = mt_clock_monotonic();
        loop->polled_turn = turns;
    }
    return rc;
}

/* The clock stands for a moment: nothing of the market is due, so commands may come one nanosecond after it. */
static int wait_for_clock(struct mt_loop *loop, int64_t reached_ns, struct mt_diag *diag)
{
    loop->command_ns = reached_ns + 1;
    return loop->poll ? loop->poll(loop, PACE_WAIT_MS, diag) : 0;
}

/* What looks at the instant when nothing more of it is on its way. Until then it is open, also where what is on its way
 * only reaches the venue and nothing of it comes back within the instant. */
static int look_at_instant(struct mt_loop *loop, int64_t now_ns, struct mt_diag *diag)
{
    struct mt_session *session = loop->session;
    loop->open = !mt_sim_over(session->sim, now_ns);
    if (loop->open)
        return 0;
    int rc = mt_engine_due(session->engine, diag);
    loop->open = !mt_sim_over(session->sim, now_ns);
    return rc == 0 && !loop->open ? mt_engine_instant(session->engine, diag) : rc;
}

static int turn(struct mt_loop *loop, int64_t now_ns, struct mt_diag *diag)
{
    int rc = mt_engine_turn(loop->session->engine, now_ns, diag);
    return rc == 0 ? look_at_instant(loop, now_ns, diag) : rc;
}

static int run_market(struct mt_loop *loop, struct mt_diag *diag)
{
    struct mt_session *session = loop->session;
    struct mt_engine *engine = session->engine;
    const struct mt_strategy strategy = mt_script_strategy(session->script);
    const int64_t end = session->plan->end_ns;
    uint64_t turns = 0;
    loop->command_ns = mt_engine_now(engine);
    int rc = 0;
    if (mt_engine_position(engine) > 0)         /* resumed: the last instant of before may have been complete */
        rc = look_at_instant(loop, loop->command_ns, diag);
    if (rc == 0)
        rc = between_turns(loop, turns, diag);
    while (rc == 0 && !loop->stop) {
        int64_t now, wake = mt_engine_wake_ns(engine), until = min64(wake, end);
        if (loop->speed > 0)
            until = min64(until, paced(loop));
        if (until < loop->command_ns || loop->open)
            until = loop->command_ns;
        rc = mt_sim_next(session->sim, until, &now, diag);
        loop->market_failed = rc < 0;
        if (rc >= 0 && rc != 1 && loop->open) {     /* the venue has received all, and answers later */
            int looked = look_at_instant(loop, loop->command_ns, diag);
            if (looked != 0 || rc == 2) {
                rc = looked;
                continue;
            }
        }
        if (rc < 0 || rc == 0)
            return rc;
        if (rc == 2 && now < wake) {
            if (now >= end)
                return 0;
            rc = wait_for_clock(loop, now, diag);
            continue;
        }
        rc = turn(loop, now, diag);
        loop->command_ns = now;
        if (++turns % IDLE_TURNS == 0)
            strategy.ops->idle(strategy.self);
        if (rc == 0 && (turns >= loop->look_turn || mt_engine_turns(engine) + 1 == loop->operate_turn))
            rc = between_turns(loop, turns, diag);
    }
    return rc;
}

static bool anything_killed(const struct mt_risk *risk)
{
    struct mt_risk_scope_view scope = { .state = MT_ACTIVE };
    for (size_t i = 0; i < mt_risk_scope_count(risk) && scope.state != MT_KILLED; i++)
        mt_risk_scope(risk, (uint16_t)i, &scope);
    return scope.state == MT_KILLED;
}

/* The venue needs time to answer what a stop cancels or closes; what was killed has as much of it as it needs. */
static int stop_in_order(struct mt_loop *loop, struct mt_diag *diag)
{
    struct mt_session *session = loop->session;
    struct mt_engine *engine = session->engine;
    const char *why = loop->reason == MT_END_DONE ? "end" : "stop";
    /* Not command_ns: where a clock stood when the time was over is no part of the run. */
    int64_t now = mt_engine_now(engine);
    int rc = mt_engine_stop(engine, now, why, diag);
    bool endless = now > INT64_MAX - stop_market_ns || anything_killed(mt_engine_risk(engine));
    int64_t limit = endless ? INT64_MAX : now + stop_market_ns;
    for (int turns = 0; rc == 0 && turns < STOP_TURNS && !mt_engine_idle(engine); turns++) {
        int64_t until = min64(mt_engine_wake_ns(engine), limit);
        rc = mt_sim_next(session->sim, until < now ? now : until, &now, diag);
        if (rc < 0)
            return rc;
        if (rc == 0 || (rc == 2 && now >= limit))
            break;
        rc = turn(loop, now, diag);
    }
    if (rc < 0)
        return rc;
    int exit_code = loop->exit_code ? loop->exit_code(loop) : 0;
    return mt_engine_end(engine, mt_engine_now(engine), (int)loop->reason, exit_code, diag);
}

int mt_loop_run(struct mt_loop *loop, struct mt_diag *diag)
{
    loop->reason = MT_END_DONE;
    int rc = run_market(loop, diag);
    if (rc < 0)
        return rc;
    if (loop->stop)
        loop->reason = MT_END_STOPPED;
    return stop_in_order(loop, diag);
}

int mt_loop_exit(const struct mt_loop *loop, int rc)
{
    if (rc != 0 && loop->market_failed)
        return MT_EXIT_FAILED;
    return rc == MT_EIO || rc == MT_EFULL ? MT_EXIT_JOURNAL : mt_exit_of(rc);
}
