#include "core/note.h"

#include <stdio.h>
#include <string.h>

#include "core/emit.h"

/* The prelude has told by now where the request of the last note was made. */
static void place_last(struct mt_seat *s)
{
    if (s->note_count == 0 || s->notes[s->note_count - 1].at[0])
        return;
    struct mt_rec_note *r = &s->notes[s->note_count - 1];
    memcpy(r->at, s->port.noted_at, strnlen(s->port.noted_at, sizeof r->at - 1));
    s->port.noted_at[0] = '\0';
    s->port.noted_new = false;
}

/* Tenths of a percent, to the nearest: "99", "50.1". */
static void percent_of(int64_t part, int64_t whole, char *out, size_t size)
{
    mt_i128 tenths = ((mt_i128)part * 1000 + whole / 2) / whole;
    int64_t shown = tenths > INT64_MAX ? INT64_MAX : (int64_t)tenths;
    if (shown % 10)
        snprintf(out, size, "%lld.%lld", (long long)(shown / 10), (long long)(shown % 10));
    else
        snprintf(out, size, "%lld", (long long)(shown / 10));
}

/* One more note of this call, or NULL when enough was said. */
static struct mt_rec_note note_of(const struct mt_seat *s, uint16_t symbol, uint8_t what)
{
    struct mt_rec_note r;
    memset(&r, 0, sizeof r);
    r.call = s->desk->call;
    r.symbol = symbol;
    r.what = what;
    return r;
}

static struct mt_rec_note *next_note(struct mt_seat *s, uint16_t symbol)
{
    place_last(s);
    if (s->note_count == MT_NOTES_MAX || s->desk->books.noted_count == MT_NOTES_MAX)
        return NULL;
    struct mt_rec_note *r = &s->notes[s->note_count++];
    *r = note_of(s, symbol, MT_NOTE_FAR);
    s->port.noted_at[0] = '\0';
    s->port.noted_new = true;                   /* the prelude tells the place in noted_at */
    return r;
}

void mt_note_far(struct mt_seat *s, uint16_t symbol, const char *field, int64_t distance, int64_t price)
{
    const struct mt_instrument *instrument = mt_instrument_at(&s->desk->books, symbol);
    char away[MT_DEC_TEXT], from[MT_DEC_TEXT], percent[32];
    struct mt_rec_note *r = next_note(s, symbol);
    if (!r)
        return;
    mt_dec_format_short(away, distance, instrument->price_scale);
    mt_dec_format_short(from, price, instrument->price_scale);
    percent_of(distance, price, percent, sizeof percent);
    if (strcmp(field, "trail") == 0)
        snprintf(r->text, sizeof r->text, "%s %s is a distance of %s %% of the price (%s)", field, away, percent, from);
    else
        snprintf(r->text, sizeof r->text, "%s %s is a distance of %s %% of the price (%s): did you mean mt.at(%s)?",
                 field, away, percent, from, away);
}

/* A plan that ends where it began: a fraction of the price, or the pips of another symbol. */
void mt_note_near(struct mt_seat *s, uint16_t symbol, const char *field, int64_t distance)
{
    const struct mt_instrument *instrument = mt_instrument_at(&s->desk->books, symbol);
    char away[MT_DEC_TEXT], tick[MT_DEC_TEXT];
    struct mt_rec_note *r = next_note(s, symbol);
    if (!r)
        return;
    mt_dec_format_short(away, distance, instrument->price_scale);
    mt_dec_format_short(tick, instrument->tick, instrument->price_scale);
    snprintf(r->text, sizeof r->text, "%s %s is a distance of less than a tick (%s): distances are in units of the "
             "price, 1 %% of it is 0.01 * price", field, away, tick);
}

static bool was_noted(const struct mt_seat *s, const struct mt_rec_note *r)
{
    for (size_t i = 0; i < s->desk->books.noted_count; i++)
        if (strncmp(s->desk->books.noted[i], r->at, sizeof r->at) == 0)
            return true;
    return false;
}

void mt_notes_tell(struct mt_seat *s)
{
    place_last(s);
    for (size_t i = 0; i < s->note_count; i++)
        if (!was_noted(s, &s->notes[i]))
            mt_emit(s->desk, MT_REC_NOTE, &s->notes[i], sizeof s->notes[i], MT_DURABLE_D3);
    s->note_count = 0;
}
