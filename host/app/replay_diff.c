/* The first difference of two records, with the name of the field where it lies. */
#include "app/replay_diff.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "core/records.h"

enum field_type { FIELD_NUMBER, FIELD_TEXT };
struct field { unsigned kind; const char *name; size_t offset, size; enum field_type type; };

#define NUMBER(kind, type, name)                                                                                     \
    {                                                                                                                \
        MT_REC_##kind, #name, offsetof(struct type, name), sizeof((struct type *)0)->name, FIELD_NUMBER              \
    }
#define TERM(name)                                                                                                   \
    {                                                                                                                \
        MT_REC_INTENT, #name, offsetof(struct mt_rec_intent, terms.name), sizeof((struct mt_terms *)0)->name,        \
            FIELD_NUMBER                                                                                             \
    }
#define TEXT(kind, type, name)                                                                                       \
    {                                                                                                                \
        MT_REC_##kind, #name, offsetof(struct type, name), sizeof((struct type *)0)->name, FIELD_TEXT                \
    }

static const struct field fields[] = {
    NUMBER(MARKET, mt_rec_market, position), NUMBER(MARKET, mt_rec_market, turn),
    NUMBER(SIGNAL, mt_rec_signal, id), NUMBER(SIGNAL, mt_rec_signal, size), NUMBER(SIGNAL, mt_rec_signal, strength),
    NUMBER(SIGNAL, mt_rec_signal, limit), NUMBER(SIGNAL, mt_rec_signal, qty), NUMBER(SIGNAL, mt_rec_signal, symbol),
    NUMBER(SIGNAL, mt_rec_signal, side), TEXT(SIGNAL, mt_rec_signal, tag),
    NUMBER(VERDICT, mt_rec_verdict, signal), NUMBER(VERDICT, mt_rec_verdict, size),
    NUMBER(VERDICT, mt_rec_verdict, strength), NUMBER(VERDICT, mt_rec_verdict, code),
    NUMBER(VERDICT, mt_rec_verdict, verdict), NUMBER(VERDICT, mt_rec_verdict, sent),
    NUMBER(VERDICT, mt_rec_verdict, stance), TEXT(VERDICT, mt_rec_verdict, reason),
    NUMBER(INTENT, mt_rec_intent, coid), NUMBER(INTENT, mt_rec_intent, signal), TERM(price),
    TERM(stop), TERM(qty), TERM(expire_ns),
    NUMBER(INTENT, mt_rec_intent, risk_price), NUMBER(INTENT, mt_rec_intent, code),
    TERM(account), TERM(symbol), TERM(side),
    TERM(type), TERM(tif), TERM(role),
    TERM(flags), TERM(leg), TERM(ticket), TERM(seat), NUMBER(INTENT, mt_rec_intent, cut),
    NUMBER(INTENT, mt_rec_intent, parent), NUMBER(INTENT, mt_rec_intent, follow.distance),
    NUMBER(INTENT, mt_rec_intent, follow.trail), NUMBER(INTENT, mt_rec_intent, follow.after),
    TEXT(INTENT, mt_rec_intent, tag),
    NUMBER(SENT, mt_rec_sent, coid), NUMBER(SENT, mt_rec_sent, outcome),
    NUMBER(VENUE_EVENT, mt_rec_venue_event, coid), NUMBER(VENUE_EVENT, mt_rec_venue_event, venue_order_id),
    NUMBER(VENUE_EVENT, mt_rec_venue_event, fill_id), NUMBER(VENUE_EVENT, mt_rec_venue_event, price),
    NUMBER(VENUE_EVENT, mt_rec_venue_event, qty), NUMBER(VENUE_EVENT, mt_rec_venue_event, cum),
    NUMBER(VENUE_EVENT, mt_rec_venue_event, venue_ns), NUMBER(VENUE_EVENT, mt_rec_venue_event, code),
    NUMBER(VENUE_EVENT, mt_rec_venue_event, event), NUMBER(VENUE_EVENT, mt_rec_venue_event, op),
    NUMBER(VENUE_EVENT, mt_rec_venue_event, assumed), NUMBER(VENUE_EVENT, mt_rec_venue_event, trailed),
    NUMBER(OP, mt_rec_op, coid), NUMBER(OP, mt_rec_op, qty), NUMBER(OP, mt_rec_op, price), NUMBER(OP, mt_rec_op, stop),
    NUMBER(OP, mt_rec_op, asked), NUMBER(OP, mt_rec_op, flags),
    NUMBER(OP, mt_rec_op, follow.distance), NUMBER(OP, mt_rec_op, follow.trail), NUMBER(OP, mt_rec_op, follow.after),
    NUMBER(TIMER, mt_rec_timer, due_ns), TEXT(TIMER, mt_rec_timer, name),
    NUMBER(LEG, mt_rec_leg, signal), NUMBER(LEG, mt_rec_leg, account), NUMBER(LEG, mt_rec_leg, symbol),
    NUMBER(LEG, mt_rec_leg, want), NUMBER(LEG, mt_rec_leg, target), NUMBER(PLAN, mt_rec_plan, account),
    NUMBER(PLAN, mt_rec_plan, symbol), NUMBER(PLAN, mt_rec_plan, armed),
    NUMBER(RISK_STATE, mt_rec_risk_state, scope), NUMBER(RISK_STATE, mt_rec_risk_state, state),
    NUMBER(RISK_STATE, mt_rec_risk_state, code), NUMBER(CHECKPOINT, mt_rec_checkpoint, hash),
    TEXT(SCRIPT_FAULT, mt_rec_script_fault, text),
    NUMBER(REFUSED, mt_rec_refused, count), NUMBER(REFUSED, mt_rec_refused, call), TEXT(REFUSED, mt_rec_refused, at),
    TEXT(REFUSED, mt_rec_refused, field),
    NUMBER(RUN_END, mt_rec_run_end, turn),
    NUMBER(RUN_END, mt_rec_run_end, reason), NUMBER(RUN_END, mt_rec_run_end, exit_code),
};

