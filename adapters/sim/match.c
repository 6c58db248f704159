/* What this venue assumes, in a trader's words.
 *
 * Quotes and trades
 *  1. Your order meets the quote that stands when it arrives. With zero latency that is the quote
 *     your handler saw.
 *  2. A market order buys at the ask and sells at the bid. There is no slippage beyond the
 *     spread, except through size.
 *  3. Where the data shows sizes you get what is displayed, once: what you took is gone until the
 *     next quote, for all your accounts together. The rest of your order waits for that quote.
 *     Where sizes are unknown you get everything.
 *  4. Nothing trades while the bid is above the ask or one side is empty. Bid equal to ask is a
 *     market.
 *  5. A limit order that can trade when it arrives takes what the touch shows (your limit or
 *     better) and pays the taker's fee. What is left of it rests at its limit at once, as a maker:
 *     it trades at its own limit when a later quote touches it, for no more than that quote shows,
 *     and completely when a later quote or print goes through it. A print at its price is not
 *     enough: we do not know your place in the queue, so you are last.
 *  6. A stop sees the side you would exit at: a sell stop triggers when the bid is at or below
 *     it, a buy stop when the ask is at or above it. It then is a market order at the price that
 *     stands, never at the stop price across a gap. One market event first fills what rested and
 *     was gone through, then triggers stops.
 *  7. Data with trades only: bid and ask are the last trade, of any size, for market orders, stops
 *     and limits better than it. A limit at the price of the last trade rests (5). The first quote
 *     ends that.
 *
 * Bars
 *  8. An order is first looked at in the first bar of its symbol that opens at or after its
 *     arrival, however late that is.
 *  9. At the open, in order of acceptance: stops that the open has reached or jumped over, market
 *     orders, and limits that the open reaches trade at the open and take.
 * 10. Inside the bar we do not know what came first, so the worse comes first: stops, at their
 *     stop price; then limits, at their own price as makers, only if the bar trades strictly
 *     through it. Of a stop and a take for the same position in one bar the stop wins, and the
 *     fill is marked as assumed. Volume is no bound.
 * 11. A change or a cancel in the middle of a bar of its symbol counts for the whole of that bar.
 * 12. The exits of an entry lie here with it: asleep until it fills, at distances from its fill,
 *     dead when it ends without one.
 *     Entry at the open: high and low come after it, so stop and take count in this very bar.
 *     Entry inside the bar, by a limit: its stop lies farther along the way that the price went:
 *     reached is certain. Its take counts only if the close is strictly beyond it.
 * 13. A stop with a trail: first it is looked at where it lay before the bar. If that was not
 *     reached, the bar's best price moves it; a level that the close has passed was crossed, and
 *     fills there; one that only the other extreme passed fills there too, as assumed. Takes that
 *     lie nearer than that level were passed on the way and fill before it. After an entry inside
 *     the bar the best price is the better of entry and close.
 *
 * Orders
 * 14. IOC: what cannot trade on arrival (bars: at the open) is canceled; FOK: all then, or
 *     nothing. For stops that means the moment they trigger. GTD ends at its time; in bars, an
 *     order that ends inside a bar meets the open but not high and low, and one for which no bar
 *     comes any more ends by the time that the bars of other symbols pass.
 * 15. Post-only is refused when it would take on arrival, and never takes later: it trades at its
 *     limit.
 * 16. Reduce-only never trades more than the net position of its account at that moment; what is
 *     beyond is canceled. It is refused on arrival when there is nothing to reduce.
 * 17. An order that adds to the worst case (position plus all open orders of that side) is
 *     refused when worst case / leverage plus fees, over all symbols, exceeds the equity, with
 *     positions marked at the price they would exit at. Nothing is closed by force later.
 * 18. Fees are rounded up, profits down, conversions go at the worse side of the rate. A fill
 *     that could not be converted for want of a rate waits. */
#include "adapters/sim/match.h"

#include "model/order.h"

