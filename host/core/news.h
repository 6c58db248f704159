/* news: what scripts are told of orders and fills, after the host has acted on it. News of a turn waits in a list, so
 * that on_order hears of the state at that moment. */
#ifndef MT_CORE_NEWS_H
#define MT_CORE_NEWS_H

#include "core/seat.h"

void mt_news_tell(struct mt_seat *s);                   /* what waits */
void mt_news_fill(struct mt_seat *s, const struct mt_order *order, const struct mt_rec_venue_event *r, unsigned from);
/* Recovery: the same news, from the record. */
void mt_news_again(struct mt_seat *s, const struct mt_order *order, const struct mt_rec_venue_event *r);

#endif
