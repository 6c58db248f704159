/* The first difference of two records, with the name of the field where it lies. */
#include "app/replay_diff.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/record_list.h"

static const struct mt_record_field *field_of(const struct mt_record_kind_info *info, size_t offset)
{
    for (size_t i = 0; i < info->field_count; i++)
        if (offset >= info->fields[i].offset && offset < (size_t)info->fields[i].offset + info->fields[i].size)
            return &info->fields[i];
    return NULL;
}

static int differ(const struct mt_record *recorded, const struct mt_record *made, size_t offset, struct mt_diag *diag)
{
    const struct mt_record_field *field = field_of(mt_record_kind_info(recorded->kind), offset);
    unsigned long long seq = recorded->seq;
    const char *kind = mt_record_name(recorded->kind);
    const unsigned char *was = recorded->payload, *is = made->payload;
    if (field && field->type == MT_FIELD_TEXT)
        return mt_fail(diag, MT_EDIFF, "%s: record %llu (%s): %s: recorded '%.*s', replayed '%.*s'", recorded->file,
                       seq, kind, field->member, (int)field->size, (const char *)was + field->offset, (int)field->size,
                       (const char *)is + field->offset);
    if (field && field->size <= 8)
        return mt_fail(diag, MT_EDIFF, "%s: record %llu (%s): %s: recorded %" PRId64 ", replayed %" PRId64,
                       recorded->file, seq, kind, field->member, mt_record_number(was, field),
                       mt_record_number(is, field));
    return mt_fail(diag, MT_EDIFF, "%s: record %llu (%s): %s: byte %zu: recorded %02x, replayed %02x", recorded->file,
                   seq, kind, field ? field->member : "behind its fields", offset, was[offset], is[offset]);
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
    if (recorded->position != made->position)
        return mt_fail(diag, MT_EDIFF, "%s: record %llu (%s): position: recorded %" PRIu64 ", replayed %" PRIu64,
                       recorded->file, seq, kind, recorded->position, made->position);
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
