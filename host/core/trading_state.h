/* trading_state: scopes that may not trade any more, or again: by a limit, by an operator, by a venue whose books
 * differ. */
#ifndef MT_CORE_TRADING_STATE_H
#define MT_CORE_TRADING_STATE_H

#include "core/desk.h"

void mt_trading_state_set(struct mt_desk *d, uint16_t scope, enum mt_trading_state state);      /* not by a limit */
void mt_trading_state_breaches(struct mt_desk *d);      /* P&L limits on facts: states that must change */
/* An overfill means that somebody's books are wrong: the account stops (note 6). */
void mt_trading_state_overfilled(struct mt_desk *d, uint16_t account);

#endif
