/* Where a specification comes from when no venue gives one: the built-in table, a person's text, or
 * a guess. */
#include "model/instrument.h"
#include <string.h>

enum { FX_CURRENCIES = 8, JPY = 7, FX_LOT = 100000 };

/* The market's order of precedence: the earlier currency is the base of the pair. */
static const char fx_currencies[FX_CURRENCIES][4] = {"EUR", "GBP", "AUD", "NZD",
                                                     "USD", "CAD", "CHF", "JPY"};

static int fx_rank(const char *text)
{
    for (int i = 0; i < FX_CURRENCIES; i++)
        if (memcmp(text, fx_currencies[i], 3) == 0)
            return i;
    return -1;
}

static bool fx_builtin(const char *name, struct mt_instrument *out)
{
    if (strlen(name) != 6)
        return false;
    int base = fx_rank(name);
    int quote = fx_rank(name + 3);
    if (base < 0 || quote <= base)
        return false;
    *out = (struct mt_instrument){
        .price_scale = quote == JPY ? 3 : 5, .qty_scale = 2,
        .tick = 1, .step = 1, .qty_min = 1, .default_qty = 1,
        .contract_size = FX_LOT,
    };
    memcpy(out->symbol, name, 6);
    memcpy(out->base, name, 3);
    memcpy(out->quote, name + 3, 3);
    return true;
}

int mt_instrument_builtin(const char *name, struct mt_instrument *out)
{
    if (fx_builtin(name, out))
        return 0;
    if (strcmp(name, "binance:BTCUSDT") != 0)
        return MT_ENOTFOUND;
    *out = (struct mt_instrument){
        .symbol = "BTCUSDT", .base = "BTC", .quote = "USDT",
        .price_scale = 8, .qty_scale = 8,
        .tick = 1000000, .step = 1000, .qty_min = 1000, .default_qty = 1000,
        .contract_size = 1,
        .notional_min = (mt_money)5 * 100000000,
    };
    return 0;
}

/* Too long a text leaves "", which mt_instrument_check refuses; half a name would be another
 * instrument. */
static void name_set(char *out, size_t size, const char *text, size_t length)
{
    memset(out, 0, size);
    if (length < size)
        memcpy(out, text, length);
}

void mt_instrument_infer(const char *symbol, int price_decimals, const char *quote,
                         struct mt_instrument *out)
{
    int decimals = price_decimals < 0 ? 0 : price_decimals;
    if (decimals > MT_SCALE_MAX)
        decimals = MT_SCALE_MAX;
    int scale = decimals > 8 ? decimals : 8;
    *out = (struct mt_instrument){
        .price_scale = scale, .qty_scale = 8,
        .tick = mt_pow10(scale - decimals), .step = 1, .qty_min = 1, .default_qty = mt_pow10(8),
        .contract_size = 1, .inferred = true,
    };
    name_set(out->symbol, sizeof out->symbol, symbol, strlen(symbol));
    name_set(out->quote, sizeof out->quote, quote, strlen(quote));
}

enum spec_key { KEY_TICK, KEY_STEP, KEY_SIZE, KEY_QUOTE, KEY_MIN, KEY_MAX, KEY_BASE, KEY_NEGATIVE, KEYS };
enum { SAYS_ALL = 1 << KEY_TICK | 1 << KEY_STEP | 1 << KEY_SIZE | 1 << KEY_QUOTE };
struct spec_word { const char *text; size_t length; };

static int key_find(const char *text, size_t length)
{
    static const char *const names[KEYS] = {"tick", "step", "size", "quote",
                                             "min",  "max",  "base", "negative"};
    for (int key = 0; key < KEYS; key++)
        if (strlen(names[key]) == length && memcmp(names[key], text, length) == 0)
            return key;
    return -1;
}

static int words_split(const char *text, struct spec_word words[KEYS], struct mt_diag *diag)
{
    const char *at = text;
    for (;;) {
        size_t length = strcspn(at, ",");
        const char *equals = memchr(at, '=', length);
        int key = equals ? key_find(at, (size_t)(equals - at)) : -1;
        if (key < 0)
            return mt_fail(diag, MT_ESYNTAX,
                           "instrument \"%s\": \"%.*s\" is not tick=, step=, size=, quote=, min=, "
                           "max=, base= or negative=",
                           text, (int)length, at);
        if (words[key].text)
            return mt_fail(diag, MT_ESYNTAX, "instrument \"%s\": \"%.*s\" is given twice", text,
                           (int)length, at);
        words[key] = (struct spec_word){equals + 1, length - (size_t)(equals + 1 - at)};
        if (at[length] == '\0')
            return 0;
        at += length + 1;
    }
}

