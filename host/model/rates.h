/* rates: conversion between currencies, at the rates of the moment and always at the side that is
 * worse for us. A missing rate is an error (MT_ENOTFOUND), never 1. Direct and inverse pairs are
 * used, and one step over a third currency (smallest currency index first, so that the choice never
 * depends on order of arrival). */
#ifndef MT_MODEL_RATES_H
#define MT_MODEL_RATES_H

#include <stdint.h>
#include "base/dec.h"
#include "base/err.h"
#include "base/ratio.h"
#include "model/instrument.h"

enum { MT_CURRENCIES_MAX = 64 };
struct mt_rate { int64_t bid, ask; };           /* quote per base, units 10^-scale; 0 = unknown */

struct mt_rates {
    char names[MT_CURRENCIES_MAX][MT_CURRENCY_MAX];
    uint16_t count;
    uint16_t pair_count;
    struct mt_rate_pair {
        uint8_t base, quote, scale;
        int16_t next;
        struct mt_rate rate;
    } pairs[MT_INSTRUMENTS_MAX];
    int16_t pair_of_symbol[MT_INSTRUMENTS_MAX]; /* -1: the instrument gives no rate (no base
                                                   currency) */
    int16_t first[MT_CURRENCIES_MAX][MT_CURRENCIES_MAX]; /* [base][quote]: pairs of these two,
                                                            linked by next; -1 = end */
};

void mt_rates_init(struct mt_rates *rates);
/* The index of a currency name, adding it; MT_ENOMEM when full. "" is MT_ESYNTAX. */
int mt_rates_currency(struct mt_rates *rates, const char *name) MT_CHECKED;
/* Let an instrument with a base currency give a rate. A fixed rate comes from the configuration and
 * goes before those of instruments; of several instruments with the same pair the first added that
 * has a rate is used. MT_ERANGE: base and quote are the same, a rate <= 0, a scale or symbol out of
 * range. MT_EEXIST: that symbol or fixed pair was added before. MT_ENOMEM: too many currencies or
 * pairs. */
int mt_rates_add_instrument(struct mt_rates *rates, uint16_t symbol,
                            const struct mt_instrument *instrument) MT_CHECKED;
int mt_rates_add_fixed(struct mt_rates *rates, const char *base, const char *quote, int64_t rate,
                       int scale) MT_CHECKED;
/* A new top of book of that symbol (ignored for instruments that give none, crossed or one-sided
 * books: the last good rate stands). */
void mt_rates_update(struct mt_rates *rates, uint16_t symbol, int64_t bid, int64_t ask);

/* amount of currency `from` in currency `to`: a gain converts at the lower, a loss or an exposure
 * at the higher amount, i.e. `worse` says which: MT_ROUND_DOWN smallest result (assets, profits;
 * towards minus infinity), MT_ROUND_UP largest. MT_ENOTFOUND: no rate; MT_ERANGE: the result does
 * not fit. *out is untouched on failure. */
int mt_rates_convert(const struct mt_rates *rates, mt_money amount, int from, int to,
                     enum mt_round worse, mt_money *out) MT_CHECKED;

/* The same for a fraction that is rounded only later: what one unit of `from` is in `to` at the side
 * that makes it more goes into the denominator, so that a budget buys less. MT_ENOTFOUND: no rate. */
int mt_rates_divide(const struct mt_rates *rates, struct mt_ratio *ratio, int from,
                    int to) MT_CHECKED;

#endif
