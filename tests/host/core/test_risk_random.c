/* Random orders, fills, cancels, replaces and losses of answers. A model that knows only the orders
 * and the sentences of the design computes verdicts from scratch, and plays the open orders out in
 * random orders of fills to see that no position ever passes a limit that was asked (I7). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/hash.h"
#include "host/core/risk_world.h"

enum { ORDERS = 24, STEPS = 40000 };

static struct world world;
static struct world *const w = &world;
static struct mt_order orders[ORDERS];      /* state CREATED: free place */
static int64_t positions[ACCOUNTS][SYMBOLS];
static uint64_t seed, drawn;

static uint64_t draw(uint64_t below)
{
    return mt_random_at(seed, drawn++) % below;
}

/* ---- the model ---- */

static int64_t magnitude(int64_t x)
{
    return x < 0 ? -x : x;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t may_fill(const struct mt_order *order)
{
    int64_t rest = order->terms.qty - order->cum, wished = order->wished.qty - order->cum;
    return order->op == MT_OP_REPLACE_SENT && wished > rest ? wished : rest;
}

struct open_qty { int64_t plain[2], reduce[2], count, unknown; };      /* [0] buys, [1] sells */

static struct open_qty model_open(int account, int symbol)
{
    struct open_qty open = {0};
    for (int i = 0; i < ORDERS; i++) {
        const struct mt_order *order = &orders[i];
        if (order->state == MT_ORDER_CREATED || order->terms.account != account ||
            order->terms.symbol != symbol)
            continue;
        (mt_terms_reduce_only(&order->terms) ? open.reduce : open.plain)[order->terms.side < 0] += may_fill(order);
        open.count++;
        open.unknown += order->state == MT_ORDER_UNKNOWN;
    }
    return open;
}

/* The largest |position| that the open orders and the ask can lead to. */
static int64_t model_worst(int account, int symbol, const struct mt_risk_ask *ask)
{
    struct open_qty open = model_open(account, symbol);
    int64_t position = positions[account][symbol], worst = magnitude(position);
    if (ask != NULL && ask->terms.account == account && ask->terms.symbol == symbol)
        (mt_terms_reduce_only(&ask->terms) ? open.reduce : open.plain)[ask->terms.side < 0] += ask->terms.qty;
    for (int sell = 0; sell < 2; sell++) {
        int64_t along = sell ? -position : position;       /* > 0: on the side of these orders */
        int64_t reached = along + open.plain[sell];
        if (along < 0)
            reached += smaller(open.reduce[sell], -along);
        if (reached > worst)
            worst = reached;
    }
    return worst;
}

static bool in_scope(int kind, const struct mt_risk_ask *ask, int account, int symbol)
{
    if (kind == MT_SCOPE_GLOBAL)
        return true;
    if (account != ask->terms.account)
        return false;
    if (kind == MT_SCOPE_SYMBOL)
        return symbol == ask->terms.symbol;
    return kind != MT_SCOPE_GROUP || symbol == EURUSD || symbol == GBPUSD;
}

static bool has_scope(int kind, const struct mt_risk_ask *ask)
{
    if (kind == MT_SCOPE_GROUP)
        return ask->terms.symbol == EURUSD || ask->terms.symbol == GBPUSD;
    return kind != MT_SCOPE_STRATEGY || ask->terms.seat == 0;
}

/* All instances of a kind have the same limits here. */
static int64_t limits[MT_SCOPES][MT_LIMITS];        /* -1: not set */

static int model_verdict(const struct mt_risk_ask *ask)
{
    struct open_qty open = model_open(ask->terms.account, ask->terms.symbol);
    int64_t position = positions[ask->terms.account][ask->terms.symbol];
    bool against = position != 0 && (position > 0) != (ask->terms.side > 0);
    int64_t free_qty = !against ? 0 : mt_terms_reduce_only(&ask->terms) ? magnitude(position)
        : magnitude(position) - open.plain[ask->terms.side < 0] - open.reduce[ask->terms.side < 0];
    bool increase = ask->terms.qty > free_qty;
    bool raises = increase || model_worst(ask->terms.account, ask->terms.symbol, ask) >
                                  model_worst(ask->terms.account, ask->terms.symbol, NULL);
    for (int kind = 0; kind < MT_SCOPES && increase; kind++)
        if (has_scope(kind, ask) && limits[kind][MT_LIMIT_MAX_ORDER_QTY] >= 0 &&
            ask->terms.qty * 1000000 > limits[kind][MT_LIMIT_MAX_ORDER_QTY])
            return MT_CODE_MAX_ORDER_QTY;
    static const enum mt_limit_id ids[] = { MT_LIMIT_MAX_OPEN, MT_LIMIT_MAX_UNKNOWN,
                                            MT_LIMIT_MAX_NET, MT_LIMIT_MAX_GROSS };
    static const int codes[] = { MT_CODE_MAX_OPEN_ORDERS, MT_CODE_MAX_UNKNOWN,
                                 MT_CODE_MAX_POSITION_NET, MT_CODE_MAX_POSITION_GROSS };
    for (int i = 0; i < 4; i++) {
        if (i == 2 && mt_terms_reduce_only(&ask->terms) && increase)
            return MT_CODE_REDUCE_ONLY_VIOLATION;
        for (int kind = 0; kind < MT_SCOPES; kind++) {
            int64_t sum = 0;
            if (!has_scope(kind, ask) || limits[kind][ids[i]] < 0 || !(i < 2 ? increase : raises))
                continue;
            for (int a = 0; a < ACCOUNTS; a++)
                for (int s = 0; s < SYMBOLS; s++) {
                    struct open_qty there = model_open(a, s);
                    if (in_scope(kind, ask, a, s))
                        sum += i == 0   ? there.count
                               : i == 1 ? there.unknown
                                        : model_worst(a, s, ask) * 1000000;
                }
            if (i < 2 ? sum >= limits[kind][ids[i]] : sum > limits[kind][ids[i]])
                return codes[i];
        }
    }
    return MT_CODE_OK;
}

/* Fill the open orders of one slot in a random order, in random parts; a reduce-only order fills at
 * most what is there. Returns the largest |position| on the way. */
static int64_t play_out(int account, int symbol)
{
    struct { int side; bool reduce; int64_t rest; } left[ORDERS];
    int count = 0;
    int64_t position = positions[account][symbol], worst = magnitude(position);
    for (int i = 0; i < ORDERS; i++)
        if (orders[i].state != MT_ORDER_CREATED && orders[i].terms.account == account &&
            orders[i].terms.symbol == symbol) {
            left[count].side = orders[i].terms.side;
            left[count].reduce = mt_terms_reduce_only(&orders[i].terms);
            left[count++].rest = may_fill(&orders[i]);
        }
    for (int turn = 0; turn < 6 * count; turn++) {
        int i = (int)draw((uint64_t)count);
        int64_t most = left[i].rest;
        if (left[i].reduce)
            most = (position > 0) == (left[i].side > 0) ? 0 : smaller(most, magnitude(position));
        int64_t part = most == 0 ? 0 : draw(2) ? most : (int64_t)draw((uint64_t)most + 1);
        position += left[i].side * part;
        left[i].rest -= part;
        if (magnitude(position) > worst)
            worst = magnitude(position);
    }
    return worst;
}

static void worst_cases_hold(const struct mt_risk_ask *ask)
{
    for (int kind = 0; kind < MT_SCOPES; kind++) {
        if (!has_scope(kind, ask) || limits[kind][MT_LIMIT_MAX_NET] < 0)
            continue;
        int64_t sum = 0;
        for (int a = 0; a < ACCOUNTS; a++)
            for (int s = 0; s < SYMBOLS; s++)
                sum += in_scope(kind, ask, a, s) ? play_out(a, s) : 0;
        if (sum * 1000000 > limits[kind][MT_LIMIT_MAX_NET])
            fail_msg("step with seed %llu: a %s may reach %lld", (unsigned long long)seed,
                     mt_scope_name((unsigned)kind), (long long)sum);
    }
}

/* ---- the world ---- */

static void draw_limits(void)
{
    static const struct { enum mt_limit_id id; int64_t unit; uint64_t most;
    } kinds[] = {
        { MT_LIMIT_MAX_ORDER_QTY, 1000000, 30 }, { MT_LIMIT_MAX_OPEN, 1, 12 },
        { MT_LIMIT_MAX_UNKNOWN, 1, 4 },          { MT_LIMIT_MAX_NET, 1000000, 80 },
        { MT_LIMIT_MAX_GROSS, 1000000, 80 },
    };
    for (int kind = 0; kind < MT_SCOPES; kind++)
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
            limits[kind][kinds[i].id] = draw(3) ? -1 : (int64_t)draw(kinds[i].most) * kinds[i].unit;
    for (size_t scope = 0; scope < mt_risk_scope_count(w->risk); scope++) {
        struct mt_risk_scope_view view;
        mt_risk_scope(w->risk, (uint16_t)scope, &view);
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
            int64_t value = limits[view.kind][kinds[i].id];
            mt_risk_on_limit(w->risk, (uint16_t)scope, kinds[i].id, value >= 0,
                             value >= 0 ? value : 0);
        }
    }
}