static int64_t left_of(int64_t displayed)
{
    return displayed > 0 ? displayed : MT_MATCH_UNLIMITED;
}

static void show_price(struct mt_match_book *book, int64_t price)
{
    book->bid = book->ask = book->mark_bid = book->mark_ask = price;
    book->bid_left = book->ask_left = MT_MATCH_UNLIMITED;
    book->two_sided = book->marked = true;
}

void mt_match_show(struct mt_match_book *book, const struct mt_event *event)
{
    if (event->kind == MT_EV_QUOTE) {
        const struct mt_quote *quote = &event->quote;
        book->bid = quote->bid;
        book->ask = quote->ask;
        book->bid_left = left_of(quote->bid_qty);
        book->ask_left = left_of(quote->ask_qty);
        book->two_sided = quote->sides == MT_QUOTE_BOTH;
        book->quoted = true;
        book->barred = book->printed = false;
        if (mt_match_tradable(book)) {
            book->mark_bid = quote->bid;
            book->mark_ask = quote->ask;
            book->marked = true;
        }
    } else if (event->kind == MT_EV_TRADE) {
        book->barred = false;
        book->printed = !book->quoted;
        if (!book->quoted)
            show_price(book, event->trade.price);
    } else if (event->kind == MT_EV_BAR
               && (book->barred || (!book->quoted && !book->marked))) {
        int64_t frame_ns = event->bar.tf_s * INT64_C(1000000000), length_ns = event->time_ns - event->bar.open_ns;
        length_ns = frame_ns > length_ns ? frame_ns : length_ns;
        book->longest_bar_ns = length_ns > book->longest_bar_ns ? length_ns : book->longest_bar_ns;
        book->barred = true;
        show_price(book, event->bar.close);
    }
}

static int64_t leaves(const struct mt_match_order *order)
{
    return order->request.terms.qty - order->cum;
}

struct mt_price mt_match_stop(const struct mt_match_order *order)
{
    const struct mt_terms *terms = &order->request.terms;
    return mt_follow_tighter(terms->side < 0, mt_terms_stop(terms), order->trail_level);
}

/* The level of its trail where that is what decides. */
static struct mt_price trailed(const struct mt_match_order *order)
{
    const struct mt_price stop = mt_match_stop(order);
    return mt_price_same(stop, mt_terms_stop(&order->request.terms)) ? mt_price_none() : stop;
}

bool mt_match_stop_touched(const struct mt_match_order *order, const struct mt_match_book *book)
{
    const struct mt_price stop = mt_match_stop(order);
    return stop.there && (order->request.terms.side < 0 ? book->bid <= stop.value : book->ask >= stop.value);
}

bool mt_match_marketable(const struct mt_match_order *order, const struct mt_match_book *book)
{
    return order->request.terms.side > 0 ? book->ask <= order->request.terms.price
                                 : book->bid >= order->request.terms.price;
}

bool mt_match_book(const struct mt_match_order *order, const struct mt_match_book *book,
                   struct mt_match_fill *out)
{
    bool buy = order->request.terms.side > 0;
    int64_t left = buy ? book->ask_left : book->bid_left, price = buy ? book->ask : book->bid;
    *out = (struct mt_match_fill){.price = price, .qty = leaves(order)};
    out->through = order->resting && price != order->request.terms.price;
    if (!out->through && left != MT_MATCH_UNLIMITED && left < out->qty)
        out->qty = left;
    if (order->request.terms.type != MT_TYPE_LIMIT)
        return true;
    if (!mt_match_marketable(order, book) || (book->printed && price == order->request.terms.price))
        return false;
    out->maker = order->resting || mt_terms_post_only(&order->request.terms);
    if (out->maker)
        out->price = order->request.terms.price;
    return true;
}

