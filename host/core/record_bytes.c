/* The bytes of a record: its market position, a bit for each field that is not zero, the fields that are not, the tail.
 * There is one way to write a record, so a reader that finds another has found damage. */
#include "core/record_list.h"

#include <string.h>

enum { VARINT_MAX = 10, WIDE_MAX = 19, LEVEL_MAX = 1 + 3 * VARINT_MAX };

/* ---- out ---- */

/* Nothing is written in more than twice the bytes of its struct and one varint for each field; `spare` is for small
 * ones. */
static size_t most_bytes(const struct mt_record_kind_info *info, size_t length)
{
    enum { SPARE = 2 * VARINT_MAX };
    return SPARE + 4 * (size_t)info->field_count + 2 * length;
}

static uint8_t *put_varint(uint8_t *at, uint64_t value)
{
    while (value >= 0x80) {
        *at++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *at++ = (uint8_t)value;
    return at;
}

static uint64_t zigzag(int64_t value)
{
    return (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
}

static uint8_t *put_wide(uint8_t *at, struct mt_rec_money money)
{
    mt_i128 value = mt_rec_money_get(money);
    unsigned __int128 left = (unsigned __int128)value << 1 ^ (unsigned __int128)(value >> 127);
    for (; left >= 0x80; left >>= 7)
        *at++ = (uint8_t)((uint8_t)left | 0x80);
    *at++ = (uint8_t)left;
    return at;
}

static uint8_t *put_text(uint8_t *at, const char *text, size_t length)
{
    at = put_varint(at, length);
    memcpy(at, text, length);
    return at + length;
}

static uint8_t *put_level(uint8_t *at, const struct mt_level *level)
{
    at = put_varint(at, level->kind);
    at = put_varint(at, zigzag(level->value));
    at = put_varint(at, zigzag(level->part));
    return put_varint(at, zigzag(level->after));
}

static uint8_t *put_codes(uint8_t *at, const struct mt_refused_code *codes)
{
    size_t count = 0;
    while (count < MT_REFUSED_CODES && codes[count].count > 0)
        count++;
    at = put_varint(at, count);
    for (size_t i = 0; i < count; i++) {
        at = put_varint(at, codes[i].count);
        at = put_varint(at, zigzag(codes[i].code));
    }
    return at;
}

/* Returns where it ends; `at` where there is nothing to write. */
static uint8_t *put_field(uint8_t *at, const void *payload, const struct mt_record_field *field)
{
    const char *from = (const char *)payload + field->offset;
    switch (field->type) {
    case MT_FIELD_TEXT: return from[0] ? put_text(at, from, strnlen(from, field->size)) : at;
    case MT_FIELD_DOUBLE: {
        uint64_t bits;
        memcpy(&bits, from, sizeof bits);
        memcpy(at, from, sizeof bits);
        return bits ? at + sizeof bits : at;
    }
    case MT_FIELD_MONEY: case MT_FIELD_MEASURE: {
        struct mt_rec_money money;
        memcpy(&money, from, sizeof money);
        return money.low || money.high ? put_wide(at, money) : at;
    }
    case MT_FIELD_LEVEL: {
        struct mt_level level;
        memcpy(&level, from, sizeof level);
        return level.kind || level.value || level.part || level.after ? put_level(at, &level) : at;
    }
    case MT_FIELD_CODES: {
        struct mt_refused_code codes[MT_REFUSED_CODES];
        memcpy(codes, from, sizeof codes);
        return codes[0].count ? put_codes(at, codes) : at;
    }
    default: {
        int64_t value = mt_record_number(payload, field);
        if (value == 0)
            return at;
        return put_varint(at, mt_field_type_signed(field->type) ? zigzag(value) : (uint64_t)value);
    }
    }
}

static uint8_t *put_fields(uint8_t *at, const struct mt_record_kind_info *info, const void *payload)
{
    uint8_t *bits = at;
    at += (info->field_count + 7u) / 8;
    memset(bits, 0, (size_t)(at - bits));
    for (unsigned i = 0; i < info->field_count; i++) {
        const struct mt_record_field *field = &info->fields[i];
        bool small = field->size <= 8 && field->type != MT_FIELD_TEXT;
        if (small && mt_record_number(payload, field) == 0)     /* most of them */
            continue;
        uint8_t *end = put_field(at, payload, field);
        bits[i / 8] = (uint8_t)(bits[i / 8] | (end != at) << i % 8);
        at = end;
    }
    return at;
}

static uint8_t *put_tail(uint8_t *at, const struct mt_record_kind_info *info, const void *payload, size_t length)
{
    const char *tail = (const char *)payload + info->size;
    if (info->tail != MT_TAIL_LEGS) {
        memcpy(at, tail, length - info->size);
        return at + (length - info->size);
    }
    for (; length > info->size; length -= sizeof(struct mt_rec_leg), tail += sizeof(struct mt_rec_leg))
        at = put_fields(at, mt_record_kind_info(MT_REC_LEG), tail);
    return at;
}

int mt_record_encode(unsigned kind, uint64_t position, const void *payload, size_t length, struct mt_buf *out)
{
    const struct mt_record_kind_info *info = mt_record_kind_info(kind);
    MT_ASSERT(info && length >= info->size && (length == info->size || info->tail != MT_TAIL_NOTHING));
    if (mt_buf_reserve(out, out->length + most_bytes(info, length)) != 0)
        return MT_ENOMEM;
    uint8_t *begin = (uint8_t *)out->data + out->length;
    uint8_t *at = put_varint(begin, position);
    at = put_fields(at, info, payload);
    at = put_tail(at, info, payload, length);
    out->length += (size_t)(at - begin);
    return 0;
}

/* ---- in ---- */

struct input { const uint8_t *at, *end; bool bad; };

static uint64_t get_varint(struct input *in)
{
    uint64_t value = 0;
    for (unsigned shift = 0; in->at < in->end; shift += 7) {
        uint8_t byte = *in->at++;
        if (shift == 63 && byte > 1)
            break;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            in->bad = in->bad || (byte == 0 && shift > 0);      /* not the shortest */
            return value;
        }
    }
    in->bad = true;
    return 0;
}

static int64_t unzigzag(uint64_t value)
{
    return (int64_t)(value >> 1 ^ -(value & 1));
}

static struct mt_rec_money get_wide(struct input *in)
{
    unsigned __int128 value = 0;
    for (unsigned shift = 0; in->at < in->end && shift < 133; shift += 7) {
        uint8_t byte = *in->at++;
        if (shift == 126 && byte > 3)
            break;
        value |= (unsigned __int128)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            in->bad = in->bad || (byte == 0 && shift > 0);
            return mt_rec_money((mt_i128)(value >> 1 ^ -(value & 1)));
        }
    }
    in->bad = true;
    return mt_rec_money(0);
}

