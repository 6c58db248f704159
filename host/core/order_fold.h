/* order_fold: what the records of an order do to it, without ledger, risk and plans. The books (books_orders.c) and the
 * look-ups (report/history.c) fold by the same functions, so that a table cannot tell an order otherwise than the host
 * that trades it. Fills and busts need the fills that came before: their callers book them and then call _after. */
#ifndef MT_CORE_ORDER_FOLD_H
#define MT_CORE_ORDER_FOLD_H

#include "core/journal.h"
#include "core/records.h"
#include "model/order.h"

/* The order that an INTENT makes: CREATED -> READY, or DENIED. `order` is zero but for its coid. */
void mt_order_fold_intent(struct mt_order *order, const struct mt_record *record);
/* The turn that made it has ended: READY -> SENT; in any other state nothing. */
void mt_order_fold_flushed(struct mt_order *order);
/* MT_ECORRUPT, here and below: it cannot be in this state; nothing was changed. */
int mt_order_fold_sent(struct mt_order *order, const struct mt_record *record) MT_CHECKED;
int mt_order_fold_op(struct mt_order *order, const struct mt_record *record) MT_CHECKED;
/* What a replace asks for: the order's terms with the quantity, prices and flags of the record. */
struct mt_terms mt_order_fold_wished(const struct mt_terms *terms, const struct mt_rec_op *r);

/* A VENUE_EVENT is a fill or a bust: the caller's business. */
bool mt_order_fold_is_fill(const struct mt_rec_venue_event *r);
bool mt_order_fold_is_bust(const struct mt_rec_venue_event *r);
/* All others: acks with the terms that they tell, ends, answers to operations. */
int mt_order_fold_report(struct mt_order *order, const struct mt_rec_venue_event *r, struct mt_order_change *change)
    MT_CHECKED;
/* An exit that lies at the venue with its entry: that has filled, and its levels count from the fill. */
void mt_order_fold_levels(struct mt_order *order, const struct mt_position *position,
                          const struct mt_instrument *instrument);
/* A fill of a stop that the venue's trail had moved. */
void mt_order_fold_trailed(struct mt_order *order, const struct mt_rec_venue_event *r);
/* Behind every VENUE_EVENT, fills too: ids, codes, times. `change`: what the event did. */
void mt_order_fold_after(struct mt_order *order, const struct mt_record *record, const struct mt_order_change *change);
/* A new RUN_START: an order that was open. Whether it was sent, and what the venue said last, is in doubt unless the
 * venue was led there again. */
void mt_order_fold_restart(struct mt_order *order, const struct mt_rec_run_start *start, int64_t time_ns);

#endif
