#include "core/record_list.h"

#include "core/risk.h"
#include "core/venue.h"
#include "model/code.h"
#include "model/order.h"

#define RECORD(number, NAME, kind, since, tail) static const struct mt_record_field kind##_fields[] = {
#define FIELD(kind, member, name, type)                                                                              \
    { #member, name, offsetof(struct mt_rec_##kind, member), sizeof((struct mt_rec_##kind *)0)->member,                \
      MT_FIELD_##type },
#define PAD(kind, member)
#define END(kind) { NULL, NULL, 0, 0, 0 } };
#include "core/records.def"
#undef RECORD
#undef FIELD
#undef END

#define RECORD(number, NAME, kind, since, tail)                                                                       \
    [number] = { #NAME, kind##_fields, sizeof kind##_fields / sizeof *kind##_fields - 1,                              \
                 sizeof(struct mt_rec_##kind), since, MT_TAIL_##tail },
#define FIELD(kind, member, name, type)
#define END(kind)
static const struct mt_record_kind_info kinds[MT_REC_KIND_MAX + 1] = {
#include "core/records.def"
};
#undef RECORD
#undef FIELD
#undef PAD
#undef END

static const char *const types[] = {
#define X(name, is_signed) #name,
    MT_FIELD_TYPES(X)
#undef X
};

const struct mt_record_kind_info *mt_record_kind_info(unsigned kind)
{
    return kind <= MT_REC_KIND_MAX && kinds[kind].name ? &kinds[kind] : NULL;
}

const char *mt_record_name(unsigned kind)
{
    const struct mt_record_kind_info *info = mt_record_kind_info(kind);
    return info ? info->name : "?";
}

const char *mt_field_type_name(unsigned type)
{
    return types[type];
}

const struct mt_record_field *mt_record_field(unsigned kind, const char *name)
{
    const struct mt_record_kind_info *info = mt_record_kind_info(kind);
    for (size_t i = 0; info && i < info->field_count; i++)
        if (strcmp(info->fields[i].name, name) == 0)
            return &info->fields[i];
    return NULL;
}

static bool in(int64_t value, int64_t low, int64_t end)
{
    return value >= low && value < end;
}

static bool field_fits(const struct mt_record_field *field, const void *payload, const struct mt_record_world *world)
{
    int64_t value = field->size <= 8 ? mt_record_number(payload, field) : 0;
    switch (field->type) {
    case MT_FIELD_ACCOUNT: return in(value, 0, world->accounts);
    case MT_FIELD_ACCOUNT_OR_ALL: return in(value, -1, world->accounts);
    case MT_FIELD_SYMBOL: return in(value, 0, world->symbols);
    case MT_FIELD_SYMBOL_OR_ALL: case MT_FIELD_SYMBOL_OR_NONE: return in(value, -1, world->symbols);
    case MT_FIELD_SCOPE: return (uint64_t)value < world->scopes;
    case MT_FIELD_TAKE: return in(value, 0, MT_TAKES_MAX);
    case MT_FIELD_ROLE: return in(value, 0, MT_ROLES);
    case MT_FIELD_EVENT: return in(value, 0, MT_ORDER_EVENTS);
    case MT_FIELD_ANSWER: return in(value, 0, MT_REPORT_ABSENT_SAMPLE + 1);
    case MT_FIELD_OUTCOME: return in(value, MT_SENT_NOBYTE, MT_SENT_WITHDRAWN + 1);
    case MT_FIELD_LEG_PLAN: return in(value, 0, MT_LEG_PLAN_NONE + 1);
    case MT_FIELD_ASKED: return in(value, MT_OUT_REPLACE, MT_OUT_QUERY + 1);
    case MT_FIELD_TRADING_STATE: return in(value, 0, MT_KILLED + 1);
    case MT_FIELD_LIMIT: return in(value, 0, MT_LIMITS);
    default: return true;
    }
}

static bool fields_fit(const struct mt_record_kind_info *info, const void *payload,
                       const struct mt_record_world *world)
{
    for (size_t i = 0; i < info->field_count; i++)
        if (!field_fits(&info->fields[i], payload, world))
            return false;
    return true;
}

static bool decision_fits(const struct mt_rec_decision *r, const struct mt_record_world *world)
{
    const struct mt_rec_leg *legs = (const void *)(r + 1);
    for (uint32_t i = 0; i < r->leg_count; i++)
        if (!fields_fit(&kinds[MT_REC_LEG], &legs[i], world) || legs[i].symbol != r->signal.symbol)
            return false;
    return r->signal.exit.take_count <= MT_TAKES_MAX
        && (r->verdict.reference < world->accounts || r->verdict.sent == 0);
}

/* What lies in more than one field. */
static bool kind_fits(unsigned kind, const void *payload, const struct mt_record_world *world)
{
    switch (kind) {
    case MT_REC_INTENT: {
        const struct mt_rec_intent *r = payload;
        return r->terms.side == 1 || r->terms.side == -1
            || (r->terms.side == 0 && r->code != 0);    /* denied, whichever it was */
    }
    case MT_REC_PLAN: return ((const struct mt_rec_plan *)payload)->exit.take_count <= MT_TAKES_MAX;
    case MT_REC_DECISION: return decision_fits(payload, world);
    default: return true;
    }
}

bool mt_record_fits(unsigned kind, const void *payload, const struct mt_record_world *world)
{
    return fields_fit(&kinds[kind], payload, world) && kind_fits(kind, payload, world);
}
