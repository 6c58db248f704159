#include "core/port.h"

#include <math.h>
#include <string.h>

#include "base/zone.h"
#include "core/refusal.h"

static double round_price(struct mt_port *port, int32_t market, double price, int32_t mode)
{
    struct mt_seat *s = port->engine;
    if (market < 0 || market >= s->desk->books.instrument_count)
        return NAN;
    const struct mt_instrument *instrument = mt_instrument_at(&s->desk->books, (uint16_t)market);
    int64_t value;
    if (mode == 0)
        price += mt_dec_to_double(instrument->tick, instrument->price_scale) / 2;
    int rc = mt_dec_from_double_round(price, instrument->price_scale, instrument->tick,
                                      mode > 0 ? MT_ROUND_UP : MT_ROUND_DOWN, &value);
    return rc == 0 ? mt_dec_to_double(value, instrument->price_scale) : NAN;
}

static double round_qty(struct mt_port *port, int32_t market, double qty)
{
    struct mt_seat *s = port->engine;
    if (market < 0 || market >= s->desk->books.instrument_count)
        return NAN;
    const struct mt_instrument *instrument = mt_instrument_at(&s->desk->books, (uint16_t)market);
    int64_t value;
    if (mt_dec_from_double_round(qty, instrument->qty_scale, instrument->step, MT_ROUND_ZERO, &value) != 0)
        return NAN;
    bool small = value < instrument->qty_min && value > -instrument->qty_min;
    return small ? 0 : mt_dec_to_double(value, instrument->qty_scale);
}

static int32_t skip(struct mt_port *port, int32_t market, const char *reason, int32_t length, double value)
{
    struct mt_seat *s = port->engine;
    (void)value;
    if (length < 0 || length > MT_SKIP_TEXT_MAX || memchr(reason, '\0', (size_t)length))
        return -1;
    s->desk->counts.skips++;
    return mt_skips_count(&s->skips, market < 0 ? UINT16_MAX : (uint16_t)market, reason, (size_t)length);
}

static int32_t mark(struct mt_port *port, int32_t market, const char *name, int32_t length, double value)
{
    struct mt_seat *s = port->engine;
    char text[MT_SKIP_TEXT_MAX + 1];
    uint16_t symbol = market < 0 || market >= s->desk->books.instrument_count ? 0 : (uint16_t)market;
    if (length < 0 || length > MT_SKIP_TEXT_MAX || memchr(name, '\0', (size_t)length))
        return -1;
    memcpy(text, name, (size_t)length);
    text[length] = '\0';
    if (s->desk->observer.mark && !s->desk->replaying)
        s->desk->observer.mark(s->desk->observer.ud, s->desk->engine, symbol, text, value);
    return 0;
}

static void log_line(struct mt_port *port, int32_t level, int32_t site, const char *text, int32_t length)
{
    struct mt_seat *s = port->engine;
    if (s->desk->observer.log && (!s->desk->replaying || s->restarting))
        s->desk->observer.log(s->desk->observer.ud, s->desk->engine, level, site, text, length);
}

static int32_t timer_set(struct mt_port *port, const struct mt_request_timer *timer)
{
    struct mt_seat *s = port->engine;
    bool market = timer->market >= -1 && timer->market < s->desk->books.instrument_count;
    if (market && s->restarting && mt_timers_goes_on(&s->timers, timer))
        return 0;
    if (market && mt_timers_set(&s->timers, timer, s->desk->now_ns) == 0)
        return 0;
    mt_refusal_count(s, 0, timer->market, NULL, MT_CODE_FIELD_INVALID);
    return -MT_CODE_FIELD_INVALID;
}

static const struct mt_bar_series *series_of(const struct mt_seat *s, int32_t market, int32_t tf_s)
{
    if (market < 0 || market >= s->desk->books.instrument_count)
        return NULL;
    const struct mt_bar_series *series = &s->desk->series.items[(size_t)market * s->desk->series.frame_count];
    for (size_t k = 0; k < s->desk->series.frame_count; k++)
        if (series[k].tf_s == tf_s)
            return &series[k];
    return NULL;
}

static const struct mt_view_bar *bar_at(struct mt_port *port, int32_t market, int32_t tf_s, int32_t back)
{
    const struct mt_bar_series *series = series_of(port->engine, market, tf_s);
    if (!series || back < 0 || back >= MT_BAR_HISTORY || (uint64_t)back >= series->count)
        return NULL;
    return &series->history[(series->count - 1 - (uint64_t)back) % MT_BAR_HISTORY];
}

static bool bar_of_file(struct mt_port *port, int32_t market, int32_t tf_s)
{
    const struct mt_bar_series *series = series_of(port->engine, market, tf_s);
    return series && series->from_s == tf_s;
}

static const struct mt_zone *zones[64];

static int32_t zone_count;

static int32_t zone_id(struct mt_port *port, const char *name)
{
    const struct mt_zone *zone;
    (void)port;
    if (mt_zone_load(name, &zone, NULL) != 0)
        return -1;
    for (int32_t i = 0; i < zone_count; i++)
        if (zones[i] == zone)
            return i;
    if (zone_count == 64)
        return -1;
    zones[zone_count] = zone;
    return zone_count++;
}

static double local_s(double time, int32_t zone)
{
    if (!(time >= -9.2e9 && time <= 9.2e9) || zone < 0 || zone >= zone_count)
        return NAN;
    return time + mt_zone_offset_s(zones[zone], (int64_t)time * MT_NS_PER_S);
}

static double day_of(double time, int32_t zone)
{
    return floor(local_s(time, zone) / 86400);
}

static double clock_of(double time, int32_t zone)
{
    double local = local_s(time, zone);
    return local - 86400 * floor(local / 86400);
}

void mt_port_install(struct mt_seat *s)
{
    struct mt_port *port = &s->port;
    port->timer_set = timer_set;
    port->bar_at = bar_at;
    port->bar_of_file = bar_of_file;
    port->round_price = round_price;
    port->round_qty = round_qty;
    port->skip = skip;
    port->mark = mark;
    port->log = log_line;
    port->code_name = mt_code_name;
    port->zone_id = zone_id;
    port->day_of = day_of;
    port->clock_of = clock_of;
    port->pow = pow;
}
