/* fake_port: an engine's side of struct mt_port that records what a script asks for, and a folder of scripts written by the
 * test. Included by one program each. */
#ifndef TESTS_FAKE_PORT_H
#define TESTS_FAKE_PORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/buf.h"
#include "model/code.h"
#include "model/order.h"
#include "script/script.h"

enum { FAKE_MARKETS = 3, FAKE_REQUESTS = 64, FAKE_LOG = 8192 };

struct fake {
    struct mt_port port;
    struct mt_view_market markets[FAKE_MARKETS];
    struct mt_request requests[FAKE_REQUESTS];
    struct mt_request_timer timers[16];
    struct mt_view_bar bars[4];
    int request_count;          /* of this call: the fake engine resets it before each delivery */
    int asked, timer_count, bar_count, skips, marks;
    int refuse_with;            /* enum mt_code that the next requests get */
    char last_skip[208], last_mark[208];
    double last_value;
    int last_market;
    char log[FAKE_LOG];
    uint32_t log_sites[MT_LOG_SITES], left_out;
    struct mt_script *script;
    struct mt_strategy strategy;
    struct mt_diag diag;
};

static char fake_root[64];

static double fake_request(struct mt_port *port, const struct mt_request *request)
{
    struct fake *fake = port->engine;
    if (fake->request_count == MT_SIGNALS_PER_CALL)
        return -(double)MT_CODE_TOO_MANY;
    if (fake->refuse_with != 0)
        return -(double)fake->refuse_with;
    if (fake->asked < FAKE_REQUESTS)
        fake->requests[fake->asked] = *request;
    fake->request_count++;
    return ++fake->asked;
}

static int32_t fake_timer_set(struct mt_port *port, const struct mt_request_timer *timer)
{
    struct fake *fake = port->engine;
    fake->timers[fake->timer_count++ % 16] = *timer;
    return 0;
}

static const struct mt_view_bar *fake_bar_at(struct mt_port *port, int32_t market, int32_t tf_s, int32_t back)
{
    struct fake *fake = port->engine;
    (void)market;
    return tf_s == 60 && back < fake->bar_count ? &fake->bars[back] : NULL;
}

static bool fake_bar_of_file(struct mt_port *port, int32_t market, int32_t tf_s)
{
    (void)port;
    (void)market;
    return tf_s != 120;         /* none of two minutes */
}

static double fake_round_price(struct mt_port *port, int32_t market, double price, int32_t mode)
{
    double tick = port->markets[market].instrument.tick, steps = price / tick;
    if (fabs(steps) > 1e15)
        return NAN;
    return (mode < 0 ? floor(steps + 1e-9) : mode > 0 ? ceil(steps - 1e-9) : round(steps)) * tick;
}

static double fake_round_qty(struct mt_port *port, int32_t market, double qty)
{
    double step = port->markets[market].instrument.step;
    double out = trunc(qty / step + (qty > 0 ? 1e-9 : -1e-9)) * step;
    return fabs(out) < port->markets[market].instrument.min_qty ? 0 : out;
}

static int32_t fake_skip(struct mt_port *port, int32_t market, const char *reason, int32_t length, double value)
{
    struct fake *fake = port->engine;
    if (memchr(reason, '\0', (size_t)length))
        return -1;
    fake->skips++;
    fake->last_market = market;
    fake->last_value = value;
    snprintf(fake->last_skip, sizeof fake->last_skip, "%.*s", length, reason);
    return 0;
}

static int32_t fake_mark(struct mt_port *port, int32_t market, const char *name, int32_t length, double value)
{
    struct fake *fake = port->engine;
    if (memchr(name, '\0', (size_t)length))
        return -1;
    fake->marks++;
    fake->last_market = market;
    fake->last_value = value;
    snprintf(fake->last_mark, sizeof fake->last_mark, "%.*s", length, name);
    return 0;
}

static void fake_log(struct mt_port *port, int32_t level, int32_t site, const char *text, int32_t length)
{
    struct fake *fake = port->engine;
    size_t at = strlen(fake->log);
    MT_ASSERT(site >= 0 && site < MT_LOG_SITES);
    fake->log_sites[site] += text ? 1 : 0;
    fake->left_out += text ? 0 : 1;
    if (text)
        snprintf(fake->log + at, sizeof fake->log - at, "%d %.*s\n", level, length, text);
}

static const char *fake_code_name(int32_t code) { return mt_code_name(code); }

static int32_t fake_zone_id(struct mt_port *port, const char *name)
{
    (void)port;
    return strcmp(name, "UTC") == 0 ? 0 : strcmp(name, "+02:00") == 0 ? 1 : -1;
}

static double fake_day_of(double time, int32_t zone) { return floor((time + zone * 7200) / 86400); }
static double fake_clock_of(double time, int32_t zone) { return fmod(time + zone * 7200, 86400); }

