/* speed: how much faster than the clock a run goes. */
#ifndef MT_APP_SPEED_H
#define MT_APP_SPEED_H

#include "base/err.h"

/* "max", or market time per wall time, 0.001 to 1000000. *speed: 0 for max. MT_EUSAGE. */
int mt_speed_parse(const char *text, double *speed, struct mt_diag *diag) MT_CHECKED;

#endif
