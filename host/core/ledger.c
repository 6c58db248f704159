#include "core/ledger.h"

#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "model/code.h"

static size_t slot_index(const struct mt_ledger *ledger, uint16_t account, uint16_t symbol)
{
    return (size_t)account * ledger->instrument_count + symbol;
}

/* ---- construction ---- */

/* contract_size * 10^8 / 10^(scales) in lowest terms, as far as 64 bits hold it. */
static struct mt_ledger_factor factor_of(const struct mt_instrument *instrument)
{
    struct mt_ledger_factor factor = {.mul = instrument->contract_size, .div = 1};
    int excess = instrument->price_scale + instrument->qty_scale + instrument->contract_scale -
                 MT_MONEY_SCALE;
    while (excess > 0 && factor.mul % 10 == 0) {
        factor.mul /= 10;
        excess--;
    }
    if (excess > MT_SCALE_MAX)
        return (struct mt_ledger_factor){0};
    if (excess > 0)
        factor.div = mt_pow10(excess);
    if (excess < 0 && __builtin_mul_overflow(factor.mul, mt_pow10(-excess), &factor.mul))
        return (struct mt_ledger_factor){0};
    factor.room = ((mt_i128)1 << 125) / factor.mul;
    return factor;
}

static int allocate(struct mt_ledger *ledger)
{
    size_t symbols = ledger->instrument_count, accounts = ledger->account_count,
           slots = symbols * accounts;
    ledger->tops = calloc(symbols, sizeof *ledger->tops);
    ledger->accounts = calloc(accounts, sizeof *ledger->accounts);
    ledger->slots = calloc(slots, sizeof *ledger->slots);
    ledger->scratch = calloc(slots, sizeof *ledger->scratch);
    ledger->quote_currency = calloc(symbols, sizeof *ledger->quote_currency);
    ledger->factors = calloc(symbols, sizeof *ledger->factors);
    ledger->holder_count = calloc(symbols, sizeof *ledger->holder_count);
    ledger->holders = calloc(slots, sizeof *ledger->holders);
    ledger->touched = calloc(accounts, sizeof *ledger->touched);
    ledger->active_count = calloc(accounts, sizeof *ledger->active_count);
    ledger->active = calloc(slots, sizeof *ledger->active);
    const void *const all[] = { ledger->tops,         ledger->accounts,       ledger->slots,
                                ledger->scratch,      ledger->quote_currency, ledger->factors,
                                ledger->holder_count, ledger->holders,        ledger->active_count,
                                ledger->active,       ledger->touched };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i] == NULL)
            return MT_ENOMEM;
    return 0;
}

static int enter_instruments(struct mt_ledger *ledger, struct mt_diag *diag)
{
    for (uint16_t i = 0; i < ledger->instrument_count; i++) {
        const struct mt_instrument *instrument = &ledger->instruments[i];
        int quote = mt_rates_currency(&ledger->rates, instrument->quote);
        if (quote < 0)
            return mt_fail(diag, quote, "ledger: %s: quote currency \"%s\": %s", instrument->symbol,
                           instrument->quote, mt_err_name(quote));
        ledger->quote_currency[i] = quote;
        ledger->factors[i] = factor_of(instrument);
        int err = mt_rates_add_instrument(&ledger->rates, i, instrument);
        if (err != 0)
            return mt_fail(diag, err, "ledger: %s: base currency \"%s\": %s", instrument->symbol,
                           instrument->base, mt_err_name(err));
    }
    return 0;
}

static int enter_accounts(struct mt_ledger *ledger, const struct mt_account_setup *setups,
                          struct mt_diag *diag)
{
    for (uint16_t i = 0; i < ledger->account_count; i++) {
        const struct mt_account_setup *setup = &setups[i];
        struct mt_account *account = &ledger->accounts[i];
        if (setup->leverage <= 0)
            return mt_fail(diag, MT_ERANGE, "ledger: account %s: the leverage must be above 0",
                           setup->name);
        account->currency = mt_rates_currency(&ledger->rates, setup->currency);
        if (account->currency < 0)
            return mt_fail(diag, account->currency, "ledger: account %s: currency \"%s\": %s",
                           setup->name, setup->currency, mt_err_name(account->currency));
        memcpy(account->name, setup->name, sizeof account->name);
        account->leverage = setup->leverage;
        account->taker_rate = setup->taker_rate;
        account->cash = account->cash_start = setup->cash;
    }
    return 0;
}

