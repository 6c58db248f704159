/* port: the small leaf functions that scripts call besides requests: rounding, texts, skips, marks, calendar. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "core/engine_private.h"

/* --- texts: scripts and C exchange numbers for strings; the same text has the same number -------------------- */

struct mt_text_index { uint32_t slots[2 * MT_TEXTS_MAX]; };     /* id of the text, 0 = empty */

int32_t mt_text_intern(struct mt_engine *e, const char *text, size_t length)
{
    if (length == 0)
        return 0;
    size_t mask = 2 * MT_TEXTS_MAX - 1, at = mt_hash64(text, length) & mask;
    for (uint32_t id; (id = e->text_index->slots[at]) != 0; at = (at + 1) & mask)
        if (strlen(e->texts[id]) == length && memcmp(e->texts[id], text, length) == 0)
            return (int32_t)id;
    if (e->text_count == MT_TEXTS_MAX)
        return 0;
    char *copy = malloc(length + 1);
    if (!copy)
        return 0;
    memcpy(copy, text, length);
    copy[length] = '\0';
    e->texts[e->text_count] = copy;
    e->text_index->slots[at] = e->text_count;
    return (int32_t)e->text_count++;
}

const char *mt_text_get(const struct mt_engine *e, int32_t id)
{
    return id > 0 && (uint32_t)id < e->text_count ? e->texts[id] : "";
}

int mt_texts_init(struct mt_engine *e)
{
    e->texts = calloc(MT_TEXTS_MAX, sizeof *e->texts);
    e->text_index = calloc(1, sizeof *e->text_index);
    e->text_count = 1;
    return e->texts && e->text_index ? 0 : MT_ENOMEM;
}

void mt_texts_fini(struct mt_engine *e)
{
    for (uint32_t i = 1; e->texts && i < e->text_count; i++)
        free(e->texts[i]);
    free(e->texts);
    free(e->text_index);
}

static int32_t text_id_of(struct mt_port *port, const char *text, int32_t length)
{
    return length < 0 ? 0 : mt_text_intern(port->engine, text, (size_t)length);
}

static const char *text_of(struct mt_port *port, int32_t id)
{
    return mt_text_get(port->engine, id);
}

/* --- rounding -------------------- */

static double round_price(struct mt_port *port, int32_t market, double price, int32_t mode)
{
    struct mt_engine *e = port->engine;
    if (market < 0 || market >= e->setup.instrument_count)
        return NAN;
    const struct mt_instrument *instrument = mt_instrument_at(e, (uint16_t)market);
    int64_t value;
    if (mode == 0)
        price += mt_dec_to_double(instrument->tick, instrument->price_scale) / 2;
    int rc = mt_dec_from_double_round(price, instrument->price_scale, instrument->tick,
                                      mode > 0 ? MT_ROUND_UP : MT_ROUND_DOWN, &value);
    return rc == 0 ? mt_dec_to_double(value, instrument->price_scale) : NAN;
}

static double round_qty(struct mt_port *port, int32_t market, double qty)
{
    struct mt_engine *e = port->engine;
    if (market < 0 || market >= e->setup.instrument_count)
        return NAN;
    const struct mt_instrument *instrument = mt_instrument_at(e, (uint16_t)market);
    int64_t value;
    if (mt_dec_from_double_round(qty, instrument->qty_scale, instrument->step, MT_ROUND_ZERO, &value) != 0)
        return NAN;
    bool small = value < instrument->qty_min && value > -instrument->qty_min;
    return small ? 0 : mt_dec_to_double(value, instrument->qty_scale);
}

/* --- what scripts tell -------------------- */

static void skip(struct mt_port *port, int32_t market, int32_t reason, double value)
{
    struct mt_engine *e = port->engine;
    uint16_t symbol = market < 0 ? UINT16_MAX : (uint16_t)market;
    (void)value;
    e->counts.skips++;
    for (size_t i = 0; i < e->skip_count; i++)
        if (e->skips[i].reason == reason && e->skips[i].symbol == symbol) {
            e->skips[i].count++;
            return;
        }
    if (e->skip_count < MT_SKIPS_MAX)
        e->skips[e->skip_count++] = (struct mt_skip){ reason, symbol, 1 };
}

static void mark(struct mt_port *port, int32_t market, int32_t name, double value)
{
    struct mt_engine *e = port->engine;
    uint16_t symbol = market < 0 || market >= e->setup.instrument_count ? 0 : (uint16_t)market;
    if (e->setup.observer.mark && !e->replaying)
        e->setup.observer.mark(e->setup.observer.ud, e, symbol, mt_text_get(e, name), value);
}

static void log_line(struct mt_port *port, int32_t level, int32_t site, const char *text, int32_t length)
{
    struct mt_engine *e = port->engine;
    if (e->setup.observer.log && (!e->replaying || e->restarting))
        e->setup.observer.log(e->setup.observer.ud, e, level, site, text, length);
}

static int32_t timer_set(struct mt_port *port, const struct mt_request_timer *timer)
{
    struct mt_engine *e = port->engine;
    bool market = timer->market >= -1 && timer->market < e->setup.instrument_count;
    if (market && e->restarting && mt_timers_goes_on(&e->timers, timer))
        return 0;
    if (market && mt_timers_set(&e->timers, timer, e->now_ns) == 0)
        return 0;
    mt_refusal_count(e, 0, timer->market, NULL, MT_CODE_FIELD_INVALID);
    return -MT_CODE_FIELD_INVALID;
}

static const struct mt_bar_series *series_of(const struct mt_engine *e, int32_t market, int32_t tf_s)
{
    if (market < 0 || market >= e->setup.instrument_count)
        return NULL;
    const struct mt_bar_series *series = &e->series[(size_t)market * e->frame_count];
    for (size_t k = 0; k < e->frame_count; k++)
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

/* --- calendar -------------------- */

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

void mt_port_install(struct mt_engine *e)
{
    struct mt_port *port = &e->port;
    port->timer_set = timer_set;
    port->bar_at = bar_at;
    port->bar_of_file = bar_of_file;
    port->round_price = round_price;
    port->round_qty = round_qty;
    port->text_id_of = text_id_of;
    port->text_of = text_of;
    port->skip = skip;
    port->mark = mark;
    port->log = log_line;
    port->code_name = mt_code_name;
    port->zone_id = zone_id;
    port->day_of = day_of;
    port->clock_of = clock_of;
    port->pow = pow;
}
