/* plan: the exits of one account's leg, owned by the host: a stop, one or several takes, a trailing stop, a time
 * stop. The stop and the takes lie at the venue as reduce-only orders; what they should be is computed from the plan,
 * the position and its average entry, and the venue's orders are led there. Trail and time are watched here. */
#ifndef MT_CORE_PLAN_H
#define MT_CORE_PLAN_H

#include "core/oms.h"

void mt_plan_set(struct mt_desk *d, uint16_t account, uint16_t symbol, const struct mt_exit *exit, bool armed);
/* Why the leg is to be closed now (enum mt_role), or MT_PLAN_STAYS. advance: orders at the venue follow the plan;
 * market: after a market event, or by the clock (event NULL). */
enum { MT_PLAN_STAYS = -1 };
int mt_plan_advance(struct mt_desk *d, uint16_t account, uint16_t symbol);
int mt_plan_market(struct mt_desk *d, uint16_t account, uint16_t symbol, const struct mt_event *event);
void mt_plan_withdraw(struct mt_desk *d, uint16_t account, uint16_t symbol);    /* cancel its orders */
void mt_plan_hold_back(struct mt_desk *d, uint16_t account, uint16_t symbol);   /* of its takes what has not left yet */
/* Does it need the market: a trail, a time? */
bool mt_plan_follows(const struct mt_desk *d, uint16_t account, uint16_t symbol);
/* The best price so far; mt_plan_market does it too. */
void mt_plan_follow(struct mt_desk *d, uint16_t account, uint16_t symbol, const struct mt_event *event);
/* What each take of such a plan would still take of what was entered; before that, of a quantity that stands for it. */
void mt_plan_takes(const struct mt_desk *d, uint16_t account, uint16_t symbol, const struct mt_exit *exit,
                   int64_t out[MT_TAKES_MAX]);
/* Of an open position with a plan: is there an exit that it should have and that has no order? */
bool mt_plan_lacks(struct mt_desk *d, uint16_t account, uint16_t symbol);
int64_t mt_plan_wake_ns(const struct mt_desk *d);

#endif
