/* port: the small leaf functions that scripts call besides requests: rounding, skips, marks, calendar. */
#ifndef MT_CORE_PORT_H
#define MT_CORE_PORT_H

#include "core/seat.h"

void mt_port_install(struct mt_seat *s);

#endif