bool mt_match_print(const struct mt_match_order *order, int64_t print_price,
                    struct mt_match_fill *out)
{
    if (order->request.terms.type != MT_TYPE_LIMIT || !order->resting)
        return false;
    if (order->request.terms.side > 0 ? print_price >= order->request.terms.price
                              : print_price <= order->request.terms.price)
        return false;
    *out = (struct mt_match_fill){.price = order->request.terms.price, .qty = leaves(order), .maker = true};
    return true;
}

bool mt_match_bar_valid(const struct mt_instrument *instrument, const struct mt_bar *bar)
{
    return mt_instrument_price_can_be(instrument, bar->low) && bar->low <= bar->open && bar->low <= bar->close
        && bar->open <= bar->high && bar->close <= bar->high;
}

bool mt_match_bar_open(const struct mt_match_order *order, const struct mt_bar *bar,
                       struct mt_match_fill *out)
{
    struct mt_match_book at_open = {.bid = bar->open,
                                    .ask = bar->open,
                                    .bid_left = MT_MATCH_UNLIMITED,
                                    .ask_left = MT_MATCH_UNLIMITED};
    if (order->request.terms.type == MT_TYPE_STOP && !order->triggered
        && !mt_match_stop_touched(order, &at_open))
        return false;
    if (!mt_match_book(order, &at_open, out))
        return false;
    /* The open of a bar is a trade of that moment: a limit that it reaches takes it, also when it
     * had been resting. */
    out->maker = mt_terms_post_only(&order->request.terms);
    out->price = out->maker ? order->request.terms.price : bar->open;
    out->trailed = order->request.terms.type == MT_TYPE_STOP ? trailed(order) : mt_price_none();
    return true;
}

static bool reached(const struct mt_match_order *order, const struct mt_bar *bar, struct mt_price stop)
{
    return stop.there && (order->request.terms.side < 0 ? bar->low <= stop.value : bar->high >= stop.value);
}

bool mt_match_bar_stop(const struct mt_match_order *order, const struct mt_bar *bar, struct mt_match_fill *out)
{
    const struct mt_price level = mt_match_stop(order);
    int64_t stop = level.value;
    if (order->request.terms.type != MT_TYPE_STOP || !reached(order, bar, level))
        return false;
    /* A stop that its entry's fill has passed already cannot do better than that fill. */
    if (order->inside && (order->request.terms.side < 0 ? order->entry_price < stop : order->entry_price > stop))
        stop = order->entry_price;
    *out = (struct mt_match_fill){.price = stop, .qty = leaves(order), .trailed = trailed(order)};
    return true;
}

int64_t mt_match_bar_extreme(const struct mt_match_order *order, const struct mt_bar *bar)
{
    bool is_long = order->request.terms.side < 0;
    if (!order->inside)
        return is_long ? bar->high : bar->low;
    return (order->entry_price > bar->close) == is_long ? order->entry_price : bar->close;
}

bool mt_match_bar_trail(const struct mt_match_order *order, const struct mt_bar *bar, struct mt_price level,
                        struct mt_match_fill *out)
{
    const struct mt_price stop = mt_follow_tighter(order->request.terms.side < 0, mt_match_stop(order), level);
    bool closed_beyond = order->request.terms.side < 0 ? bar->close <= stop.value : bar->close >= stop.value;
    if (mt_price_same(stop, mt_match_stop(order)) || !reached(order, bar, stop))
        return false;
    *out = (struct mt_match_fill){.price = stop.value, .qty = leaves(order), .trailed = stop,
                                  .assumed = !closed_beyond};
    return true;
}

bool mt_match_bar_limit(const struct mt_match_order *order, const struct mt_bar *bar,
                        struct mt_match_fill *out)
{
    /* Of the bar in which its entry filled only the close is known to have come later. */
    int64_t farthest = order->inside ? bar->close : order->request.terms.side > 0 ? bar->low : bar->high;
    if (order->request.terms.side > 0 ? farthest >= order->request.terms.price : farthest <= order->request.terms.price)
        return false;
    *out = (struct mt_match_fill){.price = order->request.terms.price, .qty = leaves(order), .maker = true};
    return true;
}