int mt_ledger_init(struct mt_ledger *ledger, const struct mt_instrument *instruments,
                   uint16_t instrument_count, const struct mt_account_setup *accounts,
                   uint16_t account_count, struct mt_diag *diag)
{
    memset(ledger, 0, sizeof *ledger);
    mt_rates_init(&ledger->rates);
    if (instrument_count == 0 || instrument_count > MT_INSTRUMENTS_MAX)
        return mt_fail(diag, MT_ERANGE, "ledger: %u instruments: 1 to %d are possible",
                       instrument_count, MT_INSTRUMENTS_MAX);
    if (account_count == 0 || account_count > MT_ACCOUNTS_MAX)
        return mt_fail(diag, MT_ERANGE, "ledger: %u accounts: 1 to %d are possible", account_count,
                       MT_ACCOUNTS_MAX);
    ledger->instruments = instruments;
    ledger->instrument_count = instrument_count;
    ledger->account_count = account_count;
    int err = allocate(ledger);
    if (err != 0)
        mt_fail(diag, err, "ledger: no memory for %u accounts with %u symbols", account_count,
                instrument_count);
    if (err == 0)
        err = enter_instruments(ledger, diag);
    if (err == 0)
        err = enter_accounts(ledger, accounts, diag);
    if (err != 0)
        mt_ledger_fini(ledger);
    return err;
}

void mt_ledger_fini(struct mt_ledger *ledger)
{
    free(ledger->tops);
    free(ledger->accounts);
    free(ledger->slots);
    free(ledger->scratch);
    free(ledger->quote_currency);
    free(ledger->factors);
    free(ledger->holder_count);
    free(ledger->holders);
    free(ledger->touched);
    free(ledger->active_count);
    free(ledger->active);
    memset(ledger, 0, sizeof *ledger);
}

/* ---- market ---- */

void mt_ledger_market(struct mt_ledger *ledger, const struct mt_event *event)
{
    struct mt_top *top = &ledger->tops[event->symbol];
    switch (event->kind) {
    case MT_EV_QUOTE:
        top->bid = event->quote.bid;
        top->ask = event->quote.ask;
        top->bid_qty = event->quote.bid_qty;
        top->ask_qty = event->quote.ask_qty;
        top->sides = event->quote.sides;
        top->quote_ns = event->time_ns;
        top->bar_ns = 0;
        top->quoted = true;
        break;
    case MT_EV_TRADE:
        top->last = event->trade.price;
        top->trade_ns = event->time_ns;
        top->traded = true;
        if (!top->quoted) {
            top->bid = top->ask = event->trade.price;
            top->sides = MT_QUOTE_BOTH;
            top->quote_ns = event->time_ns;
        }
        break;
    case MT_EV_BAR:
        top->bid = top->ask = top->last = event->bar.close;
        top->bid_qty = top->ask_qty = 0;
        top->sides = MT_QUOTE_BOTH;
        top->quote_ns = top->trade_ns = event->time_ns;
        top->bar_ns = event->bar.tf_s * MT_NS_PER_S;
        top->quoted = top->traded = true;
        break;
    default:
        return;
    }
    top->venue_ns = event->venue_ns;
    top->updates++;
    if (event->kind != MT_EV_TRADE || !top->quoted)
        mt_rates_update(&ledger->rates, event->symbol, top->bid, top->ask);
}

int mt_top_code(const struct mt_top *top)
{
    if (!mt_top_has_bid(top) && !mt_top_has_ask(top))
        return MT_CODE_DATA_MISSING;
    if (!mt_top_has_bid(top) || !mt_top_has_ask(top) || top->bid > top->ask)
        return MT_CODE_DATA_CROSSED;
    return MT_CODE_OK;
}

/* ---- who holds what ---- */

/* Insert into or remove from an ascending list. */
static void list_set(uint16_t *list, uint16_t *count, uint16_t value, bool member)
{
    uint16_t at = 0;
    while (at < *count && list[at] < value)
        at++;
    bool there = at < *count && list[at] == value;
    if (there == member)
        return;
    size_t rest = (size_t)(*count - at);
    if (member) {
        memmove(list + at + 1, list + at, rest * sizeof *list);
        list[at] = value;
        ++*count;
    } else {
        memmove(list + at, list + at + 1, (rest - 1) * sizeof *list);
        --*count;
    }
}

