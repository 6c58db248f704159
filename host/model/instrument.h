/* instrument: what a symbol's numbers mean. Prices are int64_t in units of 10^-price_scale,
 * quantities in units of 10^-qty_scale; tick and step are rules to check, not units, so that a
 * changed tick never changes stored numbers. */
#ifndef MT_MODEL_INSTRUMENT_H
#define MT_MODEL_INSTRUMENT_H

#include <stdbool.h>
#include <stdint.h>
#include "base/dec.h"
#include "base/err.h"

enum { MT_SYMBOL_MAX = 32, MT_CURRENCY_MAX = 16, MT_INSTRUMENTS_MAX = 1024 };

struct mt_instrument {
    char symbol[MT_SYMBOL_MAX];             /* [A-Za-z0-9._/-]{1,31} */
    char quote[MT_CURRENCY_MAX];            /* currency of prices and profits */
    char base[MT_CURRENCY_MAX];             /* "" when unknown */
    int32_t price_scale, qty_scale;         /* 0..18 */
    int64_t tick, step;                     /* > 0, in units of the scales */
    int64_t qty_min, qty_max;               /* qty_min: whole steps, > 0; qty_max 0 = none */
    int64_t contract_size;      /* units of the base per 1 of quantity, x 10^-contract_scale; > 0 */
    int32_t contract_scale;
    int64_t stop_level;         /* least distance of a stop from the market, price units; 0: none */
    mt_money notional_min;                  /* quote currency; 0 = none */
    int64_t default_qty;        /* of sizing `fixed` without qty: qty_min; inferred: 1 */
    bool inferred;                          /* guessed from the data: say so once */
    bool negative;                          /* prices at and below zero are prices like any other */
};

/* Can it be a price of this instrument at all? */
static inline bool mt_instrument_price_can_be(const struct mt_instrument *instrument, int64_t price)
{
    return price > 0 || instrument->negative;
}

/* The multiple of the tick at `price`, or the next one up or down. */
static inline int64_t mt_instrument_on_tick(const struct mt_instrument *instrument, int64_t price, bool up)
{
    int64_t rest = price % instrument->tick;
    return price - rest + (up ? (rest > 0 ? instrument->tick : 0) : rest < 0 ? -instrument->tick : 0);
}

/* 0, or MT_ERANGE with a sentence that names the wrong field. */
int mt_instrument_check(const struct mt_instrument *instrument, struct mt_diag *diag) MT_CHECKED;

/* The built-in FX pairs (EUR GBP AUD NZD USD CAD CHF JPY, in this order of precedence; 5 decimals,
 * with JPY 3; lot 100 000, step and min 0.01 lots) and `--like` names ("binance:BTCUSDT": tick
 * 0.01, step and min 0.00001, min notional 5). Sets the symbol too. MT_ENOTFOUND. */
int mt_instrument_builtin(const char *name, struct mt_instrument *out) MT_CHECKED;

/* Read `tick=0.01,step=0.001,size=1,quote=USD[,min=1][,max=9][,base=BTC][,negative=true]` over *out
 * (scales follow the decimals given, price_scale and qty_scale never below what *out had). What is not
 * named keeps its value, but min is at least a step; with tick, step, size and quote given it is no
 * longer inferred. MT_ESYNTAX, MT_ERANGE: *out is untouched. */
int mt_instrument_parse(const char *text, struct mt_instrument *out,
                        struct mt_diag *diag) MT_CHECKED;

/* The spec of an unknown symbol: scales 8 (price: as many as decimals, when more), tick
 * 10^-decimals, step 1e-8, contract size 1, inferred = true. A name that is too long becomes "",
 * which mt_instrument_check refuses. */
void mt_instrument_infer(const char *symbol, int price_decimals, const char *quote,
                         struct mt_instrument *out);

/* qty * contract_size * price in money of the quote currency, rounded as named; qty may be signed.
 * MT_ERANGE. */
int mt_instrument_notional(const struct mt_instrument *instrument, int64_t qty, int64_t price,
                           enum mt_round round, mt_money *out) MT_CHECKED;
/* The same for cost = sum of price * qty (units 10^-(price_scale + qty_scale)). */
int mt_instrument_money(const struct mt_instrument *instrument, mt_i128 cost, enum mt_round round,
                        mt_money *out) MT_CHECKED;

/* Binary image for journals and stores: fixed 256 bytes, little endian, zero padded. */
enum { MT_INSTRUMENT_BYTES = 256 };
void mt_instrument_encode(const struct mt_instrument *instrument,
                          unsigned char out[MT_INSTRUMENT_BYTES]);
int mt_instrument_decode(const unsigned char in[MT_INSTRUMENT_BYTES],
                         struct mt_instrument *out) MT_CHECKED;

#endif
