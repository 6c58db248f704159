#include "core/request_exit.h"

#include <string.h>

#include "core/note.h"
#include "core/plan.h"

struct mt_exit mt_exit_merged(const struct mt_exit *old, const struct mt_exit *named)
{
    struct mt_exit out = *old;
    if (named->stop.kind != MT_LEVEL_KEEP)
        out.stop = named->stop;
    if (named->trail.kind != MT_LEVEL_KEEP)
        out.trail = named->trail;
    if (named->take_count >= 0) {
        memcpy(out.takes, named->takes, sizeof out.takes);
        out.take_count = named->take_count;
    }
    if (named->time_ns != 0)
        out.time_ns = named->time_ns < 0 ? 0 : named->time_ns;
    return out;
}

/* Is the new level nearer to the market than the old one, or the same? Distances compare as distances; prices by the
 * side of the position, or before its first fill by the side that is wanted. A price and a distance cannot be
 * compared then. */
static bool tightens(const struct mt_level *old, const struct mt_level *new, const struct mt_position *position,
                     const struct mt_instrument *instrument, int wanted)
{
    int64_t from, to;
    if (old->kind < MT_LEVEL_DISTANCE || new->kind == MT_LEVEL_KEEP)
        return true;
    if (new->kind == MT_LEVEL_REMOVE)
        return false;
    bool up = position->qty > 0 || (position->qty == 0 && wanted > 0);
    if (old->kind == MT_LEVEL_DISTANCE && new->kind == MT_LEVEL_DISTANCE)
        return new->value <= old->value;
    if (old->kind == new->kind)
        return up ? new->value >= old->value : new->value <= old->value;
    if (position->qty == 0)
        return false;
    if (old->kind == MT_LEVEL_PRICE)
        from = old->value;
    else if (mt_position_level(position, instrument, old->value, -1, &from) != 0)
        return false;
    if (new->kind == MT_LEVEL_PRICE)
        to = new->value;
    else if (mt_position_level(position, instrument, new->value, -1, &to) != 0)
        return false;
    return up ? to >= from : to <= from;
}

/* Where a take lies on the way of the gain: the larger, the farther. Before the first fill distances and prices do not
 * compare. */
static bool take_key(const struct mt_level *level, const struct mt_position *position,
                     const struct mt_instrument *instrument, int wanted, int64_t *key)
{
    bool up = position->qty > 0 || (position->qty == 0 && wanted > 0);
    if (level->kind == MT_LEVEL_DISTANCE && position->qty == 0) {
        *key = level->value;
        return true;
    }
    *key = level->value;
    if (level->kind == MT_LEVEL_DISTANCE && mt_position_level(position, instrument, level->value, 1, key) != 0)
        return false;
    *key = up ? *key : -*key;
    return true;
}

struct takes { int64_t key[MT_TAKES_MAX], qty[MT_TAKES_MAX]; bool known, distances, prices; };

static struct takes takes_of(const struct mt_seat *s, uint16_t account, uint16_t symbol, const struct mt_exit *exit,
                             int wanted)
{
    const struct mt_position *position = mt_position_at(&s->desk->books, account, symbol);
    struct takes out = { .known = true };
    mt_plan_takes(s->desk, account, symbol, exit, out.qty);
    for (int i = 0; i < exit->take_count; i++) {
        out.distances = out.distances || exit->takes[i].kind == MT_LEVEL_DISTANCE;
        out.prices = out.prices || exit->takes[i].kind == MT_LEVEL_PRICE;
        out.known = take_key(&exit->takes[i], position, mt_instrument_at(&s->desk->books, symbol), wanted, &out.key[i]) && out.known;
    }
    out.known = out.known && (position->qty != 0 || !out.distances || !out.prices);
    return out;
}

static mt_i128 taken_at(const struct takes *takes, int count, int64_t key)
{
    mt_i128 sum = 0;
    for (int i = 0; i < count; i++)
        sum += takes->key[i] <= key ? takes->qty[i] : 0;
    return sum;
}

