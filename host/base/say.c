/* Lines for people. */
#include "base/say.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/buf.h"

void mt_say(FILE *out, const char *format, ...)
{
    struct mt_buf line;
    char *text;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    mt_buf_init(&line, SIZE_MAX / 2);
    if (length >= 0) {
        mt_text_escape(&line, text, (size_t)length, "");
        free(text);
    }
    fprintf(out, "%s\n", length < 0 || line.failed ? "(no memory for a line)" : mt_buf_text(&line));
    mt_buf_fini(&line);
}