static bool slot_held(const struct mt_slot *slot)
{
    return slot->position.qty != 0 || slot->unconverted != 0;
}

static void list_slot(struct mt_ledger *ledger, uint16_t account, uint16_t symbol)
{
    const struct mt_slot *slot = mt_ledger_slot(ledger, account, symbol);
    bool held = slot_held(slot);
    list_set(ledger->holders + (size_t)symbol * ledger->account_count,
             &ledger->holder_count[symbol], account, held);
    list_set(ledger->active + slot_index(ledger, account, 0), &ledger->active_count[account],
             symbol, held || slot->open > 0);
}

/* ---- marking ---- */

int mt_ledger_quote_money(const struct mt_ledger *ledger, uint16_t symbol, mt_i128 amount,
                          enum mt_round round, mt_money *out)
{
    const struct mt_ledger_factor factor = ledger->factors[symbol];
    if (factor.div == 0 || amount != (int64_t)amount)
        return mt_instrument_money(&ledger->instruments[symbol], amount, round, out);
    mt_i128 product = (mt_i128)(int64_t)amount * factor.mul;
    if (factor.div == 1) {
        *out = product;
        return 0;
    }
    if (product != (int64_t)product)
        return mt_div128(product, factor.div, round, out);
    int64_t quotient = (int64_t)product / factor.div, remainder = (int64_t)product % factor.div;
    *out = quotient + (round == MT_ROUND_DOWN ? -(remainder < 0) : (remainder > 0));
    return 0;
}

static int account_money(const struct mt_ledger *ledger, uint16_t account, uint16_t symbol,
                         mt_money amount, enum mt_round worse, mt_money *out)
{
    int from = ledger->quote_currency[symbol], to = ledger->accounts[account].currency;
    if (from == to) {
        *out = amount;
        return 0;
    }
    return mt_rates_convert(&ledger->rates, amount, from, to, worse, out);
}

/* magnitude / divisor, up or down; 64 bits hold nearly every profit, and 128 by 64 every notional. */
static mt_i128 part_of(mt_i128 value, int64_t divisor, bool up)
{
    if (divisor == 1)
        return value;
    if (value == (int64_t)value) {
        int64_t short_one = (int64_t)value, quotient = short_one / divisor, rest = short_one % divisor;
        return up ? quotient + (rest > 0) : quotient - (rest < 0);
    }
    mt_i128 quotient = value / divisor, rest = value - quotient * divisor;
    return up ? quotient + (rest > 0) : quotient - (rest < 0);
}

static bool factor_applies(const struct mt_ledger *ledger, uint16_t account, uint16_t symbol)
{
    return ledger->factors[symbol].div != 0 &&
           mt_ledger_slot(ledger, account, symbol)->unconverted == 0 &&
           ledger->quote_currency[symbol] == ledger->accounts[account].currency;
}

static bool has_room(const struct mt_ledger_factor *factor, mt_i128 amount)
{
    return amount < factor->room && amount > -factor->room;
}

/* What of a mark depends on the position alone. */
static void find_unit(const struct mt_ledger *ledger, uint16_t account, uint16_t symbol)
{
    const struct mt_ledger_factor *factor = &ledger->factors[symbol];
    struct mt_slot *slot = mt_ledger_slot(ledger, account, symbol);
    int64_t whole;
    slot->unit = 0;
    if (!factor_applies(ledger, account, symbol) || !has_room(factor, slot->position.cost) ||
        __builtin_mul_overflow(slot->position.qty, factor->mul, &whole) || whole % factor->div != 0)
        return;
    slot->unit = whole / factor->div;
    slot->paid = part_of(slot->position.cost * factor->mul, factor->div, true);
}

/* The same as slot_value where no product can pass 126 bits, which is nearly always: one mark per tick
 * and holder is the busiest sum of the host. */
