/* say: a line for people. */
#ifndef MT_BASE_SAY_H
#define MT_BASE_SAY_H

#include <stdio.h>

/* One line, of any length, with its end: what stands in it was partly written by strangers (tags, reasons, paths), so
 * control characters are escaped (mt_text_escape). */
void mt_say(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
