#include "model/position.h"

static uint64_t magnitude(int64_t x)
{
    return x < 0 ? -(uint64_t)x : (uint64_t)x;
}

/* floor(cost * part / whole), 0 <= part < whole. The product of ordinary numbers fits 128 bits, and then
 * the compiler's division is several times faster than the 256-bit one. */
static mt_i128 cost_share(mt_i128 cost, int64_t part, int64_t whole)
{
    unsigned __int128 product;
    if (cost < 0 || __builtin_mul_overflow((unsigned __int128)cost, (unsigned __int128)part, &product)) {
        mt_i128 share;
        int err = mt_muldiv128(cost, part, whole, MT_ROUND_DOWN, &share);
        MT_ASSERT(err == 0);            /* no farther from zero than cost */
        return share;
    }
    if (product >> 64)
        return (mt_i128)(product / (uint64_t)whole);
    return (mt_i128)((uint64_t)product / (uint64_t)whole);
}

static int increase(const struct mt_position *position, int side, int64_t price, int64_t qty,
                    struct mt_position *next, struct mt_position_change *out)
{
    *next = *position;
    mt_i128 added = (mt_i128)price * qty;
    if (__builtin_add_overflow(position->qty, side * qty, &next->qty) || next->qty == INT64_MIN ||
        __builtin_add_overflow(position->cost, side > 0 ? added : -added, &next->cost))
        return MT_ERANGE;
    *out = (struct mt_position_change){.opened_qty = qty};
    return 0;
}

static int reduce(const struct mt_position *position, int side, int64_t price, int64_t qty,
                  struct mt_position *next, struct mt_position_change *out)
{
    int64_t open = (int64_t)magnitude(position->qty);
    int64_t closed = qty < open ? qty : open;
    mt_i128 open_cost = position->qty < 0 ? -position->cost : position->cost;
    mt_i128 closed_cost = closed < open ? cost_share(open_cost, closed, open) : open_cost;
    mt_i128 proceeds = (mt_i128)price * closed;
    int64_t rest = qty - closed;
    mt_i128 rest_cost = (mt_i128)price * rest, realised;
    if (__builtin_sub_overflow(side < 0 ? proceeds : closed_cost, side < 0 ? closed_cost : proceeds, &realised))
        return MT_ERANGE;
    *out = (struct mt_position_change){
        .realised = realised,
        .closed_qty = closed,
        .opened_qty = rest,
        .closed_cost = closed_cost,
        .ended = closed == open,
    };
    *next = *position;
    next->qty += side * qty;            /* of the other sign: cannot overflow */
    if (out->ended) {
        next->cost = side * rest_cost;
        next->trades_closed++;
    } else {
        next->cost += side * closed_cost;
        next->reduced = true;
    }
    return 0;
}

int mt_position_fill(struct mt_position *position, int side, int64_t price, int64_t qty,
                     int64_t now_ns, struct mt_position_change *out)
{
    MT_ASSERT(side == 1 || side == -1);
    if (qty <= 0)
        return MT_ERANGE;
    struct mt_position next;
    bool grows = position->qty == 0 || (position->qty > 0) == (side > 0);
    int err = grows ? increase(position, side, price, qty, &next, out)
                    : reduce(position, side, price, qty, &next, out);
    if (err != 0)
        return err;
    if (next.qty == 0)
        next.opened_ns = 0;
    else if (position->qty == 0 || out->ended)
        next.opened_ns = now_ns;
    next.reduced = next.reduced && next.opened_ns == position->opened_ns;
    *position = next;
    return 0;
}

/* Is this a cost that fills of what is open can have? Where prices are above zero it has the sign of the quantity. */
static bool cost_can_be(const struct mt_position *position, const struct mt_instrument *instrument)
{
    if (position->qty == 0)
        return position->cost == 0;
    return instrument->negative || (position->qty > 0 ? position->cost > 0 : position->cost < 0);
}

int mt_position_bust(struct mt_position *position, const struct mt_instrument *instrument, int side,
                     int64_t price, int64_t qty, int64_t now_ns, struct mt_position_change *out)
{
    MT_ASSERT(side == 1 || side == -1);
    bool whole = qty > 0 && !position->reduced && position->qty != 0 &&
        (position->qty > 0) == (side > 0) && magnitude(position->qty) >= (uint64_t)qty;
    struct mt_position next = *position;
    if (whole) {
        next.qty -= side * qty;
        whole = !__builtin_sub_overflow(position->cost, side * ((mt_i128)price * qty), &next.cost) &&
            cost_can_be(&next, instrument);
    }
    if (!whole)                         /* never in it, or not any more */
        return mt_position_fill(position, -side, price, qty, now_ns, out);
    if (next.qty == 0)
        next.opened_ns = 0;
    *out = (struct mt_position_change){0};
    *position = next;
    return 0;
}

int mt_position_unrealised(const struct mt_position *position,
                           const struct mt_instrument *instrument, int64_t price, mt_money *out)
{
    mt_i128 gain;
    if (__builtin_sub_overflow((mt_i128)price * position->qty, position->cost, &gain))
        return MT_ERANGE;
    return mt_instrument_money(instrument, gain, MT_ROUND_DOWN, out);
}

double mt_position_entry(const struct mt_position *position, const struct mt_instrument *instrument)
{
    if (position->qty == 0)
        return 0;
    mt_i128 whole = position->cost / position->qty;
    if (whole * position->qty == position->cost && whole == (int64_t)whole)
        return mt_dec_to_double((int64_t)whole, instrument->price_scale);
    /* 64 bits of mantissa: the double that comes out is the nearest, or next to it in a tie. */
    long double entry = (long double)position->cost / (long double)position->qty;
    return (double)(entry / (long double)mt_pow10(instrument->price_scale));
}

int mt_position_level(const struct mt_position *position, const struct mt_instrument *instrument,
                      int64_t distance, int sign, int64_t *out)
{
    MT_ASSERT(position->qty != 0);
    MT_ASSERT(sign == 1 || sign == -1);
    MT_ASSERT(distance >= 0);
    int64_t open = (int64_t)magnitude(position->qty);
    mt_i128 cost = position->qty < 0 ? -position->cost : position->cost;
    bool above = (position->qty > 0) == (sign > 0);
    mt_i128 shift = (mt_i128)distance * open;
    mt_i128 target;                     /* price * open */
    if (__builtin_add_overflow(cost, above ? shift : -shift, &target))
        return MT_ERANGE;
    mt_i128 denominator = (mt_i128)open * instrument->tick;
    mt_i128 ticks = target / denominator, rest = target % denominator;
    ticks += above ? -(rest < 0) : rest > 0;
    mt_i128 price = ticks * instrument->tick;
    if (price != (int64_t)price || !mt_instrument_price_can_be(instrument, (int64_t)price))
        return MT_ERANGE;
    *out = (int64_t)price;
    return 0;
}
