/* Instruments and fixed rates of the configuration. */
#include "app/config_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Add ",name=text" when there is a text. */
static void add_word(char *out, size_t size, const char *name, const char *text)
{
    size_t length = strlen(out);
    if (text[0])
        snprintf(out + length, size - length, "%s%s=%s", length > 0 ? "," : "", name, text);
}

static int build_instrument(const struct mt_config_reader *reader, const struct mt_conf *node,
                            const struct mt_config_instrument *said, struct mt_instrument *out)
{
    const char *symbol = node->key;
    bool known = mt_instrument_builtin(said->like[0] ? said->like : symbol, out) == 0;
    if (said->like[0] && !known)
        return mt_config_fail(reader, node, "instruments", "like = '%s' is no built-in instrument", said->like);
    if (!known && (!said->tick[0] || !said->step[0] || !said->quote[0]))
        return mt_config_fail(reader, node, "instruments",
                              "needs tick, step and quote (or like = a built-in instrument)");
    if (strchr(said->quote, ',') || strchr(said->base, ','))
        return mt_config_fail(reader, node, "instruments", "a currency has a comma in its name");
    if (!known)
        mt_instrument_infer(symbol, 0, said->quote, out);
    memset(out->symbol, 0, sizeof out->symbol);
    snprintf(out->symbol, sizeof out->symbol, "%s", symbol);
    char text[512] = "";
    add_word(text, sizeof text, "tick", said->tick);
    add_word(text, sizeof text, "step", said->step);
    add_word(text, sizeof text, "size", known || said->size[0] ? said->size : "1");
    add_word(text, sizeof text, "min", said->min);
    add_word(text, sizeof text, "max", said->max);
    add_word(text, sizeof text, "quote", said->quote);
    add_word(text, sizeof text, "base", said->base);
    struct mt_diag why = { 0 };
    if (text[0] && mt_instrument_parse(text, out, &why) != 0)
        return mt_config_fail(reader, node, "instruments", "%s", why.text);
    if (said->notional_min > 0)
        out->notional_min = said->notional_min;
    out->negative = said->negative;
    if (mt_instrument_check(out, &why) != 0)
        return mt_config_fail(reader, node, "instruments", "%s", why.text);
    return 0;
}

int mt_config_read_instruments(const struct mt_config_reader *reader, const struct mt_conf *node)
{
    struct mt_config *config = reader->config;
    int rc = mt_config_table(reader, node, "");
    if (rc != 0)
        return rc;
    size_t count = 0;
    for (const struct mt_conf *child = node->child; child; child = child->next)
        count++;
    if (count > MT_INSTRUMENTS_MAX)
        return mt_config_fail(reader, node, "", "more than %d instruments", MT_INSTRUMENTS_MAX);
    config->instruments = calloc(count + 1, sizeof *config->instruments);
    if (!config->instruments)
        return mt_fail(reader->diag, MT_ENOMEM, "%s: no memory", reader->file);
    for (const struct mt_conf *child = node->child; rc == 0 && child; child = child->next) {
        struct mt_config_instrument said = { 0 };
        if (child->key[0] == '[' || strlen(child->key) >= MT_SYMBOL_MAX)
            return mt_config_fail(reader, child, "instruments", "must be SYMBOL = { … }");
        rc = mt_config_read(reader, mt_config_instrument_options, child, "instruments", &said);
        if (rc == 0)
            rc = build_instrument(reader, child, &said, &config->instruments[config->instrument_count]);
        if (rc == 0)
            config->instrument_count++;
    }
    return rc;
}

/* "EURUSD" or "BTC/USDT". */
static bool split_pair(const char *pair, struct mt_config_rate *out)
{
    const char *slash = strchr(pair, '/');
    size_t base = slash ? (size_t)(slash - pair) : 3, quote_at = slash ? base + 1 : 3;
    if (!slash && strlen(pair) != 6)
        return false;
    const char *quote = pair + quote_at;
    if (base == 0 || base >= sizeof out->base || !quote[0] || strlen(quote) >= sizeof out->quote || strchr(quote, '/'))
        return false;
    memcpy(out->base, pair, base);
    memcpy(out->quote, quote, strlen(quote));
    return strcmp(out->base, out->quote) != 0;
}

int mt_config_read_rates(const struct mt_config_reader *reader, const struct mt_conf *node)
{
    enum { RATES_MAX = sizeof reader->config->rates / sizeof reader->config->rates[0] };
    struct mt_config *config = reader->config;
    int rc = mt_config_table(reader, node, "");
    if (rc != 0)
        return rc;
    for (const struct mt_conf *child = node->child; child; child = child->next) {
        struct mt_config_rate rate = { .rate = 0 };
        char text[MT_CONFIG_DECIMAL_TEXT];
        if (config->rate_count == RATES_MAX)
            return mt_config_fail(reader, child, "rates", "more than %d rates", (int)RATES_MAX);
        if (!split_pair(child->key, &rate))
            return mt_config_fail(reader, child, "rates", "is no pair of currencies like EURUSD or [\"BTC/USDT\"]");
        for (size_t i = 0; i < config->rate_count; i++)
            if (strcmp(config->rates[i].base, rate.base) == 0 && strcmp(config->rates[i].quote, rate.quote) == 0)
                return mt_config_fail(reader, child, "rates", "the pair is given twice");
        rc = mt_config_decimal(reader, child, "rates", text, sizeof text);
        if (rc != 0)
            return rc;
        if (mt_dec_parse(text, strlen(text), MT_MONEY_SCALE, &rate.rate) != 0 || rate.rate <= 0)
            return mt_config_fail(reader, child, "rates", "%s must be above 0 with at most 8 decimals", text);
        config->rates[config->rate_count++] = rate;
    }
    return 0;
}
