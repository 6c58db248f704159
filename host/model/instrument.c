#include "model/instrument.h"
#include <string.h>

static bool text_is(const char *text, size_t size, const char *extra)
{
    size_t length = strnlen(text, size);
    if (length == 0 || length == size)
        return false;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!plain && !strchr(extra, c))
            return false;
    }
    return true;
}

static int wrong(struct mt_diag *diag, const struct mt_instrument *instrument, const char *what)
{
    return mt_fail(diag, MT_ERANGE, "instrument %.*s: %s", MT_SYMBOL_MAX - 1, instrument->symbol,
                   what);
}

static int check_names(const struct mt_instrument *instrument, struct mt_diag *diag)
{
    if (!text_is(instrument->symbol, MT_SYMBOL_MAX, "._/-"))
        return wrong(diag, instrument,
                     "symbol must be 1 to 31 of the characters A-Z a-z 0-9 . _ / -");
    if (!text_is(instrument->quote, MT_CURRENCY_MAX, ""))
        return wrong(diag, instrument, "quote must be 1 to 15 letters or digits");
    if (instrument->base[0] != '\0' && !text_is(instrument->base, MT_CURRENCY_MAX, ""))
        return wrong(diag, instrument, "base must be empty or 1 to 15 letters or digits");
    return 0;
}

static bool scale_is(int32_t scale)
{
    return scale >= 0 && scale <= MT_SCALE_MAX;
}

int mt_instrument_check(const struct mt_instrument *instrument, struct mt_diag *diag)
{
    int err = check_names(instrument, diag);
    if (err != 0)
        return err;
    if (!scale_is(instrument->price_scale))
        return wrong(diag, instrument, "price_scale must be 0 to 18");
    if (!scale_is(instrument->qty_scale))
        return wrong(diag, instrument, "qty_scale must be 0 to 18");
    if (!scale_is(instrument->contract_scale))
        return wrong(diag, instrument, "contract_scale must be 0 to 18");
    if (instrument->tick <= 0)
        return wrong(diag, instrument, "tick must be above 0");
    if (instrument->step <= 0)
        return wrong(diag, instrument, "step must be above 0");
    if (instrument->qty_min < instrument->step || instrument->qty_min % instrument->step != 0)
        return wrong(diag, instrument, "min must be a whole number of steps");
    if (instrument->qty_max != 0 && instrument->qty_max < instrument->qty_min)
        return wrong(diag, instrument, "max must be 0 or at least min");
    if (instrument->contract_size <= 0)
        return wrong(diag, instrument, "size (of the contract) must be above 0");
    if (instrument->stop_level < 0)
        return wrong(diag, instrument, "stop_level must not be negative");
    if (instrument->notional_min < 0)
        return wrong(diag, instrument, "notional_min must not be negative");
    if (instrument->default_qty < instrument->qty_min ||
        instrument->default_qty % instrument->step != 0)
        return wrong(diag, instrument,
                     "default_qty must be a whole number of steps and at least min");
    if (instrument->qty_max != 0 && instrument->default_qty > instrument->qty_max)
        return wrong(diag, instrument, "default_qty must not exceed max");
    return 0;
}

int mt_instrument_money(const struct mt_instrument *instrument, mt_i128 cost, enum mt_round round,
                        mt_money *out)
{
    int excess = instrument->price_scale + instrument->qty_scale + instrument->contract_scale -
        MT_MONEY_SCALE;
    if (excess <= 0)
        return mt_mul128(cost, instrument->contract_size * mt_pow10_wide(-excess), out);
    /* The product of ordinary numbers fits; this runs for every mark of a position. */
    mt_i128 part;
    if (excess <= 38 && !__builtin_mul_overflow(cost, (mt_i128)instrument->contract_size, &part))
        return mt_div128(part, mt_pow10_wide(excess), round, out);
    if (excess <= 38)
        return mt_muldiv128(cost, instrument->contract_size, mt_pow10_wide(excess), round, out);
    /* 10^excess has more than 128 bits. Rounding twice in one direction is rounding once. */
    int err = mt_muldiv128(cost, instrument->contract_size, mt_pow10_wide(38), round, &part);
    if (err != 0)
        return err;
    return mt_div128(part, mt_pow10_wide(excess - 38), round, out);
}