static bool short_value(const struct mt_ledger *ledger, uint16_t account, uint16_t symbol,
                        int64_t price, mt_money *unrealised, mt_money *margin)
{
    const struct mt_slot *slot = mt_ledger_slot(ledger, account, symbol);
    const struct mt_ledger_factor *factor = &ledger->factors[symbol];
    const int32_t leverage = ledger->accounts[account].leverage;
    if (slot->unit != 0) {
        mt_i128 value = (mt_i128)price * slot->unit;
        *unrealised = value - slot->paid;
        *margin = part_of(value < 0 ? -value : value, leverage, true);
        return true;
    }
    mt_i128 market = (mt_i128)price * slot->position.qty, cost = slot->position.cost;
    if (!factor_applies(ledger, account, symbol) || !has_room(factor, market) || !has_room(factor, cost))
        return false;
    *unrealised = part_of((market - cost) * factor->mul, factor->div, false);
    mt_i128 notional = part_of((market < 0 ? -market : market) * factor->mul, factor->div, true);
    *margin = part_of(notional, leverage, true);
    return true;
}

static int slot_value(const struct mt_ledger *ledger, uint16_t account, uint16_t symbol,
                      int64_t price, mt_money *unrealised, mt_money *margin)
{
    if (short_value(ledger, account, symbol, price, unrealised, margin))
        return 0;
    const struct mt_slot *slot = mt_ledger_slot(ledger, account, symbol);
    mt_i128 market = (mt_i128)price * slot->position.qty, profit;
    mt_money money;
    int err = mt_sub128(market, slot->position.cost, &profit);
    if (err == 0)
        err = mt_ledger_quote_money(ledger, symbol, profit, MT_ROUND_DOWN, &money);
    if (err == 0)
        err = mt_add128(money, slot->unconverted, &money);
    if (err == 0)
        err = account_money(ledger, account, symbol, money, MT_ROUND_DOWN, unrealised);
    if (err == 0)
        err = mt_ledger_quote_money(ledger, symbol, market < 0 ? -market : market, MT_ROUND_UP,
                                    &money);
    if (err == 0)
        err = account_money(ledger, account, symbol, money, MT_ROUND_UP, &money);
    return err != 0 ? err
                    : mt_div128(money, ledger->accounts[account].leverage, MT_ROUND_UP, margin);
}

static void touch(struct mt_ledger *ledger, uint16_t account)
{
    if (ledger->accounts[account].touched)
        return;
    ledger->accounts[account].touched = true;
    ledger->touched[ledger->touched_count++] = account;
}

void mt_ledger_untouch(struct mt_ledger *ledger)
{
    while (ledger->touched_count > 0)
        ledger->accounts[ledger->touched[--ledger->touched_count]].touched = false;
}

/* A slot that cannot be valued keeps its last value and flags its account. */
static void slot_mark(struct mt_ledger *ledger, uint16_t account_index, uint16_t symbol,
                      int64_t price)
{
    struct mt_account *account = &ledger->accounts[account_index];
    struct mt_slot *slot = mt_ledger_slot(ledger, account_index, symbol);
    mt_money unrealised = 0, margin = 0, profit_sum, margin_sum;
    touch(ledger, account_index);
    bool priced = !slot_held(slot) ||
                  slot_value(ledger, account_index, symbol, price, &unrealised, &margin) == 0;
    priced = priced && !__builtin_sub_overflow(unrealised, slot->unrealised, &profit_sum) &&
             !__builtin_add_overflow(account->unrealised, profit_sum, &profit_sum) &&
             !__builtin_add_overflow(account->margin - slot->margin, margin, &margin_sum);
    if (priced) {
        account->unrealised = profit_sum;
        account->margin = margin_sum;
        slot->unrealised = unrealised;
        slot->margin = margin;
    }
    slot->marked = mt_price_if(priced && slot->unit != 0, price);
    if (slot->unpriced == priced) {
        slot->unpriced = !priced;
        account->unpriced = (uint16_t)(account->unpriced + (priced ? -1 : 1));
        account->rate_missing = account->unpriced > 0;
    }
}

/* The price at which a position could be left, none when that side is empty. */
static struct mt_price exit_price(const struct mt_top *top, int64_t qty)
{
    return mt_top_side(top, qty < 0);
}

bool mt_ledger_mark(struct mt_ledger *ledger, uint16_t symbol)
{
    uint16_t count = ledger->holder_count[symbol];
    bool marked = false;
    if (count == 0)
        return false;
    const struct mt_top *top = &ledger->tops[symbol];
    const uint16_t *holders = ledger->holders + (size_t)symbol * ledger->account_count;
    for (uint16_t i = 0; i < count; i++) {
        const struct mt_slot *slot = mt_ledger_slot(ledger, holders[i], symbol);
        const struct mt_price price = exit_price(top, slot->position.qty);
        if (!price.there || mt_price_same(price, slot->marked))
            continue;
        slot_mark(ledger, holders[i], symbol, price.value);
        marked = true;
    }
    return marked;
}