static void step_order(void)
{
    struct mt_risk_ask ask = { .terms = {
        .account = (uint16_t)draw(ACCOUNTS),
        .symbol = (uint16_t)(draw(2)   ? EURUSD
                             : draw(2) ? GBPUSD
                                       : USDJPY),
        .seat = (uint16_t)draw(2),
        .side = draw(2) ? 1 : -1,
        .qty = 1 + (int64_t)draw(25),
        .type = MT_TYPE_MARKET,
        .flags = draw(4) == 0 ? MT_TERMS_REDUCE_ONLY : 0,
    } };
    struct mt_risk_verdict verdict = world_check(w, &ask);
    int expected = model_verdict(&ask);
    if (verdict.code != expected)
        fail_msg("seed %llu, draw %llu: %s, the model says %s", (unsigned long long)seed,
                 (unsigned long long)drawn, mt_code_name(verdict.code), mt_code_name(expected));
    bool asked = mt_risk_increases(w->risk, &ask) || model_worst(ask.terms.account, ask.terms.symbol, &ask) >
                                                         model_worst(ask.terms.account, ask.terms.symbol, NULL);
    world_intent(w, &ask, verdict.code);
    if (verdict.code != MT_CODE_OK)
        return;
    for (int i = 0; i < ORDERS; i++) {
        if (orders[i].state != MT_ORDER_CREATED)
            continue;
        orders[i] = world_order(w, ask.terms.account, ask.terms.symbol, ask.terms.side, ask.terms.qty, mt_terms_reduce_only(&ask.terms),
                                MT_ORDER_READY);
        if (asked)
            worst_cases_hold(&ask);
        return;
    }
}