static void get_text(struct input *in, char *out, size_t size)
{
    uint64_t length = get_varint(in);
    if (length > size || length > (uint64_t)(in->end - in->at) || memchr(in->at, '\0', length)) {
        in->bad = true;
        return;
    }
    memcpy(out, in->at, length);
    in->at += length;
}

static void get_level(struct input *in, struct mt_level *level)
{
    uint64_t kind = get_varint(in);
    level->kind = (uint32_t)kind;
    level->value = unzigzag(get_varint(in));
    level->part = unzigzag(get_varint(in));
    level->after = unzigzag(get_varint(in));
    in->bad = in->bad || kind > UINT32_MAX;
}

static void get_codes(struct input *in, struct mt_refused_code *codes)
{
    uint64_t count = get_varint(in);
    in->bad = in->bad || count > MT_REFUSED_CODES;
    for (uint64_t i = 0; i < count && !in->bad; i++) {
        codes[i].count = get_varint(in);
        int64_t code = unzigzag(get_varint(in));
        codes[i].code = (int32_t)code;
        in->bad = in->bad || codes[i].count == 0 || code != codes[i].code;
    }
}

static void get_number(struct input *in, char *to, const struct mt_record_field *field)
{
    uint64_t raw = get_varint(in);
    int64_t value = mt_field_type_signed(field->type) ? unzigzag(raw) : (int64_t)raw;
    memcpy(to, &value, field->size);            /* little endian: the low bytes */
    const struct mt_record_field here = { field->member, field->name, 0, field->size, field->type };
    in->bad = in->bad || mt_record_number(to, &here) != value;
}

