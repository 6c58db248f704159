/* reports: what a venue says about orders: sense or nonsense, heard before or new, cumulative or fill by fill. */
#ifndef MT_CORE_REPORTS_H
#define MT_CORE_REPORTS_H

#include "core/house.h"

void mt_report(struct mt_engine *e, const struct mt_event *event);

#endif
