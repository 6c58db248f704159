#include "model/follow.h"

struct mt_price mt_follow_trail(const struct mt_instrument *instrument, bool is_long, int64_t extreme, int64_t trail)
{
    int64_t price;
    bool fits = is_long ? !__builtin_sub_overflow(extreme, trail, &price)
                        : !__builtin_add_overflow(extreme, trail, &price);
    if (!fits)
        return mt_price_none();
    price = mt_instrument_on_tick(instrument, price, is_long);
    return mt_price_if(mt_instrument_price_can_be(instrument, price), price);
}

struct mt_price mt_follow_tighter(bool is_long, struct mt_price a, struct mt_price b)
{
    if (!a.there || !b.there)
        return a.there ? a : b;
    return (a.value > b.value) == is_long ? a : b;
}

static struct mt_price away(const struct mt_position *position, const struct mt_instrument *instrument,
                            int64_t distance, int favour)
{
    int64_t level;
    bool possible = mt_position_level(position, instrument, distance, favour, &level) == 0;
    return possible ? mt_price_of(level) : mt_price_none();
}

struct mt_price mt_follow_stop(const struct mt_follow *follow, const struct mt_position *position,
                               const struct mt_instrument *instrument, struct mt_price stop)
{
    return follow->distance ? away(position, instrument, follow->distance, -1) : stop;
}

struct mt_price mt_follow_begin(const struct mt_follow *follow, const struct mt_position *position,
                                const struct mt_instrument *instrument)
{
    bool begins = follow->trail && !follow->after;
    return begins ? away(position, instrument, follow->trail, -1) : mt_price_none();
}

bool mt_follow_trails(const struct mt_follow *follow, const struct mt_position *position, int64_t extreme)
{
    if (!follow->trail || !follow->after)
        return follow->trail != 0;
    bool is_long = position->qty > 0;
    mt_i128 qty = is_long ? position->qty : -(mt_i128)position->qty, cost = is_long ? position->cost : -position->cost;
    mt_i128 gain = (is_long ? extreme * qty - cost : cost - extreme * qty);
    return gain >= follow->after * qty;
}

struct mt_price mt_follow_take(const struct mt_follow *follow, const struct mt_position *position,
                               const struct mt_instrument *instrument, struct mt_price price)
{
    return follow->distance ? away(position, instrument, follow->distance, 1) : price;
}
