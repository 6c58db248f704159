#include "core/refusal.h"

#include <string.h>

#include "core/emit.h"

/* That the stance is there already, or that verbs are muted, is how scripts are meant to work. */
static bool is_news(const struct mt_seat *s, int32_t code)
{
    return code != MT_CODE_ALREADY && code != MT_CODE_WARMING && !s->desk->replaying;
}

void mt_refusal_count(struct mt_seat *s, enum mt_request_kind kind, int32_t market, const char *field, int32_t code)
{
    struct mt_rec_refused *r = &s->refused;
    if (!is_news(s, code))
        return;
    if (r->count == 0) {
        r->call = s->desk->call;
        r->symbol = market >= 0 && market < s->desk->books.instrument_count ? market : -1;
        r->ask = (uint8_t)kind;
        memcpy(r->field, field ? field : "", field ? strnlen(field, sizeof r->field - 1) : 0);
        s->port.refused_at[0] = '\0';
        s->port.refused_new = true;             /* the prelude tells the place in refused_at */
        s->refused_due_ns = s->desk->now_ns > s->refused_next_ns ? s->desk->now_ns : s->refused_next_ns;
    }
    r->count++;
    for (size_t i = 0; i < MT_REFUSED_CODES; i++)
        if (r->codes[i].count == 0 || r->codes[i].code == code) {
            r->codes[i].code = code;
            r->codes[i].count++;
            return;
        }
}

void mt_refusal_tell(struct mt_seat *s)
{
    struct mt_rec_refused *r = &s->refused;
    if (r->count == 0)
        return;
    memcpy(r->at, s->port.refused_at, strnlen(s->port.refused_at, sizeof r->at - 1));
    mt_emit(s->desk, MT_REC_REFUSED, r, sizeof *r, MT_DURABLE_D3);
    s->refused_next_ns = s->desk->now_ns + MT_NS_PER_S;
    mt_refusal_forget(s);
}

void mt_refusal_forget(struct mt_seat *s)
{
    memset(&s->refused, 0, sizeof s->refused);
    s->port.refused_new = false;
    s->refused_due_ns = INT64_MAX;
}