static void get_field(struct input *in, char *to, const struct mt_record_field *field)
{
    switch (field->type) {
    case MT_FIELD_TEXT: get_text(in, to, field->size); break;
    case MT_FIELD_DOUBLE:
        if (in->end - in->at < 8) {
            in->bad = true;
            break;
        }
        memcpy(to, in->at, 8);
        in->at += 8;
        break;
    case MT_FIELD_MONEY: case MT_FIELD_MEASURE: {
        struct mt_rec_money money = get_wide(in);
        memcpy(to, &money, sizeof money);
        break;
    }
    case MT_FIELD_LEVEL: {
        struct mt_level level = { 0 };
        get_level(in, &level);
        memcpy(to, &level, sizeof level);
        break;
    }
    case MT_FIELD_CODES: {
        struct mt_refused_code codes[MT_REFUSED_CODES] = { { 0 } };
        get_codes(in, codes);
        memcpy(to, codes, sizeof codes);
        break;
    }
    default: get_number(in, to, field); break;
    }
}

static bool is_zero(const char *at, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (at[i] != 0)
            return false;
    return true;
}

static void get_fields(struct input *in, const struct mt_record_kind_info *info, char *to)
{
    const uint8_t *bits = in->at;
    size_t bytes = (info->field_count + 7u) / 8;
    if ((size_t)(in->end - in->at) < bytes) {
        in->bad = true;
        return;
    }
    in->at += bytes;
    for (unsigned i = info->field_count; i < 8 * bytes; i++)
        in->bad = in->bad || (bits[i / 8] >> i % 8 & 1);
    for (unsigned i = 0; i < info->field_count && !in->bad; i++) {
        const struct mt_record_field *field = &info->fields[i];
        if (!(bits[i / 8] >> i % 8 & 1))
            continue;
        get_field(in, to + field->offset, field);
        in->bad = in->bad || is_zero(to + field->offset, field->size);
    }
}

/* Behind the fields: to `room`, whose length it sets. MT_ECORRUPT, MT_ENOMEM. */
static int get_tail(struct input *in, const struct mt_record_kind_info *info, struct mt_buf *room)
{
    const struct mt_record_kind_info *leg = mt_record_kind_info(MT_REC_LEG);
    size_t left = (size_t)(in->end - in->at);
    room->length = info->size;
    if (info->tail == MT_TAIL_BYTES) {
        memcpy(room->data + info->size, in->at, left);
        room->length += left;
        return 0;
    }
    if (info->tail == MT_TAIL_NOTHING)
        return left == 0 ? 0 : MT_ECORRUPT;
    size_t count = ((const struct mt_rec_decision *)(const void *)room->data)->leg_count;
    if (count > left)                           /* each has a byte at least */
        return MT_ECORRUPT;
    if (mt_buf_reserve(room, info->size + count * leg->size) != 0)
        return MT_ENOMEM;
    memset(room->data + info->size, 0, count * leg->size);
    for (size_t i = 0; i < count && !in->bad; i++, room->length += leg->size)
        get_fields(in, leg, room->data + room->length);
    return in->bad || in->at != in->end ? MT_ECORRUPT : 0;
}

int mt_record_decode(const struct mt_record *raw, struct mt_buf *room, struct mt_record *out, struct mt_diag *diag)
{
    const struct mt_record_kind_info *info = mt_record_kind_info(raw->kind);
    const uint8_t *payload = raw->payload;
    struct input in = { payload, payload + raw->length, false };
    if (!info)
        return mt_fail(diag, MT_ECORRUPT, "journal: record %llu: kind %u is unknown", (unsigned long long)raw->seq,
                       raw->kind);
    mt_buf_clear(room);
    if (mt_buf_reserve(room, info->size + (size_t)raw->length + 1) != 0)
        return mt_fail(diag, MT_ENOMEM, "journal: no memory to read a record");
    memset(room->data, 0, info->size);
    uint64_t position = get_varint(&in);
    get_fields(&in, info, room->data);
    int rc = in.bad ? MT_ECORRUPT : get_tail(&in, info, room);
    if (rc == MT_ENOMEM)
        return mt_fail(diag, MT_ENOMEM, "journal: no memory to read a record");
    if (rc != 0)
        return mt_fail(diag, MT_ECORRUPT, "journal: record %llu (%s): its content is not that of its kind",
                       (unsigned long long)raw->seq, info->name);
    *out = *raw;
    out->position = position;
    out->payload = room->data;
    out->length = (uint32_t)room->length;
    return 0;
}
