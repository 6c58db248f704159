/* view: the exact state projected into the doubles that scripts see. Nothing is read back from here. */
#ifndef MT_CORE_VIEW_H
#define MT_CORE_VIEW_H

#include "core/seat.h"

void mt_views_init(struct mt_seat *s);
void mt_views_refresh(struct mt_seat *s);               /* trading states and stances, where they have changed */
void mt_view_market_event(struct mt_seat *s, const struct mt_event *event);
void mt_view_position(struct mt_seat *s, uint16_t symbol);
void mt_view_now(struct mt_seat *s);
void mt_view_timer(struct mt_seat *s, int64_t due_ns, int64_t fired_ns);
void mt_view_fill(struct mt_seat *s, const struct mt_order *order, const struct mt_rec_venue_event *r);
void mt_view_order(struct mt_seat *s, const struct mt_order *order);
void mt_view_marked(struct mt_seat *s, uint16_t symbol);
void mt_view_why(struct mt_seat *s, uint16_t symbol);

#endif
