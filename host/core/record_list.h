/* record_list: the kinds of records and their fields (records.def) as a table, for everybody who looks at records by
 * their fields: bytes of the journal, checks of what comes from a disk, printing, differences. */
#ifndef MT_CORE_RECORD_LIST_H
#define MT_CORE_RECORD_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "base/buf.h"
#include "core/journal.h"
#include "core/records.h"

/* What a field is, and how it is written: FIELD_TYPE(type, signed). Numbers are varints, zigzag where signed. The names
 * of an enum are those of its enum. ANY_*: may name what the run does not have. */
#define MT_FIELD_TYPES(X)                                                                                              \
    X(UINT, 0) X(INT, 1) X(HEX, 0) X(UNITS, 1) X(PRICE, 1) X(QTY, 1) X(TIME, 1)                                        \
    X(MONEY, 1) X(MEASURE, 1) X(DOUBLE, 0) X(TEXT, 0) X(LEVEL, 0) X(CODES, 0)                                          \
    X(ACCOUNT, 0) X(ANY_ACCOUNT, 0) X(ACCOUNT_OR_ALL, 1) X(SYMBOL, 0) X(ANY_SYMBOL, 0) X(SYMBOL_OR_ALL, 1)             \
    X(SYMBOL_OR_NONE, 1) X(SCOPE, 0) X(TAKE, 0) X(CODE, 1) X(REASON, 0) X(SIDE, 1) X(ASK, 0) X(ASK_OR_TIMER, 0)        \
    X(VERDICT, 0) X(ORDER_TYPE, 0) X(TIF, 0) X(ROLE, 0) X(STATE, 0) X(EVENT, 0) X(ALARM_EVENT, 0) X(ANSWER, 0)         \
    X(OUTCOME, 0) X(ASKED, 0) X(TRADING_STATE, 0) X(COMMAND, 0) X(LIMIT, 0) X(LIMIT_VALUE, 1) X(LEG_PLAN, 0)           \
    X(TERMS_FLAGS, 0)

enum mt_field_type {
#define X(name, is_signed) MT_FIELD_##name,
    MT_FIELD_TYPES(X)
#undef X
    MT_FIELD_TYPES_COUNT            /* at most 64: see mt_field_type_signed */
};
_Static_assert(MT_FIELD_TYPES_COUNT <= 64, "a bit for each");

struct mt_record_field {
    const char *member, *name;      /* name: that people read; "": it is not shown by itself */
    uint16_t offset, size;          /* in the struct of its kind */
    uint8_t type;
};
enum mt_record_tail { MT_TAIL_NOTHING, MT_TAIL_BYTES, MT_TAIL_LEGS };
struct mt_record_kind_info {
    const char *name;
    const struct mt_record_field *fields;
    uint16_t field_count, size;     /* size: of the struct */
    uint8_t since, tail;
};

/* NULL: there is no such kind. */
const struct mt_record_kind_info *mt_record_kind_info(unsigned kind);
const char *mt_field_type_name(unsigned type);          /* "price" */
/* The field of that name, or NULL. */
const struct mt_record_field *mt_record_field(unsigned kind, const char *name);

static inline bool mt_field_type_signed(unsigned type)
{
#define X(name, is_signed) | (uint64_t)(is_signed) << MT_FIELD_##name
    return (UINT64_C(0) MT_FIELD_TYPES(X)) >> type & 1;
#undef X
}
/* A number of 1, 2, 4 or 8 bytes, as wide as it gets. */
static inline int64_t mt_record_number(const void *payload, const struct mt_record_field *field)
{
    const char *at = (const char *)payload + field->offset;
    bool is_signed = mt_field_type_signed(field->type);
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    int64_t all;
    switch (field->size) {
    case 1: memcpy(&u8, at, 1); return is_signed ? (int64_t)(int8_t)u8 : (int64_t)u8;
    case 2: memcpy(&u16, at, 2); return is_signed ? (int64_t)(int16_t)u16 : (int64_t)u16;
    case 4: memcpy(&u32, at, 4); return is_signed ? (int64_t)(int32_t)u32 : (int64_t)u32;
    default: memcpy(&all, at, 8); return all;
    }
}

/* Whether what the fields name exists, and can be: a journal from a disk is foreign until proven. `scopes`: SIZE_MAX
 * where they are not known. */
struct mt_record_world { unsigned accounts, symbols; size_t scopes; };
bool mt_record_fits(unsigned kind, const void *payload, const struct mt_record_world *world);

/* What may lie behind the fields, so that record and fields fit into MT_RECORD_PAYLOAD_MAX. */
enum { MT_RECORD_TAIL_MAX = MT_RECORD_PAYLOAD_MAX - 128 };
/* What one record takes in memory at most. */
enum { MT_RECORD_ROOM_MAX = 64 << 20 };

/* The bytes of a record as the journal holds them (docs/journal.md), appended to `out`. payload: the struct of its kind
 * with its tail, `length` bytes in all. MT_ENOMEM. */
int mt_record_encode(unsigned kind, uint64_t position, const void *payload, size_t length,
                     struct mt_buf *out) MT_CHECKED;
/* And back: `out` is `raw` with its position, and with a payload that lies in `room` until that is used again. They may
 * be the same. MT_ECORRUPT: those are not the bytes of such a record; MT_ENOMEM. */
int mt_record_decode(const struct mt_record *raw, struct mt_buf *room, struct mt_record *out,
                     struct mt_diag *diag) MT_CHECKED;

#endif