/* ---- money ---- */

static int position_fill(const struct mt_ledger *ledger, uint16_t symbol, struct mt_position *position, int side,
                         int64_t price, int64_t qty, int64_t now_ns, struct mt_position_change *out)
{
    if (!mt_instrument_price_can_be(&ledger->instruments[symbol], price))
        return MT_ERANGE;
    return mt_position_fill(position, side, price, qty, now_ns, out);
}

static int position_bust(const struct mt_ledger *ledger, uint16_t symbol, struct mt_position *position, int side,
                         int64_t price, int64_t qty, int64_t now_ns, struct mt_position_change *out)
{
    return mt_position_bust(position, &ledger->instruments[symbol], side, price, qty, now_ns, out);
}

/* One of these two. */
typedef int move_fn(const struct mt_ledger *ledger, uint16_t symbol, struct mt_position *position, int side,
                    int64_t price, int64_t qty, int64_t now_ns, struct mt_position_change *out);

static int price_move(const struct mt_ledger *ledger, move_fn *move, uint16_t account,
                      uint16_t symbol, int side, int64_t price, int64_t qty, mt_money fee,
                      int64_t now_ns, struct mt_booking *out)
{
    struct mt_position next = mt_ledger_slot(ledger, account, symbol)->position;
    struct mt_booking booking = {.fee = fee};
    mt_money money;
    int err = move(ledger, symbol, &next, side, price, qty, now_ns, &booking.change);
    if (err == 0 && booking.change.closed_qty > 0) {
        err = mt_ledger_quote_money(ledger, symbol, booking.change.realised, MT_ROUND_DOWN, &money);
        if (err == 0)
            err = account_money(ledger, account, symbol, money, MT_ROUND_DOWN, &booking.realised);
    }
    if (err == 0 || err == MT_ENOTFOUND)
        *out = booking;
    return err;
}

int mt_ledger_price_fill(const struct mt_ledger *ledger, uint16_t account, uint16_t symbol,
                         int side, int64_t price, int64_t qty, mt_money fee, int64_t now_ns,
                         struct mt_booking *out)
{
    return price_move(ledger, position_fill, account, symbol, side, price, qty, fee, now_ns, out);
}

int mt_ledger_price_bust(const struct mt_ledger *ledger, uint16_t account, uint16_t symbol,
                         int side, int64_t price, int64_t qty, int64_t now_ns,
                         struct mt_booking *out)
{
    return price_move(ledger, position_bust, account, symbol, side, price, qty, 0, now_ns, out);
}

/* Add a realised profit and a fee to the sums of an account and a slot: all or none. */
static int add_sums(struct mt_account *account, struct mt_slot *slot, mt_money realised,
                    mt_money fee)
{
    mt_money cash, net;
    struct { mt_money account_realised, account_fees, slot_realised, slot_fees; } next;
    if (mt_sub128(realised, fee, &net) != 0 || mt_add128(account->cash, net, &cash) != 0 ||
        mt_add128(account->realised, realised, &next.account_realised) != 0 ||
        mt_add128(account->fees, fee, &next.account_fees) != 0 ||
        mt_add128(slot->realised, realised, &next.slot_realised) != 0 ||
        mt_add128(slot->fees, fee, &next.slot_fees) != 0)
        return MT_ERANGE;
    account->cash = cash;
    account->realised = next.account_realised;
    account->fees = next.account_fees;
    slot->realised = next.slot_realised;
    slot->fees = next.slot_fees;
    return 0;
}

/* The profit of a close that was booked as 0 because there was no rate stays in the quote currency.
 */
static int keep_unconverted(const struct mt_ledger *ledger, uint16_t account, uint16_t symbol,
                            mt_i128 realised, mt_money *unconverted)
{
    if (ledger->quote_currency[symbol] == ledger->accounts[account].currency)
        return 0;
    mt_money money;
    int err = mt_ledger_quote_money(ledger, symbol, realised, MT_ROUND_DOWN, &money);
    return err != 0 ? err : mt_add128(*unconverted, money, unconverted);
}