static const char *const fake_symbols[FAKE_MARKETS] = { "EURUSD", "GBPUSD", "BTC-USD" };

static struct fake *fake_new(int markets)
{
    struct fake *fake = calloc(1, sizeof *fake);
    fake->port = (struct mt_port){ .now = 1000, .market = -1, .market_count = markets, .markets = fake->markets,
        .engine = fake, .request = fake_request, .timer_set = fake_timer_set, .bar_at = fake_bar_at, .bar_of_file = fake_bar_of_file,
        .round_price = fake_round_price, .round_qty = fake_round_qty, .skip = fake_skip, .mark = fake_mark, .log = fake_log, .code_name = fake_code_name,
        .zone_id = fake_zone_id, .day_of = fake_day_of, .clock_of = fake_clock_of, .pow = pow };
    fake->port.account = (struct mt_view_account){ .cash = 100000, .equity = 100500, .free = 90000 };
    for (int i = 0; i < markets; i++) {
        fake->markets[i] = (struct mt_view_market){ .bid = 1.1 + i, .ask = 1.2 + i, .mid = 1.15 + i, .last = NAN,
            .bid_qty = 5, .ask_qty = 6, .spread_ticks = 10, .index = i, .tradable = true };
        fake->markets[i].instrument = (struct mt_view_instrument){ .tick = 0.01, .step = 0.1, .min_qty = 0.2,
            .contract_size = 1, .price_decimals = 2, .qty_decimals = 1 };
    }
    return fake;
}

static void fake_free(struct fake *fake)
{
    mt_script_free(fake->script);
    free(fake);
}

static void fake_write_n(const char *name, const char *text, size_t length)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", fake_root, name);
    for (char *slash = strchr(path + strlen(fake_root) + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(path, 0777);
        *slash = '/';
    }
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    fclose(file);
}

static void fake_write(const char *name, const char *text) { fake_write_n(name, text, strlen(text)); }

static int fake_group_setup(void **state)
{
    (void)state;
    strcpy(fake_root, "/tmp/mthost_script_XXXXXX");
    return mkdtemp(fake_root) == NULL;
}

static int fake_group_teardown(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", fake_root);
    return system(command);
}

/* Load `name` below the folder. */
static int fake_load_with(struct fake *fake, const char *name, struct mt_script_options *options)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", fake_root, name);
    options->path = path;
    return mt_script_load(&fake->script, options, &fake->diag);
}

static void fake_bind(struct fake *fake)
{
    int rc = mt_script_bind(fake->script, &fake->port, fake_symbols, &fake->diag);
    if (rc != 0)
        fail_msg("bind: %s", fake->diag.text);
    fake->strategy = mt_script_strategy(fake->script);
}

static int fake_deliver(struct fake *fake, enum mt_handler handler, int market)
{
    fake->port.market = market;
    fake->request_count = 0;
    memset(&fake->diag, 0, sizeof fake->diag);
    return fake->strategy.ops->deliver(fake->strategy.self, handler, &fake->diag);
}

/* The same, and nothing may raise. */
static void fake_send(struct fake *fake, enum mt_handler handler, int market)
{
    if (fake_deliver(fake, handler, market) != 0)
        fail_msg("%s", fake->diag.text);
}

static void fake_text(struct fake *fake, const char *text)
{
    snprintf(fake->port.text, sizeof fake->port.text, "%s", text);
}

/* A bound strategy from its text, started. */
static struct fake *fake_start(const char *text, int markets)
{
    struct fake *fake = fake_new(markets);
    struct mt_script_options options = { .seed = 1 };
    fake_write("s.lua", text);
    if (fake_load_with(fake, "s.lua", &options) != 0)
        fail_msg("load: %s", fake->diag.text);
    fake_bind(fake);
    if (fake->strategy.handlers & 1u << MT_ON_START) {
        fake_text(fake, "start");
        fake_send(fake, MT_ON_START, -1);
    }
    return fake;
}

/* Run one chunk as the body of on_quote; returns the rc, diag holds the message. */
static int fake_try(const char *body, struct mt_diag *diag)
{
    char text[8192];
    snprintf(text, sizeof text,
        "local mt = require 'mthost'\nlocal S = mt.strategy { params = { n = mt.param(5, 1, 10, 1) } }\n"
        "function S:on_quote(q, m)\n%s\nend\nreturn S\n", body);
    struct fake *fake = fake_start(text, 1);
    int rc = fake_deliver(fake, MT_ON_QUOTE, 0);
    *diag = fake->diag;
    fake_free(fake);
    return rc;
}

static inline void fake_unused(void)
{
    (void)fake_try;
    (void)fake_start;
    (void)fake_write_n;
}

#endif