static int64_t number_at(const void *payload, const struct field *field)
{
    int64_t value = 0;
    const unsigned char *at = (const unsigned char *)payload + field->offset;
    memcpy(&value, at, field->size);
    int unused = 64 - 8 * (int)field->size;     /* small fields are signed or small: read them as signed */
    return unused > 0 ? (int64_t)((uint64_t)value << unused) >> unused : value;
}

static const struct field *field_of(unsigned kind, size_t offset)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (fields[i].kind == kind && offset >= fields[i].offset && offset < fields[i].offset + fields[i].size)
            return &fields[i];
    return NULL;
}

static int differ(const struct mt_record *recorded, const struct mt_record *made, size_t offset, struct mt_diag *diag)
{
    const struct field *field = field_of(recorded->kind, offset);
    unsigned long long seq = recorded->seq;
    const char *kind = mt_record_name(recorded->kind);
    const unsigned char *was = recorded->payload, *is = made->payload;
    if (!field)
        return mt_fail(diag, MT_EDIFF, "%s: record %llu (%s): byte %zu: recorded %02x, replayed %02x", recorded->file,
                       seq, kind, offset, was[offset], is[offset]);
    if (field->type == FIELD_TEXT)
        return mt_fail(diag, MT_EDIFF, "%s: record %llu (%s): %s: recorded '%.*s', replayed '%.*s'", recorded->file,
                       seq, kind, field->name, (int)field->size, (const char *)was + field->offset, (int)field->size,
                       (const char *)is + field->offset);
    return mt_fail(diag, MT_EDIFF, "%s: record %llu (%s): %s: recorded %" PRId64 ", replayed %" PRId64,
                   recorded->file, seq, kind, field->name, number_at(was, field), number_at(is, field));
}

int mt_replay_compare(const struct mt_record *recorded, const struct mt_record *made, struct mt_diag *diag)
{
    unsigned long long seq = recorded->seq;
    const char *kind = mt_record_name(recorded->kind);
    if (recorded->kind != made->kind)
        return mt_fail(diag, MT_EDIFF, "%s: record %llu: recorded %s, replayed %s", recorded->file, seq, kind,
                       mt_record_name(made->kind));
    if (recorded->time_ns != made->time_ns)
        return mt_fail(diag, MT_EDIFF, "%s: record %llu (%s): time: recorded %" PRId64 ", replayed %" PRId64,
                       recorded->file, seq, kind, recorded->time_ns, made->time_ns);
    if (recorded->kind == MT_REC_RUN_START)
        return 0;
    size_t shorter = recorded->length < made->length ? recorded->length : made->length;
    for (size_t i = 0; i < shorter; i++)
        if (((const unsigned char *)recorded->payload)[i] != ((const unsigned char *)made->payload)[i])
            return differ(recorded, made, i, diag);
    if (recorded->length != made->length)
        return mt_fail(diag, MT_EDIFF, "%s: record %llu (%s): length: recorded %u, replayed %u", recorded->file, seq,
                       kind, recorded->length, made->length);
    return 0;
}
