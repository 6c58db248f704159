/* refusal: verbs that were refused at the border. A script may be refused a million times in one call, so refusals are
 * counted and journaled together, with what was first and how often each code came: one record a second, or with the
 * other records of a turn. */
#include <string.h>

#include "core/engine_private.h"

/* That the stance is there already, or that verbs are muted, is how scripts are meant to work. */
static bool is_news(const struct mt_engine *e, int32_t code)
{
    return code != MT_CODE_ALREADY && code != MT_CODE_WARMING && !e->replaying;
}

void mt_refusal_count(struct mt_engine *e, enum mt_request_kind kind, int32_t market, const char *field, int32_t code)
{
    struct mt_rec_refused *r = &e->refused;
    if (!is_news(e, code))
        return;
    if (r->count == 0) {
        r->call = e->call;
        r->symbol = market >= 0 && market < e->setup.instrument_count ? market : -1;
        r->ask = (uint8_t)kind;
        memcpy(r->field, field ? field : "", field ? strnlen(field, sizeof r->field - 1) : 0);
        e->port.refused_at[0] = '\0';
        e->port.refused_new = true;             /* the prelude tells the place in refused_at */
        e->refused_due_ns = e->now_ns > e->refused_next_ns ? e->now_ns : e->refused_next_ns;
    }
    r->count++;
    for (size_t i = 0; i < MT_REFUSED_CODES; i++)
        if (r->codes[i].count == 0 || r->codes[i].code == code) {
            r->codes[i].code = code;
            r->codes[i].count++;
            return;
        }
}

void mt_refusal_tell(struct mt_engine *e)
{
    struct mt_rec_refused *r = &e->refused;
    if (r->count == 0)
        return;
    memcpy(r->at, e->port.refused_at, strnlen(e->port.refused_at, sizeof r->at - 1));
    mt_emit(e, MT_REC_REFUSED, r, sizeof *r, MT_DURABLE_D3);
    e->refused_next_ns = e->now_ns + MT_NS_PER_S;
    mt_refusal_forget(e);
}

void mt_refusal_forget(struct mt_engine *e)
{
    memset(&e->refused, 0, sizeof e->refused);
    e->port.refused_new = false;
    e->refused_due_ns = INT64_MAX;
}