static int book_move(struct mt_ledger *ledger, move_fn *move, uint16_t account_index,
                     uint16_t symbol, int side, int64_t price, int64_t qty, mt_money fee,
                     mt_money realised, int64_t now_ns, struct mt_position_change *out)
{
    struct mt_account *account = &ledger->accounts[account_index];
    struct mt_slot *slot = mt_ledger_slot(ledger, account_index, symbol);
    struct mt_position next = slot->position;
    struct mt_position_change change;
    mt_money unconverted = slot->unconverted;
    int err = move(ledger, symbol, &next, side, price, qty, now_ns, &change);
    if (err == 0 && realised == 0 && change.realised != 0)
        err = keep_unconverted(ledger, account_index, symbol, change.realised, &unconverted);
    if (err == 0)
        err = add_sums(account, slot, realised, fee);
    if (err != 0)
        return err;
    account->open_positions =
        (uint16_t)(account->open_positions + (next.qty != 0) - (slot->position.qty != 0));
    slot->position = next;
    slot->unconverted = unconverted;
    find_unit(ledger, account_index, symbol);
    list_slot(ledger, account_index, symbol);
    const struct mt_price mark = exit_price(&ledger->tops[symbol], next.qty);
    slot_mark(ledger, account_index, symbol, mark.there ? mark.value : price);
    *out = change;
    return 0;
}

int mt_ledger_book_fill(struct mt_ledger *ledger, uint16_t account, uint16_t symbol, int side,
                        int64_t price, int64_t qty, mt_money fee, mt_money realised, int64_t now_ns,
                        struct mt_position_change *out)
{
    return book_move(ledger, position_fill, account, symbol, side, price, qty, fee, realised,
                     now_ns, out);
}

int mt_ledger_book_bust(struct mt_ledger *ledger, uint16_t account, uint16_t symbol, int side,
                        int64_t price, int64_t qty, mt_money fee, mt_money realised, int64_t now_ns,
                        struct mt_position_change *out)
{
    return book_move(ledger, position_bust, account, symbol, side, price, qty, fee, realised,
                     now_ns, out);
}

void mt_ledger_adjust_cash(struct mt_ledger *ledger, uint16_t account_index, mt_money amount)
{
    struct mt_account *account = &ledger->accounts[account_index];
    touch(ledger, account_index);
    int cash = mt_add128(account->cash, amount, &account->cash);
    int adjusted = mt_add128(account->adjusted, amount, &account->adjusted);
    MT_ASSERT(cash == 0);
    MT_ASSERT(adjusted == 0);
}

/* ---- what open orders reserve ---- */

/* false: the sum does not hold it. */
static bool reserve_add(struct mt_slot *slot, const struct mt_order *order, int sign)
{
    if (!mt_order_state_open(order->state))
        return true;
    bool reduces = mt_terms_reduce_only(&order->terms);
    int64_t *sum = order->terms.side > 0 ? (reduces ? &slot->reduce_buys : &slot->buys)
                                         : (reduces ? &slot->reduce_sells : &slot->sells);
    bool overflow = __builtin_add_overflow(*sum, sign * mt_order_reserved_qty(order), sum);
    slot->open += (uint32_t)sign;
    if (order->state == MT_ORDER_UNKNOWN)
        slot->unknown += (uint32_t)sign;
    return !overflow && *sum >= 0;
}

bool mt_ledger_reservable(const struct mt_ledger *ledger, const struct mt_order *before, const struct mt_order *after)
{
    if (!mt_order_state_open(after->state))
        return true;
    struct mt_slot slot = *mt_ledger_slot(ledger, after->terms.account, after->terms.symbol);
    return after->terms.qty > 0 && after->wished.qty >= 0 && (before == NULL || reserve_add(&slot, before, -1))
        && reserve_add(&slot, after, 1);
}

void mt_ledger_reserve(struct mt_ledger *ledger, const struct mt_order *before,
                       const struct mt_order *after)
{
    const struct mt_order *order = after != NULL ? after : before;
    MT_ASSERT(order != NULL);
    struct mt_slot *slot = mt_ledger_slot(ledger, order->terms.account, order->terms.symbol);
    bool had_open = slot->open > 0;
    MT_ASSERT(before == NULL || reserve_add(slot, before, -1));
    MT_ASSERT(after == NULL || reserve_add(slot, after, 1));
    if (had_open != (slot->open > 0))
        list_slot(ledger, order->terms.account, order->terms.symbol);
}

