#include <stdio.h>
#include <string.h>
#include "base/err.h"

const char *mt_err_name(int err)
{
    static const char *const names[] = {
        "OK", "ESYNTAX", "ERANGE", "EINEXACT", "ENOMEM", "EIO", "ENOTFOUND", "EEXIST", "EDUP", "EOVERFILL",
        "ECORRUPT", "EREFUSED", "ESCRIPT", "EEND", "EDIFF", "EBUSY", "EFULL", "EUSAGE",
    };
    const int count = (int)(sizeof names / sizeof names[0]);
    return err <= 0 && err > -count ? names[-err] : "?";
}

/* C0, DEL and the two-byte UTF-8 form of C1 (0xC2 0x80..0x9F): a terminal obeys all three. */
static void controls_replace(char *text)
{
    unsigned char *at = (unsigned char *)text;
    for (; *at; at++) {
        if (*at < 0x20 || *at == 0x7f) {
            *at = '?';
        } else if (at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0) {
            at[0] = '?';
            at[1] = '?';
        }
    }
}

/* A cut in the middle of a UTF-8 character would make the whole line invalid for strict readers. */
static void partial_character_cut(char *text, size_t length)
{
    size_t tail = 0;
    while (tail < length && tail < 3 && ((unsigned char)text[length - 1 - tail] & 0xc0) == 0x80)
        tail++;
    if (tail == length)
        return;
    unsigned char lead = (unsigned char)text[length - 1 - tail];
    size_t needed = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
    if (needed > tail)
        text[length - 1 - tail] = '\0';
}

int mt_fail(struct mt_diag *diag, int code, const char *format, ...)
{
    if (!diag || diag->code != 0)
        return code;
    va_list args;
    va_start(args, format);
    int length = vsnprintf(diag->text, sizeof diag->text, format, args);
    va_end(args);
    if (length < 0)
        diag->text[0] = '\0';
    diag->code = code;
    if (length >= (int)sizeof diag->text)
        partial_character_cut(diag->text, strlen(diag->text));
    controls_replace(diag->text);
    return code;
}
