#include "app/check_cut.h"

#include <stdio.h>
#include <string.h>

#include "app/session.h"
#include "base/ratio.h"
#include "core/sizing.h"

enum { RATE_ONE = 100000000, SCALE_ONE = 1000000000, QTY_SCALE = 18 };

static bool instrument_of(const struct mt_config *config, const char *symbol, struct mt_instrument *out)
{
    for (size_t i = 0; i < config->instrument_count; i++)
        if (strcmp(config->instruments[i].symbol, symbol) == 0) {
            *out = config->instruments[i];
            return true;
        }
    return mt_instrument_builtin(symbol, out) == 0;
}

static int64_t taker_rate(const struct mt_script_spec *spec, const struct mt_config_account *account)
{
    int64_t rate = 0;
    if (account->taker_rate >= 0)
        return account->taker_rate;
    if (!spec->has_costs || mt_dec_parse(spec->taker_bp, strlen(spec->taker_bp), 4, &rate) != 0 || rate < 0)
        return 0;
    return rate;
}

/* What of the account's money a size at 1 leaves: cash / ((1 / leverage + fee) * scale). */
static void begin(struct mt_ratio *ratio, const struct mt_script_spec *spec, const struct mt_config_account *account,
                  int64_t scale)
{
    mt_ratio_init(ratio);
    mt_ratio_mul(ratio, account->cash > 0 ? account->cash : 0);
    mt_ratio_div(ratio, mt_pow10(MT_MONEY_SCALE));
    mt_ratio_mul(ratio, account->leverage);
    mt_ratio_mul(ratio, RATE_ONE);
    mt_ratio_div(ratio, RATE_ONE + (mt_i128)taker_rate(spec, account) * account->leverage);
    mt_ratio_mul(ratio, SCALE_ONE);
    mt_ratio_div(ratio, scale);
}

/* The highest price at which the account carries a fixed quantity, in price units of the instrument. */
static int price_of_fixed(struct mt_ratio ratio, const struct mt_sizing *sizing, const struct mt_instrument *instrument,
                          mt_i128 *out)
{
    mt_ratio_mul(&ratio, mt_pow10(sizing->value ? QTY_SCALE : instrument->qty_scale));
    mt_ratio_div(&ratio, sizing->value ? sizing->value : instrument->default_qty);
    mt_ratio_mul(&ratio, mt_pow10(instrument->contract_scale));
    mt_ratio_div(&ratio, instrument->contract_size);
    mt_ratio_mul(&ratio, mt_pow10(instrument->price_scale));
    return mt_ratio_floor(&ratio, out);
}

static void add(char *out, size_t size, const char *symbol, const char *what, const char *price)
{
    size_t used = strlen(out);
    snprintf(out + used, size - used, "%s%s %s%s", used ? ", " : "", symbol, what, price);
}

static void fixed(const struct mt_config *config, const struct mt_script_spec *spec, const char *currency,
                  struct mt_ratio ratio, const struct mt_sizing *sizing, char *out, size_t size)
{
    char price[MT_DEC_TEXT];
    for (size_t i = 0; i < spec->symbol_count; i++) {
        struct mt_instrument instrument;
        mt_i128 most;
        if (!instrument_of(config, spec->symbols[i], &instrument)
            || price_of_fixed(ratio, sizing, &instrument, &most) != 0 || most > INT64_MAX)
            continue;
        if (strcmp(instrument.base, currency) == 0 && most < mt_pow10(instrument.price_scale)) {
            add(out, size, spec->symbols[i], "always", "");     /* paid in its own base: the price is 1 */
        } else if (strcmp(instrument.quote, currency) == 0) {
            mt_dec_format_short(price, (int64_t)most, instrument.price_scale);
            add(out, size, spec->symbols[i], "above ", price);
        }
    }
}

void mt_check_cut(const struct mt_config *config, const struct mt_script_spec *spec,
                  const struct mt_config_account *account, const struct mt_sizing_spec *sizing_spec, const char *scale,
                  char *out, size_t size)
{
    struct mt_diag ignored = { 0 };             /* run says what is wrong with a number */
    struct mt_sizing sizing;
    struct mt_ratio ratio;
    mt_i128 most;
    int64_t factor = SCALE_ONE;
    out[0] = '\0';
    if (mt_session_sizing(sizing_spec, &sizing, &ignored) != 0
        || (scale[0] && mt_dec_parse(scale, strlen(scale), 9, &factor) != 0) || factor <= 0)
        return;
    begin(&ratio, spec, account, factor);
    if (sizing.rule == MT_SIZE_FIXED) {
        fixed(config, spec, account->currency[0] ? account->currency : "USD", ratio, &sizing, out, size);
    } else if (sizing.rule == MT_SIZE_NOTIONAL) {
        mt_ratio_mul(&ratio, mt_pow10(MT_MONEY_SCALE));
        if (mt_ratio_floor(&ratio, &most) == 0 && most < sizing.value)
            snprintf(out, size, "always");
    }
}
