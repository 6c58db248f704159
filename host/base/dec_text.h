/* dec_text: the one reader of decimal numbers in text, shared by the exact and the double parser. */
#ifndef MT_BASE_DEC_TEXT_H
#define MT_BASE_DEC_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

/* In every locale. */
static inline bool mt_is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* (-1)^negative * mantissa * 10^exponent. The mantissa ends in no zero, or is 0 with exponent 0. */
struct mt_dec_text {
    unsigned __int128 mantissa;
    int64_t exponent;
    bool negative;
    bool too_long;          /* the mantissa needs more than 128 bits: mantissa is void (but not 0), exponent is right */
};

/* [+-]digits[.digits][e[+-]digits], the whole of text. 0 or MT_ESYNTAX. */
int mt_dec_text_read(const char *text, size_t length, struct mt_dec_text *out) MT_CHECKED;

#endif