int mt_instrument_notional(const struct mt_instrument *instrument, int64_t qty, int64_t price,
                           enum mt_round round, mt_money *out)
{
    return mt_instrument_money(instrument, (mt_i128)qty * price, round, out);
}

/* Layout of the image: texts at 0, 32, 48; 32-bit numbers from 64; 64-bit numbers from 80; money in
 * two halves, low first; one byte at 152, 1 where prices may be negative; zero from there on. */
enum { AT_QUOTE = 32, AT_BASE = 48, AT_INT32 = 64, AT_INT64 = 80, AT_MONEY = 136, AT_NEGATIVE = 152 };

static void put(unsigned char *at, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        at[i] = (unsigned char)(value >> (8 * i));
}

static uint64_t get(const unsigned char *at, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

static void put_text(unsigned char *at, const char *text, size_t size)
{
    memcpy(at, text, strnlen(text, size - 1));
}

void mt_instrument_encode(const struct mt_instrument *instrument,
                          unsigned char out[MT_INSTRUMENT_BYTES])
{
    const int32_t small[4] = {instrument->price_scale, instrument->qty_scale,
                              instrument->contract_scale, instrument->inferred};
    const int64_t large[7] = {instrument->tick,          instrument->step,
                              instrument->qty_min,       instrument->qty_max,
                              instrument->contract_size, instrument->stop_level,
                              instrument->default_qty};
    memset(out, 0, MT_INSTRUMENT_BYTES);
    put_text(out, instrument->symbol, MT_SYMBOL_MAX);
    put_text(out + AT_QUOTE, instrument->quote, MT_CURRENCY_MAX);
    put_text(out + AT_BASE, instrument->base, MT_CURRENCY_MAX);
    for (int i = 0; i < 4; i++)
        put(out + AT_INT32 + 4 * i, (uint32_t)small[i], 4);
    for (int i = 0; i < 7; i++)
        put(out + AT_INT64 + 8 * i, (uint64_t)large[i], 8);
    unsigned __int128 money = (unsigned __int128)instrument->notional_min;
    put(out + AT_MONEY, (uint64_t)money, 8);
    put(out + AT_MONEY + 8, (uint64_t)(money >> 64), 8);
    out[AT_NEGATIVE] = instrument->negative;
}

int mt_instrument_decode(const unsigned char in[MT_INSTRUMENT_BYTES], struct mt_instrument *out)
{
    struct mt_instrument read;
    memset(&read, 0, sizeof read);
    memcpy(read.symbol, in, MT_SYMBOL_MAX);
    memcpy(read.quote, in + AT_QUOTE, MT_CURRENCY_MAX);
    memcpy(read.base, in + AT_BASE, MT_CURRENCY_MAX);
    int32_t inferred = 0;
    int32_t *const small[4] = {&read.price_scale, &read.qty_scale, &read.contract_scale, &inferred};
    int64_t *const large[7] = {&read.tick,       &read.step,          &read.qty_min,
                               &read.qty_max,    &read.contract_size, &read.stop_level,
                               &read.default_qty};
    for (int i = 0; i < 4; i++)
        *small[i] = (int32_t)get(in + AT_INT32 + 4 * i, 4);
    for (int i = 0; i < 7; i++)
        *large[i] = (int64_t)get(in + AT_INT64 + 8 * i, 8);
    read.notional_min =
        (mt_money)((unsigned __int128)get(in + AT_MONEY + 8, 8) << 64 | get(in + AT_MONEY, 8));
    read.inferred = inferred != 0;
    read.negative = in[AT_NEGATIVE] != 0;
    if (mt_instrument_check(&read, NULL) != 0)
        return MT_ECORRUPT;
    /* One instrument has one image: what encodes to other bytes was not written by us. */
    unsigned char again[MT_INSTRUMENT_BYTES];
    mt_instrument_encode(&read, again);
    if (memcmp(in, again, sizeof again) != 0)
        return MT_ECORRUPT;
    *out = read;
    return 0;
}