/* ---- self-check ---- */

static const char *check_slot(const struct mt_ledger *ledger, uint16_t account, uint16_t symbol)
{
    const struct mt_slot *slot = mt_ledger_slot(ledger, account, symbol);
    const struct mt_slot *sums = &ledger->scratch[slot_index(ledger, account, symbol)];
    if (slot->buys != sums->buys || slot->sells != sums->sells)
        return "the reservations of a slot differ from its open orders";
    if (slot->reduce_buys != sums->reduce_buys || slot->reduce_sells != sums->reduce_sells)
        return "the reduce-only reservations of a slot differ from its open orders";
    if (slot->open != sums->open || slot->unknown != sums->unknown)
        return "the order counts of a slot differ from its orders";
    if (!slot_held(slot) && (slot->unrealised != 0 || slot->margin != 0 || slot->unpriced))
        return "a flat slot has a value";
    return NULL;
}

/* The list holds exactly the members, ascending: seen as a merge, each member must be the list's
 * next. */
static bool list_next(const uint16_t *list, uint16_t count, uint16_t *at, uint16_t value,
                      bool member)
{
    bool there = *at < count && list[*at] == value;
    *at = (uint16_t)(*at + there);
    return there == member;
}

static const char *check_account(const struct mt_ledger *ledger, uint16_t index)
{
    const struct mt_account *account = &ledger->accounts[index];
    mt_money realised = 0, fees = 0, unrealised = 0, margin = 0;
    uint16_t positions = 0, unpriced = 0, at = 0;
    for (uint16_t symbol = 0; symbol < ledger->instrument_count; symbol++) {
        const char *why = check_slot(ledger, index, symbol);
        if (why != NULL)
            return why;
        const struct mt_slot *slot = mt_ledger_slot(ledger, index, symbol);
        realised += slot->realised;
        fees += slot->fees;
        unrealised += slot->unrealised;
        margin += slot->margin;
        positions = (uint16_t)(positions + (slot->position.qty != 0));
        unpriced = (uint16_t)(unpriced + slot->unpriced);
        if (!list_next(ledger->active + slot_index(ledger, index, 0), ledger->active_count[index],
                       &at, symbol, slot_held(slot) || slot->open > 0))
            return "the list of an account's active symbols is wrong";
    }
    if (at != ledger->active_count[index])
        return "the list of an account's active symbols is too long";
    if (account->realised != realised || account->fees != fees)
        return "the realised profit or the fees of an account differ from its slots";
    if (account->cash != account->cash_start + realised - fees + account->adjusted)
        return "the cash of an account differs from what was booked";
    if (account->unrealised != unrealised || account->margin != margin)
        return "the unrealised profit or the margin of an account differs from its slots";
    if (account->open_positions != positions)
        return "the number of open positions of an account is wrong";
    if (account->unpriced != unpriced || account->rate_missing != (unpriced > 0))
        return "the number of slots without a rate is wrong";
    return NULL;
}

static const char *check_holders(const struct mt_ledger *ledger, uint16_t symbol)
{
    uint16_t at = 0;
    for (uint16_t account = 0; account < ledger->account_count; account++)
        if (!list_next(ledger->holders + (size_t)symbol * ledger->account_count,
                       ledger->holder_count[symbol], &at, account,
                       slot_held(mt_ledger_slot(ledger, account, symbol))))
            return "the list of a symbol's holders is wrong";
    return at == ledger->holder_count[symbol] ? NULL : "the list of a symbol's holders is too long";
}

const char *mt_ledger_self_check(const struct mt_ledger *ledger,
                                 const struct mt_order *const *orders, size_t count)
{
    memset(ledger->scratch, 0,
           (size_t)ledger->account_count * ledger->instrument_count * sizeof *ledger->scratch);
    for (size_t i = 0; i < count; i++)
        reserve_add(&ledger->scratch[slot_index(ledger, orders[i]->terms.account, orders[i]->terms.symbol)],
                    orders[i], 1);
    const char *why = NULL;
    for (uint16_t account = 0; why == NULL && account < ledger->account_count; account++)
        why = check_account(ledger, account);
    for (uint16_t symbol = 0; why == NULL && symbol < ledger->instrument_count; symbol++)
        why = check_holders(ledger, symbol);
    return why;
}
