/* TZif, RFC 8536: a header and block with 32-bit times, then (version 2 and later) the same with 64-bit times and the
 * rule for the years after. */
#include <stdlib.h>
#include <string.h>
#include "base/zone.h"

enum { HEADER_SIZE = 44, OFFSET_LIMIT_S = 26 * 3600 };

static const char what[] = "time zone file";

struct header { uint32_t isut, isstd, leap, times, types, chars; };

static int64_t big_endian(const unsigned char *bytes, size_t size)
{
    uint64_t value = bytes[0] & 0x80 ? UINT64_MAX : 0;
    for (size_t at = 0; at < size; at++)
        value = value << 8 | bytes[at];
    return (int64_t)value;
}

static bool header_read(const unsigned char *bytes, size_t length, struct header *out)
{
    uint32_t fields[6];
    if (length < HEADER_SIZE || memcmp(bytes, "TZif", 4) != 0)
        return false;
    for (size_t at = 0; at < 6; at++)
        fields[at] = (uint32_t)big_endian(bytes + 20 + 4 * at, 4);
    *out = (struct header){ fields[0], fields[1], fields[2], fields[3], fields[4], fields[5] };
    return true;
}

/* Six counts of 32 bits times at most 12 bytes: no 64-bit overflow. */
static uint64_t block_size(const struct header *header, size_t time_size)
{
    return (uint64_t)header->times * (time_size + 1) + (uint64_t)header->types * 6 + header->chars +
           (uint64_t)header->leap * (time_size + 4) + header->isstd + header->isut;
}

static int block_fill(struct mt_zone *zone, const unsigned char *bytes, const struct header *header, size_t time_size,
                      struct mt_diag *diag)
{
    const unsigned char *indexes = bytes + header->times * time_size;
    const unsigned char *types = indexes + header->times;
    for (size_t at = 0; at < header->types; at++) {
        int64_t offset = big_endian(types + 6 * at, 4);
        if (offset < -OFFSET_LIMIT_S || offset > OFFSET_LIMIT_S)
            return mt_fail(diag, MT_ECORRUPT, "%s: %s: an offset of %lld s", what, zone->name, (long long)offset);
    }
    for (size_t at = 0; at < header->times; at++) {
        if (indexes[at] >= header->types)
            return mt_fail(diag, MT_ECORRUPT, "%s: %s: transition %zu has no type", what, zone->name, at);
        zone->at_s[at] = big_endian(bytes + at * time_size, time_size);
        zone->offset_s[at] = (int32_t)big_endian(types + 6 * indexes[at], 4);
        if (at > 0 && zone->at_s[at] <= zone->at_s[at - 1])
            return mt_fail(diag, MT_ECORRUPT, "%s: %s: transition %zu steps back", what, zone->name, at);
    }
    zone->first_s = (int32_t)big_endian(types, 4);
    zone->count = header->times;
    return 0;
}

static int block_read(struct mt_zone *zone, const unsigned char *bytes, const struct header *header, size_t time_size,
                      struct mt_diag *diag)
{
    if (header->leap != 0)
        return mt_fail(diag, MT_EREFUSED, "%s: %s: counts leap seconds, UTC does not", what, zone->name);
    if (header->types == 0)
        return mt_fail(diag, MT_ECORRUPT, "%s: %s: no local time type", what, zone->name);
    zone->at_s = calloc(header->times + 1u, sizeof *zone->at_s);
    zone->offset_s = calloc(header->times + 1u, sizeof *zone->offset_s);
    if (!zone->at_s || !zone->offset_s)
        return mt_fail(diag, MT_ENOMEM, "%s: %s: no memory", what, zone->name);
    return block_fill(zone, bytes, header, time_size, diag);
}

/* "\n" text "\n"; an empty text means that nothing is known. */
static int footer_read(struct mt_zone *zone, const unsigned char *bytes, size_t length, struct mt_diag *diag)
{
    const unsigned char *end = length > 1 && bytes[0] == '\n' ? memchr(bytes + 1, '\n', length - 1) : NULL;
    if (!end)
        return mt_fail(diag, MT_ECORRUPT, "%s: %s: no footer", what, zone->name);
    size_t size = (size_t)(end - bytes) - 1;
    if (size == 0)
        return 0;
    zone->ruled = true;
    if (mt_zone_rule_parse((const char *)bytes + 1, size, &zone->rule) != 0)
        return mt_fail(diag, MT_ECORRUPT, "%s: %s: footer is not a TZ rule", what, zone->name);
    return 0;
}

int mt_zone_file_read(struct mt_zone *zone, const unsigned char *bytes, size_t length, struct mt_diag *diag)
{
    struct header header;
    size_t time_size = 4;
    int err;
    bool ok = header_read(bytes, length, &header) && block_size(&header, 4) <= length - HEADER_SIZE;
    bool wide = ok && bytes[4] >= '2';
    if (wide) {
        size_t skip = HEADER_SIZE + (size_t)block_size(&header, 4);
        time_size = 8;
        bytes += skip;
        length -= skip;
        ok = header_read(bytes, length, &header) && block_size(&header, 8) <= length - HEADER_SIZE;
    }
    if (!ok)
        return mt_fail(diag, MT_ECORRUPT, "%s: %s: header or length is wrong", what, zone->name);
    err = block_read(zone, bytes + HEADER_SIZE, &header, time_size, diag);
    if (err == 0 && wide) {
        size_t skip = HEADER_SIZE + (size_t)block_size(&header, 8);
        err = footer_read(zone, bytes + skip, length - skip, diag);
    }
    if (err != 0) {
        free(zone->at_s);
        free(zone->offset_s);
        zone->at_s = NULL;
        zone->offset_s = NULL;
        zone->count = 0;
    }
    return err;
}
