/* report_act: a report becomes a record, is folded, the desk acts on it, and the seat is told. */
#ifndef MT_CORE_REPORT_ACT_H
#define MT_CORE_REPORT_ACT_H

#include "core/house.h"

/* What an order was before its report, and whether fills have given way to what the report tells. */
struct mt_report_before { uint8_t state, op; bool exchanged; };
struct mt_report_before mt_report_before(const struct mt_order *order);       /* order: NULL where nobody knows it */
/* The record of a report, with what its fill or bust realises now. */
void mt_report_record(struct mt_engine *e, const struct mt_event *event, const struct mt_order *order,
                   struct mt_rec_venue_event *r);
/* Journal a report and let everybody act on it. */
void mt_report_act(struct mt_engine *e, const struct mt_event *event, const struct mt_order *order,
                        struct mt_report_before before);

#endif
