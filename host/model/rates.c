#include "model/rates.h"

#include <stdbool.h>
#include <string.h>

void mt_rates_init(struct mt_rates *rates)
{
    memset(rates, 0, sizeof *rates);
    for (int i = 0; i < MT_INSTRUMENTS_MAX; i++)
        rates->pair_of_symbol[i] = -1;
    for (int base = 0; base < MT_CURRENCIES_MAX; base++)
        for (int quote = 0; quote < MT_CURRENCIES_MAX; quote++)
            rates->first[base][quote] = -1;
}

int mt_rates_currency(struct mt_rates *rates, const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length >= MT_CURRENCY_MAX)
        return MT_ESYNTAX;
    for (int i = 0; i < rates->count; i++)
        if (strcmp(rates->names[i], name) == 0)
            return i;
    if (rates->count == MT_CURRENCIES_MAX)
        return MT_ENOMEM;
    memcpy(rates->names[rates->count], name, length + 1);
    return rates->count++;
}

/* Returns the index of the new pair. Fixed rates go to the front of their chain, so that a
 * configured rate wins. */
static int add_pair(struct mt_rates *rates, const char *base_name, const char *quote_name,
                    int scale, bool front)
{
    if (scale < 0 || scale > MT_SCALE_MAX)
        return MT_ERANGE;
    int base = mt_rates_currency(rates, base_name);
    if (base < 0)
        return base;
    int quote = mt_rates_currency(rates, quote_name);
    if (quote < 0)
        return quote;
    if (base == quote)
        return MT_ERANGE;
    if (rates->pair_count == MT_INSTRUMENTS_MAX)
        return MT_ENOMEM;
    int16_t index = (int16_t)rates->pair_count++;
    struct mt_rate_pair *pair = &rates->pairs[index];
    pair->base = (uint8_t)base;
    pair->quote = (uint8_t)quote;
    pair->scale = (uint8_t)scale;
    int16_t *link = &rates->first[base][quote];
    while (!front && *link >= 0)
        link = &rates->pairs[*link].next;
    pair->next = *link;
    *link = index;
    return index;
}

int mt_rates_add_instrument(struct mt_rates *rates, uint16_t symbol,
                            const struct mt_instrument *instrument)
{
    if (symbol >= MT_INSTRUMENTS_MAX)
        return MT_ERANGE;
    if (rates->pair_of_symbol[symbol] >= 0)
        return MT_EEXIST;
    if (instrument->base[0] == '\0')
        return 0;
    int index =
        add_pair(rates, instrument->base, instrument->quote, instrument->price_scale, false);
    if (index < 0)
        return index;
    rates->pair_of_symbol[symbol] = (int16_t)index;
    return 0;
}

static bool pair_is_fixed(const struct mt_rates *rates, int16_t index)
{
    for (int i = 0; i < MT_INSTRUMENTS_MAX; i++)
        if (rates->pair_of_symbol[i] == index)
            return false;
    return true;
}

int mt_rates_add_fixed(struct mt_rates *rates, const char *base, const char *quote, int64_t rate,
                       int scale)
{
    if (rate <= 0)
        return MT_ERANGE;
    int index = add_pair(rates, base, quote, scale, true);
    if (index < 0)
        return index;
    struct mt_rate_pair *pair = &rates->pairs[index];
    if (pair->next >= 0 && pair_is_fixed(rates, pair->next)) {
        rates->first[pair->base][pair->quote] = pair->next;
        rates->pair_count--;
        return MT_EEXIST;
    }
    pair->rate = (struct mt_rate){.bid = rate, .ask = rate};
    return 0;
}

void mt_rates_update(struct mt_rates *rates, uint16_t symbol, int64_t bid, int64_t ask)
{
    int index = rates->pair_of_symbol[symbol];
    if (index >= 0 && bid > 0 && ask >= bid)
        rates->pairs[index].rate = (struct mt_rate){.bid = bid, .ask = ask};
}

static const struct mt_rate_pair *known_pair(const struct mt_rates *rates, int base, int quote)
{
    for (int index = rates->first[base][quote]; index >= 0; index = rates->pairs[index].next)
        if (rates->pairs[index].rate.bid > 0)
            return &rates->pairs[index];
    return NULL;
}

/* One step over a direct or an inverse pair. */
static int step(const struct mt_rates *rates, mt_money amount, int from, int to,
                enum mt_round worse, mt_money *out)
{
    /* The larger result in absolute terms is the worse one of a debt rounded down and of a claim
     * rounded up. */
    bool larger = (amount < 0) == (worse == MT_ROUND_DOWN);
    const struct mt_rate_pair *pair = known_pair(rates, from, to);
    if (pair != NULL)
        return mt_muldiv128(amount, larger ? pair->rate.ask : pair->rate.bid, mt_pow10(pair->scale),
                            worse, out);
    pair = known_pair(rates, to, from);
    if (pair != NULL)
        return mt_muldiv128(amount, mt_pow10(pair->scale), larger ? pair->rate.bid : pair->rate.ask,
                            worse, out);
    return MT_ENOTFOUND;
}

int mt_rates_convert(const struct mt_rates *rates, mt_money amount, int from, int to,
                     enum mt_round worse, mt_money *out)
{
    MT_ASSERT(worse == MT_ROUND_DOWN || worse == MT_ROUND_UP);
    MT_ASSERT(from >= 0);
    MT_ASSERT(from < rates->count);
    MT_ASSERT(to >= 0);
    MT_ASSERT(to < rates->count);
    if (from == to) {
        *out = amount;
        return 0;
    }
    int err = step(rates, amount, from, to, worse, out);
    for (int third = 0; err == MT_ENOTFOUND && third < rates->count; third++) {
        mt_money middle;
        err = step(rates, amount, from, third, worse, &middle);
        if (err == 0)
            err = step(rates, middle, third, to, worse, out);
    }
    return err;
}

static int step_divide(const struct mt_rates *rates, struct mt_ratio *ratio, int from, int to)
{
    const struct mt_rate_pair *pair = known_pair(rates, from, to);
    if (pair != NULL) {
        mt_ratio_mul(ratio, mt_pow10(pair->scale));
        mt_ratio_div(ratio, pair->rate.ask);
        return 0;
    }
    pair = known_pair(rates, to, from);
    if (pair == NULL)
        return MT_ENOTFOUND;
    mt_ratio_mul(ratio, pair->rate.bid);
    mt_ratio_div(ratio, mt_pow10(pair->scale));
    return 0;
}

int mt_rates_divide(const struct mt_rates *rates, struct mt_ratio *ratio, int from, int to)
{
    if (from == to)
        return 0;
    int err = step_divide(rates, ratio, from, to);
    for (int third = 0; err == MT_ENOTFOUND && third < rates->count; third++) {
        struct mt_ratio way = *ratio;
        err = step_divide(rates, &way, from, third);
        if (err == 0)
            err = step_divide(rates, &way, third, to);
        if (err == 0)
            *ratio = way;
    }
    return err;
}
