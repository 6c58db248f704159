/* Any bytes as a number: what is accepted must be written and read back as the same number, by every reader that can hold
 * it, and none may read beyond its length (the sanitizers watch). The first byte chooses the scale. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/dec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_units(const char *text, size_t length, int scale)
{
    int64_t value = 0, back = 0;
    char written[MT_DEC_TEXT];
    if (mt_dec_parse(text, length, scale, &value) != 0)
        return;
    size_t size = mt_dec_format(written, value, scale);
    MT_ASSERT(size < sizeof written);
    MT_ASSERT(mt_dec_parse(written, size, scale, &back) == 0);
    MT_ASSERT(back == value);
    size = mt_dec_format_short(written, value, scale);
    MT_ASSERT(mt_dec_parse(written, size, scale, &back) == 0);
    MT_ASSERT(back == value);
    MT_ASSERT(mt_dec_decimals(text, length) <= scale);
    MT_ASSERT(mt_dec_decimals(text, length) == mt_dec_decimals(written, size));
    /* Through Lua and back, as long as a double can hold it. */
    if (value >= -(INT64_C(1) << 50) && value <= INT64_C(1) << 50) {
        MT_ASSERT(mt_dec_from_double(mt_dec_to_double(value, scale), scale, 1, &back) == 0);
        MT_ASSERT(back == value);
    }
}

static void check_money(const char *text, size_t length)
{
    mt_money value = 0, back = 0;
    char written[MT_DEC_TEXT];
    if (mt_money_parse(text, length, &value) != 0)
        return;
    size_t size = mt_money_format(written, value);
    MT_ASSERT(size < sizeof written);
    MT_ASSERT(mt_money_parse(written, size, &back) == 0);
    MT_ASSERT(back == value);
}

static void check_double(const char *text, size_t length)
{
    double value = 0, back = 0;
    char written[MT_DEC_TEXT];
    if (mt_double_parse(text, length, &value) != 0)
        return;
    MT_ASSERT(mt_dec_decimals(text, length) >= 0);
    size_t size = mt_double_format(written, value);
    MT_ASSERT(mt_double_parse(written, size, &back) == 0);
    MT_ASSERT(memcmp(&back, &value, sizeof value) == 0);
}

static void check_time(const char *text, size_t length)
{
    int64_t value = 0, back = 0;
    char written[MT_TIME_TEXT];
    if (mt_duration_parse(text, length, &value) == 0)
        MT_ASSERT(value > 0);
    if (mt_time_parse(text, length, &value) != 0)
        return;
    size_t size = mt_time_format(written, value);
    MT_ASSERT(mt_time_parse(written, size, &back) == 0);
    MT_ASSERT(back == value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const char *text = (const char *)data + 1;
    check_units(text, size - 1, data[0] % (MT_SCALE_MAX + 1));
    check_money(text, size - 1);
    check_double(text, size - 1);
    check_time(text, size - 1);
    return 0;
}
