/* session_loop: drives a session: the market to the engine, event by event, as fast as possible or at the pace of a
 * clock, until the data end, the time is over, or somebody says stop. Everything that comes from outside (an
 * operator, a signal) happens between two turns and is journaled with the number of its turn, so that a replay can do
 * the same. */
#ifndef MT_APP_SESSION_LOOP_H
#define MT_APP_SESSION_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include "app/session.h"

enum mt_end_reason { MT_END_DONE, MT_END_STOPPED };
enum { MT_LOOP_POLL_TURNS = 4096 };

struct mt_loop {
    struct mt_session *session;
    double speed;               /* market time per wall time; 0: as fast as possible */
    void *ud;
    /* Between two turns, every MT_LOOP_POLL_TURNS, sooner where turns are slow, or while waiting for the clock, then
     * with wait_ms > 0. May call mt_loop_operator. Negative ends the loop with that code. NULL: never. */
    int (*poll)(struct mt_loop *loop, int wait_ms, struct mt_diag *diag);
    /* Before the turn of this number (engine turns begun + 1) `operate` is called: replay. UINT64_MAX: never. */
    uint64_t operate_turn;
    int (*operate)(struct mt_loop *loop, struct mt_diag *diag);

    int (*exit_code)(struct mt_loop *loop);     /* of an end in order, for RUN_END; NULL: 0 */

    int64_t command_ns;         /* what a command now is stamped with */
    bool stop;                  /* end in order */
    bool open;                  /* of the instant command_ns something is on its way that nobody has looked at */
    enum mt_end_reason reason;
    bool market_failed;         /* the error is of the data, not of journal or disk */
    int64_t polled_ns, looked_ns;               /* wall clock: of the last poll, of the last look at the clock */
    uint64_t polled_turn, look_turn, look_turns;        /* the next look is at look_turn, look_turns after the last */
    int64_t paced_market_ns, paced_wall_ns;     /* where the pace was taken up; 0: not yet */
};

/* Run until the end; then stop in order and write RUN_END. MT_EFULL, MT_EIO: the journal; others: of the source, the
 * observer, poll. */
int mt_loop_run(struct mt_loop *loop, struct mt_diag *diag) MT_CHECKED;
/* The exit code that fits what mt_loop_run returned. */
int mt_loop_exit(const struct mt_loop *loop, int rc);
/* An operator's command at command_ns. STOP sets `stop` as well. A refused PARAM is MT_EREFUSED. */
int mt_loop_operator(struct mt_loop *loop, enum mt_operator_command command, int account, int symbol, const char *who,
                     const char *text, struct mt_diag *diag) MT_CHECKED;

#endif