/* A list of takes is no looser than another if at every price at least as much has been taken. */
static bool takes_loosen(const struct mt_seat *s, uint16_t account, uint16_t symbol, const struct mt_exit *old,
                         const struct mt_exit *named, int wanted)
{
    if (named->take_count < 0 || old->take_count <= 0)
        return false;
    const struct mt_exit merged = mt_exit_merged(old, named);
    struct takes before = takes_of(s, account, symbol, old, wanted);
    struct takes after = takes_of(s, account, symbol, &merged, wanted);
    bool flat = mt_position_at(&s->desk->books, account, symbol)->qty == 0;
    bool comparable = before.known && after.known
        && (!flat || ((!before.distances || !after.prices) && (!before.prices || !after.distances)));
    for (int i = 0; i < old->take_count; i++)
        if (before.qty[i] > 0
            && (!comparable || taken_at(&after, merged.take_count, before.key[i])
                                   < taken_at(&before, old->take_count, before.key[i])))
            return true;
    return false;
}

bool mt_exit_loosens(struct mt_seat *s, uint16_t account, uint16_t symbol, const struct mt_exit *old,
                     const struct mt_exit *named, int wanted)
{
    const struct mt_position *position = mt_position_at(&s->desk->books, account, symbol);
    const struct mt_instrument *instrument = mt_instrument_at(&s->desk->books, symbol);
    bool begun = mt_plan_run_at(s->desk, account, symbol)->trailing;
    return !tightens(&old->stop, &named->stop, position, instrument, wanted)
        || !tightens(&old->trail, &named->trail, position, instrument, wanted)
        || (old->trail.kind == MT_LEVEL_DISTANCE && named->trail.kind == MT_LEVEL_DISTANCE && !begun
            && named->trail.after > old->trail.after)
        || takes_loosen(s, account, symbol, old, named, wanted)
        || (old->time_ns > 0 && (named->time_ns < 0 || named->time_ns > old->time_ns));
}

/* favour 1: on the side of the gain; -1: of the loss. */
static bool out_of_reach(const struct mt_seat *s, const struct mt_exit_place *place, const struct mt_level *level,
                         int64_t distance, int favour)
{
    int64_t price;
    if (level->kind != MT_LEVEL_DISTANCE || distance == 0)
        return false;
    if (place->position)
        return mt_position_level(place->position, mt_instrument_at(&s->desk->books, place->symbol), distance, favour, &price) != 0;
    if (!place->price.there)
        return false;                           /* no market yet: risk denies it */
    if (place->up == (favour > 0))
        return __builtin_add_overflow(place->price.value, distance, &price);
    return __builtin_sub_overflow(place->price.value, distance, &price)
        || !mt_instrument_price_can_be(mt_instrument_at(&s->desk->books, place->symbol), price);
}

int32_t mt_exit_code(const struct mt_seat *s, const struct mt_exit_place *place, const struct mt_exit *exit,
                     const char **field)
{
    struct mt_exit_place best = *place;         /* a trail follows the best price, not the entry */
    if (place->extreme.there) {
        best.position = NULL;
        best.price = place->extreme;
    }
    *field = "stop";
    if (out_of_reach(s, place, &exit->stop, exit->stop.value, -1))
        return MT_CODE_BAD_EXIT;
    *field = "trail";
    if (out_of_reach(s, &best, &exit->trail, exit->trail.value, -1)
        || out_of_reach(s, place, &exit->trail, exit->trail.after, 1))
        return MT_CODE_BAD_EXIT;
    *field = "take";
    for (int i = 0; i < exit->take_count; i++)
        if (out_of_reach(s, place, &exit->takes[i], exit->takes[i].value, 1))
            return MT_CODE_BAD_EXIT;
    *field = NULL;
    return 0;
}

/* A price that may be zero says nothing of how far its market moves. */
static bool is_far(const struct mt_instrument *instrument, const struct mt_level *level, struct mt_price price)
{
    return !instrument->negative && level->kind == MT_LEVEL_DISTANCE && price.value > 0
        && (mt_i128)2 * level->value > price.value;
}

static bool note(struct mt_seat *s, uint16_t symbol, const char *field, const struct mt_level *level,
                 struct mt_price price)
{
    if (is_far(mt_instrument_at(&s->desk->books, symbol), level, price))
        mt_note_far(s, symbol, field, level->value, price.value);
    else if (level->kind == MT_LEVEL_DISTANCE && level->value < mt_instrument_at(&s->desk->books, symbol)->tick)
        mt_note_near(s, symbol, field, level->value);
    else
        return false;
    return true;
}

void mt_exit_note(struct mt_seat *s, uint16_t symbol, const struct mt_exit *exit, struct mt_price price)
{
    if (note(s, symbol, "stop", &exit->stop, price))
        return;
    for (int i = 0; i < exit->take_count; i++)
        if (note(s, symbol, "take", &exit->takes[i], price))
            return;
    note(s, symbol, "trail", &exit->trail, price);
}
