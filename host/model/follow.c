#include "model/follow.h"

int64_t mt_follow_trail(const struct mt_instrument *instrument, bool is_long, int64_t extreme, int64_t trail)
{
    int64_t price;
    bool fits = is_long ? !__builtin_sub_overflow(extreme, trail, &price)
                        : !__builtin_add_overflow(extreme, trail, &price);
    if (!fits || price <= 0)
        return 0;
    int64_t rest = price % instrument->tick;
    return price - rest + (is_long && rest ? instrument->tick : 0);
}

int64_t mt_follow_tighter(bool is_long, int64_t a, int64_t b)
{
    if (a == 0 || b == 0)
        return a ? a : b;
    return (a > b) == is_long ? a : b;
}

static int64_t away(const struct mt_position *position, const struct mt_instrument *instrument, int64_t distance,
                    int favour)
{
    int64_t level;
    return mt_position_level(position, instrument, distance, favour, &level) == 0 ? level : 0;
}

int64_t mt_follow_stop(const struct mt_follow *follow, const struct mt_position *position,
                       const struct mt_instrument *instrument, int64_t stop)
{
    return follow->distance ? away(position, instrument, follow->distance, -1) : stop;
}

int64_t mt_follow_begin(const struct mt_follow *follow, const struct mt_position *position,
                        const struct mt_instrument *instrument)
{
    return follow->trail && !follow->after ? away(position, instrument, follow->trail, -1) : 0;
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

int64_t mt_follow_take(const struct mt_follow *follow, const struct mt_position *position,
                       const struct mt_instrument *instrument, int64_t price)
{
    return follow->distance ? away(position, instrument, follow->distance, 1) : price;
}
