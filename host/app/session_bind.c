/* Who trades and how much: the script's table of accounts against the accounts of the run. */
#include <stdio.h>
#include <string.h>

#include "app/session.h"
#include "base/dec_text.h"

enum { WIDE_DIGITS = 38, TARGET_SCALE = 9, QTY_SCALE = 18, FRACTION_SCALE = 8 };

/* A decimal of any reasonable size in units of 10^-scale, exact. */
static int parse_wide(const char *text, int scale, mt_i128 *out)
{
    struct mt_dec_text number;
    int rc = mt_dec_text_read(text, strlen(text), &number);
    if (rc != 0)
        return rc;
    int64_t shift = number.exponent + scale;
    if (number.too_long || shift > WIDE_DIGITS || number.mantissa > (unsigned __int128)mt_pow10_wide(36))
        return MT_ERANGE;
    if (shift < 0)
        return MT_EINEXACT;
    rc = mt_mul128((mt_i128)number.mantissa, mt_pow10_wide((int)shift), out);
    if (rc == 0 && number.negative)
        *out = -*out;
    return rc;
}

static int value_of(const char *what, const char *text, int scale, mt_i128 *out, struct mt_diag *diag)
{
    int rc = parse_wide(text, scale, out);
    if (rc == 0 && *out <= 0)
        rc = MT_ERANGE;
    if (rc != 0)
        return mt_fail(diag, MT_EREFUSED, "sizing: %s = '%s': must be a number above 0 with at most %d decimals",
                       what, text, scale);
    return 0;
}

int mt_session_sizing(const struct mt_sizing_spec *spec, struct mt_sizing *out, struct mt_diag *diag)
{
    enum { LOOKBACK_DEFAULT = 20 };
    mt_i128 lookback = LOOKBACK_DEFAULT;
    memset(out, 0, sizeof *out);
    switch (spec->kind) {
    case MT_SIZING_RISK_FRACTION:
        out->rule = MT_SIZE_RISK_FRACTION;
        return value_of("fraction", spec->fraction, FRACTION_SCALE, &out->value, diag);
    case MT_SIZING_NOTIONAL:
        out->rule = MT_SIZE_NOTIONAL;
        return value_of("notional", spec->notional, MT_MONEY_SCALE, &out->value, diag);
    case MT_SIZING_VOL_TARGET:
        out->rule = MT_SIZE_VOLATILITY;
        if (spec->lookback[0] && value_of("lookback", spec->lookback, 0, &lookback, diag) != 0)
            return diag->code;
        if (lookback < 2 || lookback > 1000)
            return mt_fail(diag, MT_EREFUSED, "sizing: lookback must be 2 to 1000 bars");
        out->lookback = (int32_t)lookback;
        return value_of("vol", spec->vol, FRACTION_SCALE, &out->value, diag);
    default:
        out->rule = MT_SIZE_FIXED;
        return spec->qty[0] ? value_of("qty", spec->qty, QTY_SCALE, &out->value, diag) : 0;
    }
}

static int bind_one(const struct mt_script_spec *spec, const struct mt_binding_spec *entry, uint16_t account,
                    struct mt_binding *out, struct mt_diag *diag)
{
    struct mt_sizing_spec sizing = spec->sizing;
    mt_i128 scale = mt_pow10(TARGET_SCALE);
    if (entry && entry->sizing.kind != MT_SIZING_UNSET)
        sizing = entry->sizing;
    else if (entry && entry->sizing.fraction[0])
        memcpy(sizing.fraction, entry->sizing.fraction, sizeof sizing.fraction);
    if (entry && entry->scale[0] && value_of("scale", entry->scale, TARGET_SCALE, &scale, diag) != 0)
        return diag->code;
    if (scale > INT64_MAX)
        return mt_fail(diag, MT_EREFUSED, "%s: accounts: the scale %s is too large", spec->path, entry->scale);
    out->account = account;
    out->scale = (int64_t)scale;
    return mt_session_sizing(&sizing, &out->sizing, diag);
}

const struct mt_binding_spec *mt_session_binding_of(const struct mt_script_spec *spec, const char *account)
{
    for (size_t i = spec->binding_count; i > 0; i--)
        if (mt_config_match(spec->bindings[i - 1].pattern, account))
            return &spec->bindings[i - 1];
    return NULL;
}

/* Every name in the table must mean somebody, or a typing error would silently trade on fewer accounts. */
static int check_patterns(const struct mt_session *session, struct mt_diag *diag)
{
    const struct mt_session_plan *plan = session->plan;
    const struct mt_script_spec *spec = session->spec;
    for (size_t i = 0; i < spec->binding_count; i++) {
        bool found = false;
        for (uint16_t a = 0; a < plan->account_count && !found; a++)
            found = mt_config_match(spec->bindings[i].pattern, plan->accounts[a].name);
        char path[32];
        snprintf(path, sizeof path, "accounts[%zu]", i + 1);
        if (!found)
            return mt_fail(diag, MT_EREFUSED, "%s:%d: accounts: '%s' matches none of the configured accounts (%s%s)",
                           spec->path, mt_script_line(session->script, path), spec->bindings[i].pattern,
                           plan->accounts[0].name, plan->account_count > 1 ? " and others" : "");
    }
    return 0;
}

static int lead_first(struct mt_session *session, struct mt_diag *diag)
{
    const struct mt_script_spec *spec = session->spec;
    for (size_t i = 0; i < session->binding_count; i++) {
        struct mt_binding binding = session->bindings[i];
        if (strcmp(session->plan->accounts[binding.account].name, spec->lead) != 0)
            continue;
        memmove(&session->bindings[1], &session->bindings[0], i * sizeof binding);
        session->bindings[0] = binding;
        return 0;
    }
    return mt_fail(diag, MT_EREFUSED, "%s:%d: accounts: lead = '%s' is none of the accounts that trade", spec->path,
                   mt_script_line(session->script, "accounts.lead"), spec->lead);
}

int mt_session_bind(struct mt_session *session, struct mt_diag *diag)
{
    struct mt_session_plan *plan = session->plan;
    const struct mt_script_spec *spec = session->spec;
    session->bindings = mt_plan_alloc(plan, plan->account_count, sizeof *session->bindings);
    if (!session->bindings)
        return mt_fail(diag, MT_ENOMEM, "accounts: no memory");
    if (spec->binding_count == 0 && plan->account_count > 1)
        return mt_fail(diag, MT_EREFUSED, "%s:%d: the configuration has %u accounts and the script does not say which "
                       "of them trade: add accounts = { { \"%s\" } }", spec->path,
                       mt_script_line(session->script, ""), plan->account_count,
                       plan->accounts[0].name);
    int rc = check_patterns(session, diag);
    for (uint16_t a = 0; rc == 0 && a < plan->account_count; a++) {
        const struct mt_binding_spec *entry = mt_session_binding_of(spec, plan->accounts[a].name);
        bool lead = spec->lead[0] && strcmp(spec->lead, plan->accounts[a].name) == 0;
        if (entry || lead || spec->binding_count == 0)
            rc = bind_one(spec, entry, a, &session->bindings[session->binding_count++], diag);
    }
    return rc == 0 && spec->lead[0] ? lead_first(session, diag) : rc;
}