/* Raise *scale to what the words need, at least 0, and bring the numbers that are counted in it
 * along. */
static int scale_raise(int32_t *scale, const struct spec_word *words, const enum spec_key *keys,
                       int key_count, int64_t *const *values, int value_count)
{
    int32_t wanted = *scale;
    for (int i = 0; i < key_count; i++) {
        const struct spec_word *word = &words[keys[i]];
        if (!word->text)
            continue;
        int decimals = mt_dec_decimals(word->text, word->length);
        if (decimals < 0)
            return decimals;
        if (decimals > wanted)
            wanted = decimals;
    }
    if (wanted > MT_SCALE_MAX)
        return MT_ERANGE;
    int64_t factor = mt_pow10(wanted - *scale);
    for (int i = 0; i < value_count; i++)
        if (__builtin_mul_overflow(*values[i], factor, values[i]))
            return MT_ERANGE;
    *scale = wanted;
    return 0;
}

static bool word_is(const struct spec_word *word, const char *text)
{
    return word->length == strlen(text) && memcmp(word->text, text, word->length) == 0;
}

static int negative_read(const struct spec_word *word, const char *text, bool *out, struct mt_diag *diag)
{
    if (!word->text)
        return 0;
    *out = word_is(word, "true");
    if (*out || word_is(word, "false"))
        return 0;
    return mt_fail(diag, MT_ESYNTAX, "instrument \"%s\": negative is true or false", text);
}

static int number_read(const struct spec_word *word, int scale, int64_t *out)
{
    return word->text ? mt_dec_parse(word->text, word->length, scale, out) : 0;
}

static int numbers_read(const struct spec_word words[KEYS], struct mt_instrument *out)
{
    static const enum spec_key price_keys[] = {KEY_TICK}, qty_keys[] = {KEY_STEP, KEY_MIN, KEY_MAX},
                          size_keys[] = {KEY_SIZE};
    int64_t *const prices[] = {&out->tick, &out->stop_level};
    int64_t *const quantities[] = {&out->step, &out->qty_min, &out->qty_max, &out->default_qty};
    int64_t *const sizes[] = {&out->contract_size};
    int err = scale_raise(&out->price_scale, words, price_keys, 1, prices, 2);
    if (err == 0)
        err = scale_raise(&out->qty_scale, words, qty_keys, 3, quantities, 4);
    if (err == 0)
        err = scale_raise(&out->contract_scale, words, size_keys, 1, sizes, 1);
    if (err == 0)
        err = number_read(&words[KEY_TICK], out->price_scale, &out->tick);
    if (err == 0)
        err = number_read(&words[KEY_STEP], out->qty_scale, &out->step);
    if (err == 0)
        err = number_read(&words[KEY_SIZE], out->contract_scale, &out->contract_size);
    if (err == 0)
        err = number_read(&words[KEY_MIN], out->qty_scale, &out->qty_min);
    if (err == 0)
        err = number_read(&words[KEY_MAX], out->qty_scale, &out->qty_max);
    return err;
}

int mt_instrument_parse(const char *text, struct mt_instrument *out, struct mt_diag *diag)
{
    struct spec_word words[KEYS] = {{NULL, 0}};
    struct mt_instrument read = *out;
    int err = words_split(text, words, diag);
    if (err != 0)
        return err;
    err = negative_read(&words[KEY_NEGATIVE], text, &read.negative, diag);
    if (err != 0)
        return err;
    err = numbers_read(words, &read);
    if (err != 0)
        return mt_fail(diag, err, "instrument \"%s\": a number is malformed or has too many digits",
                       text);
    if (words[KEY_QUOTE].text)
        name_set(read.quote, sizeof read.quote, words[KEY_QUOTE].text, words[KEY_QUOTE].length);
    if (words[KEY_BASE].text)
        name_set(read.base, sizeof read.base, words[KEY_BASE].text, words[KEY_BASE].length);
    if (!words[KEY_MIN].text && read.qty_min < read.step)
        read.qty_min = read.step;
    int said = 0;
    for (int key = 0; key < KEYS; key++)
        said |= words[key].text ? 1 << key : 0;
    read.inferred = read.inferred && (said & SAYS_ALL) != SAYS_ALL;
    if (!read.inferred || words[KEY_STEP].text || words[KEY_MIN].text)
        read.default_qty = read.qty_min;
    err = mt_instrument_check(&read, diag);
    if (err == 0)
        *out = read;
    return err;
}
