/* open_positions: which positions are open, whether anything still protects them, and what that is in words: for the
 * answers to an operator, for status, and for the last line of a run that was killed. */
#ifndef MT_REPORT_OPEN_POSITIONS_H
#define MT_REPORT_OPEN_POSITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/engine.h"
#include "report/names.h"

/* Of one kind: how many, and the first of them, "sim BTCUSDT 0.001". */
struct mt_open_kind { size_t count; char first[192]; };

struct mt_open_positions {
    size_t open;
    struct mt_open_kind unprotected;    /* killed, or halted without a stop at the venue: the three below */
    struct mt_open_kind killed;         /* killed, and no flatten is under way */
    struct mt_open_kind flattened;      /* killed, and flatten is closing it */
    struct mt_open_kind halted;         /* halted, without a stop at the venue */
    enum mt_trading_state worst;        /* of all that was looked at, positions or not */
};

/* account, symbol -1: all. */
void mt_open_positions(const struct mt_engine *engine, const struct mt_names *names, int account, int symbol,
                       struct mt_open_positions *out);
/* Is the position, if there is one, without any exit that may still go? */
bool mt_open_unprotected(const struct mt_engine *engine, uint16_t account, uint16_t symbol);
/* What must be said of them: which are without protection, and how to close them. "" when there is nothing to say. */
void mt_open_tell(const struct mt_open_positions *positions, char *out, size_t size);
/* The same when the run ends and leaves them: nothing can be done here any more. */
void mt_open_tell_left(const struct mt_open_positions *positions, char *out, size_t size);

#endif
