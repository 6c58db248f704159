#include "app/speed.h"

#include <string.h>

#include "base/buf.h"

int mt_speed_parse(const char *text, double *speed, struct mt_diag *diag)
{
    *speed = 0;
    if (strcmp(text, "max") == 0)
        return 0;
    if (mt_double_parse(text, strlen(text), speed) != 0 || !(*speed >= 0.001) || *speed > 1e6)
        return mt_fail(diag, MT_EUSAGE,
                       "--speed: '%s': expected max, or how many times faster than the clock (0.001 to 1000000)", text);
    return 0;
}
