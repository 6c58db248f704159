#include "core/record_check.h"

#include "core/record_list.h"

int mt_record_check(const struct mt_books *b, const struct mt_record *record, struct mt_diag *diag)
{
    const struct mt_record_kind_info *info = mt_record_kind_info(record->kind);
    const struct mt_record_world world = { b->account_count, b->instrument_count,
                                           mt_risk_scope_count(b->risk) };
    bool fits = info && record->length >= info->size;
    if (fits && record->kind == MT_REC_DECISION) {
        const struct mt_rec_decision *r = record->payload;
        fits = (record->length - sizeof *r) / sizeof(struct mt_rec_leg) >= r->leg_count;
    }
    fits = fits && mt_record_fits(record->kind, record->payload, &world);
    if (fits && record->kind == MT_REC_INTENT) {
        const struct mt_rec_intent *r = record->payload;
        fits = r->coid >= b->next_coid && r->coid < b->coid_end;
    }
    return fits ? 0 : mt_fail(diag, MT_ECORRUPT, "journal: record %llu (%s): its content does not fit this run",
                              (unsigned long long)record->seq, mt_record_name(record->kind));
}
