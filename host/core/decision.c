#include "core/decision.h"

#include <string.h>

#include "core/books_fold.h"
#include "core/emit.h"

static struct mt_rec_decision *decision_of(struct mt_desk *d)
{
    return (void *)d->decision.data;
}

void mt_decision_begin(struct mt_desk *d, const struct mt_rec_signal *signal)
{
    static const struct mt_rec_decision empty;
    mt_buf_clear(&d->decision);
    mt_buf_put(&d->decision, &empty, sizeof empty);
    if (d->decision.failed) {
        d->dead = mt_fail(&d->fault, MT_ENOMEM, "no memory for a decision");
        return;
    }
    decision_of(d)->signal = *signal;
    d->deciding = true;
    mt_books_fold_signal(&d->books, signal);
    if (d->observer.asked)
        d->observer.asked(d->observer.ud, d->engine, signal);
}

/* Only its last word on a leg counts, and that the leg was given up on the way there, since that ends a stance. */
static bool takes_the_place(const struct mt_rec_leg *before, const struct mt_rec_leg *after)
{
    return before->account == after->account && (before->want != 0 || after->want == 0)
        && (before->plan == MT_LEG_PLAN_STAYS || after->plan != MT_LEG_PLAN_STAYS);
}

void mt_decision_leg(struct mt_desk *d, const struct mt_rec_leg *leg)
{
    if (!d->deciding || leg->symbol != decision_of(d)->signal.symbol) {
        mt_emit(d, MT_REC_LEG, leg, sizeof *leg, MT_DURABLE_D2);
        return;
    }
    int rc = mt_books_fold_leg(&d->books, leg);
    d->wake_dirty = true;
    MT_ASSERT(rc == 0);                         /* an entry of this signal, or one that still waits */
    uint32_t count = decision_of(d)->leg_count;
    struct mt_rec_leg *legs = (void *)(decision_of(d) + 1);
    if (count > 0 && takes_the_place(&legs[count - 1], leg)) {
        legs[count - 1] = *leg;
        return;
    }
    mt_buf_put(&d->decision, leg, sizeof *leg);
    if (d->decision.failed)
        d->dead = mt_fail(&d->fault, MT_ENOMEM, "no memory for a decision");
    else
        decision_of(d)->leg_count = count + 1;
}

void mt_decision_end(struct mt_desk *d, const struct mt_rec_verdict *verdict)
{
    d->deciding = false;
    if (d->dead != 0)
        return;
    decision_of(d)->verdict = *verdict;
    mt_books_fold_verdict(&d->books, &decision_of(d)->signal, verdict);
    mt_emit(d, MT_REC_DECISION, d->decision.data, d->decision.length,
            decision_of(d)->leg_count > 0 ? MT_DURABLE_D2 : MT_DURABLE_D3);
}
