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
 *  5. A limit order that can trade when it arrives takes the touch (your limit or better) and
 *     pays the taker's fee, and so does its rest as long as it stays marketable. Once it has come
 *     to rest it is a maker: it trades at its own limit when a later quote reaches it, for no
 *     more than that quote shows, or when a trade prints strictly through its price, then
 *     completely. A print at its price is not enough: we do not know your place in the queue, so
 *     you are last.
 *  6. A stop sees the side you would exit at: a sell stop triggers when the bid is at or below
 *     it, a buy stop when the ask is at or above it. It then is a market order at the price that
 *     stands, never at the stop price across a gap.
 *  7. Data with trades only: bid and ask are the last trade, of any size. The first quote ends
 *     that.
 *
 * Bars
 *  8. An order is first looked at in the first bar of its symbol that opens at or after its
 *     arrival, however late that is.
 *  9. At the open, in order of acceptance: stops that the open has reached or jumped over, market
 *     orders, and limits that the open reaches trade at the open and take.
 * 10. Inside the bar we do not know what came first, so the worse comes first: stops, at their
 *     stop price; then limits, at their own price as makers, only if the bar trades strictly
 *     through it. Of a stop and a take for the same position in one bar the stop wins. Volume is
 *     no bound.
 * 11. A change or a cancel in the middle of a bar of its symbol counts for the whole of that bar.
 *
 * Orders
 * 12. IOC: what cannot trade on arrival (bars: at the open) is canceled; FOK: all then, or
 *     nothing. For stops that means the moment they trigger. GTD ends at its time; in bars, an
 *     order that ends inside a bar meets the open but not high and low, and a market order still
 *     meets one open.
 * 13. Post-only is refused when it would take on arrival, and never takes later: it trades at its
 *     limit.
 * 14. Reduce-only never trades more than the net position of its account at that moment; what is
 *     beyond is canceled. It is refused on arrival when there is nothing to reduce.
 * 15. An order that adds to the worst case (position plus all open orders of that side) is
 *     refused when worst case / leverage plus fees, over all symbols, exceeds the equity, with
 *     positions marked at the price they would exit at. Nothing is closed by force later.
 * 16. Fees are rounded up, profits down, conversions go at the worse side of the rate. A fill
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
}

void mt_match_show(struct mt_match_book *book, const struct mt_event *event)
{
    if (event->kind == MT_EV_QUOTE) {
        const struct mt_quote *quote = &event->quote;
        book->bid = quote->bid;
        book->ask = quote->ask;
        book->bid_left = left_of(quote->bid_qty);
        book->ask_left = left_of(quote->ask_qty);
        book->quoted = true;
        book->barred = false;
        if (mt_match_tradable(book)) {
            book->mark_bid = quote->bid;
            book->mark_ask = quote->ask;
        }
    } else if (event->kind == MT_EV_TRADE) {
        book->barred = false;
        if (!book->quoted)
            show_price(book, event->trade.price);
    } else if (event->kind == MT_EV_BAR
               && (book->barred || (!book->quoted && book->mark_bid == 0))) {
        book->barred = true;
        show_price(book, event->bar.close);
    }
}

static int64_t leaves(const struct mt_match_order *order)
{
    return order->terms.qty - order->cum;
}

bool mt_match_stop_touched(const struct mt_match_order *order, const struct mt_match_book *book)
{
    return order->terms.side < 0 ? book->bid <= order->terms.stop : book->ask >= order->terms.stop;
}

bool mt_match_marketable(const struct mt_match_order *order, const struct mt_match_book *book)
{
    return order->terms.side > 0 ? book->ask <= order->terms.price
                                 : book->bid >= order->terms.price;
}

bool mt_match_book(const struct mt_match_order *order, const struct mt_match_book *book,
                   struct mt_match_fill *out)
{
    bool buy = order->terms.side > 0;
    int64_t left = buy ? book->ask_left : book->bid_left;
    out->price = buy ? book->ask : book->bid;
    out->qty = left != MT_MATCH_UNLIMITED && left < leaves(order) ? left : leaves(order);
    out->maker = false;
    if (order->terms.type != MT_TYPE_LIMIT)
        return true;
    if (!mt_match_marketable(order, book))
        return false;
    out->maker = order->resting || order->terms.post_only;
    if (out->maker)
        out->price = order->terms.price;
    return true;
}

bool mt_match_print(const struct mt_match_order *order, int64_t print_price,
                    struct mt_match_fill *out)
{
    if (order->terms.type != MT_TYPE_LIMIT || !order->resting)
        return false;
    if (order->terms.side > 0 ? print_price >= order->terms.price
                              : print_price <= order->terms.price)
        return false;
    *out = (struct mt_match_fill){.price = order->terms.price, .qty = leaves(order), .maker = true};
    return true;
}

bool mt_match_bar_valid(const struct mt_bar *bar)
{
    return bar->low > 0 && bar->low <= bar->open && bar->low <= bar->close && bar->open <= bar->high
        && bar->close <= bar->high;
}

bool mt_match_bar_open(const struct mt_match_order *order, const struct mt_bar *bar,
                       struct mt_match_fill *out)
{
    struct mt_match_book at_open = {.bid = bar->open,
                                    .ask = bar->open,
                                    .bid_left = MT_MATCH_UNLIMITED,
                                    .ask_left = MT_MATCH_UNLIMITED};
    if (order->terms.type == MT_TYPE_STOP && !order->triggered
        && !mt_match_stop_touched(order, &at_open))
        return false;
    if (!mt_match_book(order, &at_open, out))
        return false;
    /* The open of a bar is a trade of that moment: a limit that it reaches takes it, also when it
     * had been resting. */
    out->maker = order->terms.post_only;
    out->price = out->maker ? order->terms.price : bar->open;
    return true;
}

bool mt_match_bar_stop(const struct mt_match_order *order, const struct mt_bar *bar,
                       struct mt_match_fill *out)
{
    if (order->terms.type != MT_TYPE_STOP)
        return false;
    if (order->terms.side < 0 ? bar->low > order->terms.stop : bar->high < order->terms.stop)
        return false;
    *out = (struct mt_match_fill){.price = order->terms.stop, .qty = leaves(order), .maker = false};
    return true;
}

bool mt_match_bar_limit(const struct mt_match_order *order, const struct mt_bar *bar,
                        struct mt_match_fill *out)
{
    if (order->terms.type != MT_TYPE_LIMIT)
        return false;
    if (order->terms.side > 0 ? bar->low >= order->terms.price : bar->high <= order->terms.price)
        return false;
    *out = (struct mt_match_fill){.price = order->terms.price, .qty = leaves(order), .maker = true};
    return true;
}
