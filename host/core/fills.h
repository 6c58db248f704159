/* fills: what takes the place of what. A true fill is exchanged for the synthetic ones that stood for it (note 8), and
 * a corrected fill for its former self (2.6). All records of an exchange are of one turn. */
#ifndef MT_CORE_FILLS_H
#define MT_CORE_FILLS_H

#include "core/house.h"

/* Of a report that is a fill or a correction, before its record. What a true fill was told of before gives way to it;
 * answers whether anything did. */
bool mt_fills_replace(struct mt_engine *e, const struct mt_event *event, const struct mt_order *order);
/* True when that fill was heard already, or is dead on arrival: then all is done. */
bool mt_fills_heard(struct mt_engine *e, const struct mt_event *event, const struct mt_order *order);
void mt_fills_correct(struct mt_engine *e, const struct mt_event *event, const struct mt_order *order);

#endif
