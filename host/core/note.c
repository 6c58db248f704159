/* note: what was done as it was asked, and most likely was not meant so, or was done otherwise than asked. Each is
 * journaled once: a distance that looks like a price for each line of the script, a cut size for each symbol. */
#include <stdio.h>
#include <string.h>

#include "core/engine_private.h"

/* The prelude has told by now where the request of the last note was made. */
static void place_last(struct mt_engine *e)
{
    if (e->note_count == 0 || e->notes[e->note_count - 1].at[0])
        return;
    struct mt_rec_note *r = &e->notes[e->note_count - 1];
    memcpy(r->at, e->port.noted_at, strnlen(e->port.noted_at, sizeof r->at - 1));
    e->port.noted_at[0] = '\0';
    e->port.noted_new = false;
}

static struct mt_rec_note note_of(const struct mt_engine *e, uint16_t symbol, uint8_t what)
{
    struct mt_rec_note r;
    memset(&r, 0, sizeof r);
    r.call = e->call;
    r.symbol = symbol;
    r.what = what;
    return r;
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
static struct mt_rec_note *next_note(struct mt_engine *e, uint16_t symbol)
{
    place_last(e);
    if (e->note_count == MT_NOTES_MAX || e->noted_count == MT_NOTES_MAX)
        return NULL;
    struct mt_rec_note *r = &e->notes[e->note_count++];
    *r = note_of(e, symbol, MT_NOTE_FAR);
    e->port.noted_at[0] = '\0';
    e->port.noted_new = true;                   /* the prelude tells the place in noted_at */
    return r;
}

void mt_note_far(struct mt_engine *e, uint16_t symbol, const char *field, int64_t distance, int64_t price)
{
    const struct mt_instrument *instrument = mt_instrument_at(e, symbol);
    char away[MT_DEC_TEXT], from[MT_DEC_TEXT], percent[32];
    struct mt_rec_note *r = next_note(e, symbol);
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
void mt_note_near(struct mt_engine *e, uint16_t symbol, const char *field, int64_t distance)
{
    const struct mt_instrument *instrument = mt_instrument_at(e, symbol);
    char away[MT_DEC_TEXT], tick[MT_DEC_TEXT];
    struct mt_rec_note *r = next_note(e, symbol);
    if (!r)
        return;
    mt_dec_format_short(away, distance, instrument->price_scale);
    mt_dec_format_short(tick, instrument->tick, instrument->price_scale);
    snprintf(r->text, sizeof r->text, "%s %s is a distance of less than a tick (%s): distances are in units of the "
             "price, 1 %% of it is 0.01 * price", field, away, tick);
}

static bool was_noted(const struct mt_engine *e, const struct mt_rec_note *r)
{
    for (size_t i = 0; i < e->noted_count; i++)
        if (strncmp(e->noted[i], r->at, sizeof r->at) == 0)
            return true;
    return false;
}

void mt_notes_tell(struct mt_engine *e)
{
    place_last(e);
    for (size_t i = 0; i < e->note_count; i++)
        if (!was_noted(e, &e->notes[i]))
            mt_emit(e, MT_REC_NOTE, &e->notes[i], sizeof e->notes[i], MT_DURABLE_D3);
    e->note_count = 0;
}

void mt_note_cut(struct mt_engine *e, const struct mt_order_wish *wish, mt_i128 wanted, int64_t price)
{
    const struct mt_instrument *instrument = mt_instrument_at(e, wish->terms.symbol);
    const struct mt_account *account = &e->ledger.accounts[wish->terms.account];
    char from[MT_DEC_TEXT], to[MT_DEC_TEXT], at[MT_DEC_TEXT], contract[MT_DEC_TEXT], fee[MT_DEC_TEXT];
    if (e->cut_noted[wish->terms.symbol])
        return;
    struct mt_rec_note r = note_of(e, wish->terms.symbol, MT_NOTE_CUT);
    if (wanted > INT64_MAX)
        snprintf(from, sizeof from, "more than %lld units", (long long)INT64_MAX);
    else
        mt_dec_format_short(from, (int64_t)wanted, instrument->qty_scale);
    mt_dec_format_short(to, wish->terms.qty, instrument->qty_scale);
    mt_dec_format_short(at, price, instrument->price_scale);
    mt_dec_format_short(contract, instrument->contract_size, instrument->contract_scale);
    mt_dec_format_short(fee, account->taker_rate > 0 ? account->taker_rate : 0, 4);     /* 10^-8 as bp */
    snprintf(r.text, sizeof r.text, "%s: the size %s was cut to %s, which is what account %s can carry at %s (contract "
             "size %s, leverage %d, fee %s bp)", instrument->symbol, from, to, account->name, at, contract,
             account->leverage, fee);
    mt_emit(e, MT_REC_NOTE, &r, sizeof r, MT_DURABLE_D3);
}

void mt_note_fold(struct mt_engine *e, const struct mt_rec_note *r)
{
    if (r->what == MT_NOTE_CUT)
        e->cut_noted[r->symbol] = true;
    else if (e->noted_count < MT_NOTES_MAX)
        memcpy(e->noted[e->noted_count++], r->at, sizeof r->at);
}
