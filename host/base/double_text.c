/* Doubles as text, whatever locale the process runs in: only strtod_l with the C locale is used, and what printf writes
 * is brought back to a point. */
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/dec_text.h"

static locale_t c_locale;
static pthread_once_t c_locale_once = PTHREAD_ONCE_INIT;

static void c_locale_load(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    MT_ASSERT(c_locale != (locale_t)0);
}

static double read_back(const char *text)
{
    pthread_once(&c_locale_once, c_locale_load);
    return strtod_l(text, NULL, c_locale);
}

/* The decimal point of a locale may be a comma or several bytes. */
static size_t point_restore(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        if (strchr("0123456789+-e", *from))
            *to++ = *from;
        else if (to == text || to[-1] != '.')
            *to++ = '.';
    }
    *to = '\0';
    return (size_t)(to - text);
}

static size_t word_write(char *buf, const char *word)
{
    size_t length = strlen(word);
    memcpy(buf, word, length + 1);
    return length;
}

size_t mt_double_format(char *buf, double value)
{
    if (isnan(value))
        return word_write(buf, "nan");
    if (isinf(value))
        return word_write(buf, value < 0 ? "-inf" : "inf");
    if (fabs(value) < 1e15 && value == (double)(int64_t)value && !(value == 0 && signbit(value)))
        return mt_dec_format(buf, (int64_t)value, 0);
    /* Every decimal of 15 digits survives the way through a normal double, so 15 is the first length that can be the
     * shortest after zeros were dropped; below the normal range fewer digits can do. */
    size_t length = 0;
    for (int digits = fabs(value) < 0x1p-1022 ? 1 : 15; digits <= 17; digits++) {
        snprintf(buf, MT_DEC_TEXT, "%.*g", digits, value);
        length = point_restore(buf);
        if (read_back(buf) == value)
            break;
    }
    return length;
}

/* A mantissa below 2^53 times or divided by an exact power of ten is rounded once, hence correctly. */
static bool parse_fast(const struct mt_dec_text *number, double *out)
{
    static const double powers[] = {
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    };
    if (number->too_long || number->mantissa >= (UINT64_C(1) << 53))
        return false;
    if (number->exponent < -22 || number->exponent > 22)
        return false;
    double value = (double)(uint64_t)number->mantissa;
    if (number->exponent < 0)
        value /= powers[-number->exponent];
    else
        value *= powers[number->exponent];
    *out = number->negative ? -value : value;
    return true;
}

int mt_double_parse(const char *text, size_t length, double *out)
{
    struct mt_dec_text number;
    int err = mt_dec_text_read(text, length, &number);
    if (err != 0)
        return err;
    if (parse_fast(&number, out))
        return 0;
    char copy[1024];
    if (length >= sizeof copy)
        return MT_ERANGE;
    memcpy(copy, text, length);
    copy[length] = '\0';
    double value = read_back(copy);
    /* A number that is not zero must not become zero, nor infinite. */
    if (!isfinite(value) || value == 0)
        return MT_ERANGE;
    *out = value;
    return 0;
}
