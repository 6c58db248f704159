#include "fake_port.h"

static const char *const sample =
    "local mt = require 'mthost'\n"
    "local function ema(n)\n"
    "  local a, v = 2 / (n + 1), nil\n"
    "  return { update = function(self, x) v = v and v + a * (x - v) or x return v end,\n"
    "           save = function() return { v = v } end, load = function(self, t) v = t.v end }\n"
    "end\n"
    "local S = mt.strategy { bars = { '1m' }, params = { fast = mt.param(12, 2, 200, 1), slow = mt.param(26, 3, 500, 1) },\n"
    "  valid = function(p) return p.fast < p.slow, 'fast must be below slow' end }\n"
    "function S:on_start(why)\n"
    "  assert(why == 'start')\n"
    "  self:keep('fast', ema, self.params.fast)\n"
    "  self:keep('slow', ema, self.params.slow)\n"
    "  self.state.n = 0\n"
    "end\n"
    "function S:on_quote(q, m)\n"
    "  assert(m == self)\n"
    "  local f, s = self.fast:update(q.mid), self.slow:update(q.mid)\n"
    "  if f <= s then return self:skip('below', f) end\n"
    "  self:signal { side = 'buy', size = 2, tag = 'cross', exit = { stop = 0.5, take = { { 1, part = 0.5 }, { 2 } } } }\n"
    "end\n"
    "function S:on_trade(t) self.state.n = self.state.n + t.qty * t.side end\n"
    "function S:on_bar(b) self:mark(b.tf, b.close) end\n"
    "return S\n";

static void quotes_trades_and_bars_reach_their_handlers(void **state)
{
    (void)state;
    struct fake *fake = fake_start(sample, 2);
    assert_int_equal(fake->strategy.handlers, 1u << MT_ON_START | 1u << MT_ON_QUOTE | 1u << MT_ON_TRADE | 1u << MT_ON_BAR);
    assert_false(fake->strategy.has_filters);
    fake->port.quote.mid = 100;
    fake_send(fake, MT_ON_QUOTE, 1);
    assert_int_equal(fake->skips, 1);
    assert_string_equal(fake->last_skip, "below");
    assert_int_equal(fake->last_market, 1);
    fake->port.quote.mid = 101;
    fake_send(fake, MT_ON_QUOTE, 1);
    assert_int_equal(fake->asked, 1);
    const struct mt_request *request = &fake->requests[0];
    assert_int_equal(request->kind, MT_ASK_SIGNAL);
    assert_int_equal(request->market, 1);
    assert_int_equal(request->side, 1);
    assert_true(request->size == 2 && request->strength == 1);
    assert_string_equal(request->tag, "cross");
    assert_int_equal(request->stop.kind, MT_LEVEL_DISTANCE);
    assert_true(request->stop.value == 0.5);
    assert_int_equal(request->take_count, 2);
    assert_true(request->takes[0].part == 0.5 && request->takes[1].part == 0 && request->takes[1].value == 2);
    fake->port.trade = (struct mt_view_trade){ .price = 1, .qty = 3, .side = -1 };
    fake_send(fake, MT_ON_TRADE, 0);
    fake->port.bar = (struct mt_view_bar){ .close = 7, .tf_s = 60 };
    fake_send(fake, MT_ON_BAR, 0);
    assert_string_equal(fake->last_mark, "1m");
    assert_true(fake->last_value == 7);
    fake_free(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quotes_trades_and_bars_reach_their_handlers),
    };
    return cmocka_run_group_tests(tests, fake_group_setup, fake_group_teardown);
}