static void change(struct mt_order *order, const struct mt_order *after)
{
    bool open = mt_order_state_open(after->state);
    mt_ledger_reserve(&w->ledger, order, after);
    *order = *after;
    if (!open)
        order->state = MT_ORDER_CREATED;
}

static void step_fill(struct mt_order *order)
{
    struct mt_order after = *order;
    int64_t most = after.terms.qty - after.cum, *position = &positions[after.terms.account][after.terms.symbol];
    if (mt_terms_reduce_only(&after.terms))
        most = *position == 0 || (*position > 0) == (after.terms.side > 0)
                   ? 0
                   : smaller(most, magnitude(*position));
    if (most <= 0)
        return;
    int64_t qty = 1 + (int64_t)draw((uint64_t)most);
    world_fill(w, after.terms.account, after.terms.symbol, after.terms.side, qty, 100000 + (int64_t)draw(20000));
    *position += after.terms.side * qty;
    after.cum += qty;
    after.state = after.cum == after.terms.qty ? MT_ORDER_FILLED : MT_ORDER_PARTIAL;
    change(order, &after);
}

static void step_event(void)
{
    struct mt_order *order = &orders[draw(ORDERS)], after = *order;
    if (order->state == MT_ORDER_CREATED)
        return;
    switch (draw(8)) {
    case 0:
        after.state = draw(2) ? MT_ORDER_CANCELED : MT_ORDER_REJECTED;
        break;
    case 1:
        after.state = after.cum == 0 ? MT_ORDER_UNKNOWN : after.state;
        break;
    case 2:
        if (after.op == MT_OP_NONE) {           /* to fewer: needs no verdict */
            after.op = MT_OP_REPLACE_SENT;
            after.wished.qty = after.cum + (int64_t)draw((uint64_t)(after.terms.qty - after.cum)) + 1;
        }
        break;
    case 3:
        if (after.op == MT_OP_REPLACE_SENT) {
            after.terms.qty = after.wished.qty;
            after.op = MT_OP_NONE;
            if (after.cum >= after.terms.qty)
                after.state = MT_ORDER_FILLED;
        }
        break;
    default:
        step_fill(order);
        return;
    }
    change(order, &after);
}

static void step_quote(void)
{
    static const int64_t around[SYMBOLS] = { 110000, 3000000, 150000, 125000 };
    uint16_t symbol = (uint16_t)draw(SYMBOLS);
    int64_t bid = around[symbol] + (int64_t)draw(1000);
    w->now += (int64_t)draw(1000000);
    world_quote(w, symbol, bid, bid + (int64_t)draw(20));
}

static void self_check_holds(void)
{
    const struct mt_order *list[ORDERS];
    size_t count = 0;
    for (int i = 0; i < ORDERS; i++)
        if (orders[i].state != MT_ORDER_CREATED)
            list[count++] = &orders[i];
    const char *why = mt_ledger_self_check(&w->ledger, list, count);
    if (why != NULL)
        fail_msg("seed %llu, draw %llu: %s", (unsigned long long)seed, (unsigned long long)drawn,
                 why);
    for (int a = 0; a < ACCOUNTS; a++)
        for (int s = 0; s < SYMBOLS; s++)
            assert_int_equal(mt_ledger_slot(&w->ledger, (uint16_t)a, (uint16_t)s)->position.qty,
                             positions[a][s]);
}

static void verdicts_equal_those_of_a_model_and_no_position_passes_a_limit(void **state)
{
    (void)state;
    int passed = 0;
    for (int i = 0; i < STEPS; i++) {
        if (i % 500 == 0)
            draw_limits();
        uint64_t before = w->next_coid;
        switch (draw(5)) {
        case 0:
        case 1: step_order(); break;
        case 2: step_quote(); break;
        default: step_event();
        }
        passed += w->next_coid != before;
        if (i % 16 == 0)
            self_check_holds();
    }
    print_message("%d orders passed\n", passed);
    assert_true(passed > STEPS / 100);
}

static int start(void **state)
{
    (void)state;
    const char *given = getenv("MT_SEED");
    seed = given ? strtoull(given, NULL, 0) : 20240818;
    print_message("seed %llu (MT_SEED)\n", (unsigned long long)seed);
    world_start(w);
    return 0;
}

static int end(void **state)
{
    (void)state;
    world_end(w);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            verdicts_equal_those_of_a_model_and_no_position_passes_a_limit, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
