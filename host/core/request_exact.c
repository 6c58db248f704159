#include "core/request_exact.h"

#include <math.h>
#include <string.h>

#include "model/code.h"

enum { UNIT = MT_REQUEST_UNIT };

#define SIZE_MAX_WHOLE 9223372036.0     /* what 63 bits hold in units of 10^-9 */

static int32_t code_of(int rc, int32_t step_code)
{
    return rc == MT_EINEXACT ? step_code : rc == MT_ERANGE ? MT_CODE_CALC_OVERFLOW : MT_CODE_FIELD_INVALID;
}

static int32_t unit_of(double x, double max, int64_t *out)
{
    if (!(x > 0) || !(x <= max))
        return MT_CODE_FIELD_INVALID;
    *out = (int64_t)(x * UNIT + 0.5);           /* nearest: 0.29 * 10^9 is a little less than 290 000 000 */
    return *out > 0 ? 0 : MT_CODE_FIELD_INVALID;
}

/* Size and strength scale what the account's sizing gives. What is below half of 10^-9 becomes 0 here and ends as the
 * verdict "no_size", like any other quantity below the minimum. */
static int32_t factors_of(const struct mt_request *request, struct mt_rec_signal *out, const char **field)
{
    *field = "size";
    if (!(request->size > 0) || isinf(request->size))
        return MT_CODE_FIELD_INVALID;
    if (request->size > SIZE_MAX_WHOLE)
        return MT_CODE_CALC_OVERFLOW;
    out->size = (int64_t)(request->size * UNIT + 0.5);
    *field = "strength";
    if (!(request->strength >= 0) || !(request->strength <= 1))
        return MT_CODE_FIELD_INVALID;
    out->strength = (int64_t)(request->strength * UNIT + 0.5);
    return 0;
}

static int32_t seconds_of(double x, int64_t *out)
{
    if (!(x > 0) || !(x <= 1e9))
        return MT_CODE_FIELD_INVALID;
    *out = (int64_t)(x * 1e9);
    return *out > 0 ? 0 : MT_CODE_FIELD_INVALID;        /* 0 would mean "not given" */
}

/* A distance is often the difference of two prices and carries their error, so what counts as on the unit is as wide as
 * for limits. */
static int price_of(double x, int scale, int64_t *out)
{
    int rc = mt_dec_from_double(x, scale, 1, out);
    return rc == MT_EINEXACT ? mt_dec_from_double_round(x, scale, 1, MT_ROUND_DOWN, out) : rc;
}

/* Distances keep the precision of prices, rounded down (towards the entry); the tick is applied at the position's own
 * average. Absolute prices likewise: their rounding depends on the side of the position. */
static int32_t level_of(const struct mt_request_level *level, const struct mt_instrument *instrument,
                        struct mt_level *out)
{
    if (level->kind < MT_LEVEL_KEEP || level->kind > MT_LEVEL_PRICE)
        return MT_CODE_FIELD_INVALID;
    out->kind = (uint32_t)level->kind;
    if (level->kind < MT_LEVEL_DISTANCE)
        return 0;
    bool price = level->kind == MT_LEVEL_PRICE, any = price && instrument->negative;
    if (!any && !(level->value > 0))
        return price && level->value <= 0 ? MT_CODE_BAD_EXIT : MT_CODE_FIELD_INVALID;
    int rc = price_of(level->value, instrument->price_scale, &out->value);
    if (rc != 0 || (!any && out->value <= 0))
        return rc ? code_of(rc, MT_CODE_PRICE_STEP) : price ? MT_CODE_BAD_EXIT : MT_CODE_FIELD_INVALID;
    if (level->part != 0) {
        int32_t code = unit_of(level->part, 1.0, &out->part);
        if (code != 0)
            return code;
    }
    if (level->after != 0) {
        if (!(level->after > 0))
            return MT_CODE_FIELD_INVALID;
        rc = price_of(level->after, instrument->price_scale, &out->after);
        return rc == 0 ? 0 : code_of(rc, MT_CODE_PRICE_STEP);
    }
    return 0;
}

static int32_t takes_of(const struct mt_request *request, const struct mt_instrument *instrument, struct mt_exit *out)
{
    int64_t parts = 0;
    out->take_count = request->take_count;
    if (request->take_count < -1 || request->take_count > MT_TAKES_MAX)
        return MT_CODE_FIELD_INVALID;
    for (int i = 0; i < request->take_count; i++) {
        int32_t code = level_of(&request->takes[i], instrument, &out->takes[i]);
        if (code != 0)
            return code;
        parts += out->takes[i].part;
    }
    /* Three thirds, each rounded, are not too much. */
    return parts <= UNIT + MT_TAKES_MAX ? 0 : MT_CODE_FIELD_INVALID;
}

static int32_t exit_of(const struct mt_request *request, const struct mt_instrument *instrument, struct mt_exit *out,
                       const char **field)
{
    *field = "stop";
    int32_t code = level_of(&request->stop, instrument, &out->stop);
    if (code != 0)
        return code;
    *field = "trail";
    code = level_of(&request->trail, instrument, &out->trail);
    if (code != 0)
        return code;
    if (out->trail.kind == MT_LEVEL_PRICE)
        return MT_CODE_FIELD_INVALID;           /* what trails is a distance */
    *field = "take";
    code = takes_of(request, instrument, out);
    if (code != 0)
        return code;
    *field = "time";
    if (request->time > 0)
        return seconds_of(request->time, &out->time_ns);
    out->time_ns = request->time < 0 ? -1 : 0;
    return request->time <= 0 ? 0 : MT_CODE_FIELD_INVALID;      /* NaN */
}

static int32_t terms_of(const struct mt_request *request, const struct mt_instrument *instrument,
                        struct mt_rec_signal *out, const char **field)
{
    int rc;
    if (request->has_limit) {
        *field = "limit";
        rc = mt_dec_from_double(request->limit, instrument->price_scale, instrument->tick, &out->limit);
        if (rc != 0 || !mt_instrument_price_can_be(instrument, out->limit))
            return rc ? code_of(rc, MT_CODE_PRICE_STEP) : MT_CODE_FIELD_INVALID;
        out->has_limit = true;
    }
    if (request->ttl != 0) {
        *field = "ttl";
        int32_t code = seconds_of(request->ttl, &out->ttl_ns);
        if (code != 0)
            return code;
    }
    if (request->kind == MT_ASK_TARGET) {
        *field = "qty";
        rc = mt_dec_from_double(request->qty, instrument->qty_scale, instrument->step, &out->qty);
        return rc == 0 ? 0 : code_of(rc, MT_CODE_QTY_STEP);
    }
    if (request->kind != MT_ASK_SIGNAL)
        return 0;
    int32_t code = factors_of(request, out, field);
    if (code != 0)
        return code;
    *field = "keep";
    out->has_keep = request->has_keep;
    return request->has_keep && request->keep != 0 ? unit_of(request->keep, 1.0, &out->keep) : 0;
}

int32_t mt_request_exact(const struct mt_request *request, const struct mt_instrument *instrument,
                         struct mt_rec_signal *out, const char **field)
{
    memset(out, 0, sizeof *out);
    out->kind = (uint8_t)request->kind;
    out->symbol = (uint16_t)request->market;
    out->side = (int8_t)request->side;
    out->widen = request->widen;
    memcpy(out->tag, request->tag, strnlen(request->tag, sizeof out->tag - 1));     /* not what lies behind it */
    int32_t code = terms_of(request, instrument, out, field);
    if (code == 0)
        code = exit_of(request, instrument, &out->exit, field);
    if (code == 0)
        *field = NULL;
    return code;
}
