/* journal_reader: reads a journal from outside, also while its writer is at work. What looks like
 * the end or like damage is therefore read again before it is believed: the writer may just have
 * been half-way. Records are handed out only when the whole turn is there. */
#include <stdlib.h>
#include <string.h>
#include "core/journal_format.h"

struct mt_journal_reader {
    struct mt_journal_io io;
    struct mt_view view; /* of `segment`, when it is open */
    struct mt_chain chain;
    uint64_t segment, offset;
    uint64_t whole; /* records before this offset may be handed out: their turn is there */
    bool tolerate, torn;
    bool bad_tail; /* the last record handed out was bad, and nothing sound follows it */
};

static int reader_start(struct mt_journal_reader *reader, const char *dir, struct mt_diag *diag)
{
    int rc = mt_view_init(&reader->view, &reader->io, diag);
    if (rc == 0)
        rc = mt_io_dir_open(&reader->io, dir, diag);
    if (rc == 0)
        rc = mt_io_list_next(&reader->io, 0, &reader->segment, diag);
    if (rc == 0)
        return mt_fail(
            diag, MT_ENOTFOUND,
            "journal: %s: there is no journal in this directory; name the one that holds "
            "the .mtj files",
            reader->io.dir);
    return rc < 0 ? rc : 0;
}

int mt_journal_reader_open_faulty(struct mt_journal_reader **out, const char *dir,
                                  bool tolerate_crc, const char *fault, uint64_t fault_at,
                                  struct mt_diag *diag)
{
    struct mt_journal_io io;
    *out = NULL;
    int rc = mt_io_init(&io, dir, fault, fault_at, diag);
    if (rc < 0)
        return rc;
    struct mt_journal_reader *reader = mt_io_alloc(&io, sizeof *reader);
    if (reader == NULL)
        return mt_fail(diag, MT_ENOMEM, "journal: %s: no memory to read it", io.dir);
    memset(reader, 0, sizeof *reader);
    reader->io = io;
    reader->tolerate = tolerate_crc;
    rc = reader_start(reader, dir, diag);
    if (rc == 0)
        *out = reader;
    else
        mt_journal_reader_close(reader);
    return rc;
}

int mt_journal_reader_open(struct mt_journal_reader **out, const char *dir, bool tolerate_crc,
                           struct mt_diag *diag)
{
    return mt_journal_reader_open_faulty(out, dir, tolerate_crc, NULL, 0, diag);
}

const struct mt_chain *mt_journal_reader_chain(const struct mt_journal_reader *reader)
{
    return &reader->chain;
}

bool mt_journal_reader_torn(const struct mt_journal_reader *reader)
{
    return reader->torn;
}

void mt_journal_reader_close(struct mt_journal_reader *reader)
{
    if (reader == NULL)
        return;
    mt_view_fini(&reader->view);
    mt_io_fini(&reader->io);
    free(reader);
}

/* Have the segment open. MT_EEND when its header is torn. */
static int reader_enter(struct mt_journal_reader *reader, struct mt_diag *diag)
{
    if (reader->view.fd >= 0)
        return 0;
    int rc = mt_view_open(&reader->view, &reader->io, reader->segment, &reader->chain, diag);
    if (rc < 0)
        return rc;
    if (rc == 0) {
        reader->chain.generation = (uint32_t)reader->view.header.generation;
        reader->offset = reader->whole = MT_SEGMENT_HEADER;
        return 0;
    }
    uint64_t later;
    mt_view_close(&reader->view);
    rc = mt_io_list_next(&reader->io, reader->segment, &later, diag);
    if (rc < 0)
        return rc;
    if (rc == 1)
        return mt_io_corrupt(&reader->io, reader->view.name, 0, reader->segment,
                             "the file ends inside its header", diag);
    reader->torn = true;
    return MT_EEND;
}

/* Does something stand behind a bad record that can be the next one, or the end? Then its length
 * may be believed. */
static int followed(struct mt_journal_reader *reader, const struct mt_frame *bad,
                    struct mt_diag *diag)
{
    struct mt_chain after = { .seq = bad->record.seq };
    struct mt_frame next;
    int rc = mt_frame_read(&reader->view, &reader->io, bad->next, &after, &next, diag);
    return rc < 0 ? rc : next.status == MT_FRAME_END || next.sound;
}

/* Look at the same place again after the list of segments was taken. 1 when a segment follows this
 * one. */
static int look_again(struct mt_journal_reader *reader, struct mt_frame *frame, uint64_t *later,
                      struct mt_diag *diag)
{
    int more = mt_io_list_next(&reader->io, reader->segment, later, diag);
    if (more < 0)
        return more;
    int rc = mt_view_refresh(&reader->view, &reader->io, diag);
    if (rc == 0)
        rc = mt_frame_read(&reader->view, &reader->io, reader->offset, &reader->chain, frame, diag);
    return rc < 0 ? rc : more;
}

enum { HAND_OUT, LOOK_AGAIN, DAMAGED };

/* No more data in this segment. LOOK_AGAIN in the next one; MT_EEND: there is none. */
static int segment_ended(struct mt_journal_reader *reader, bool more, uint64_t later)
{
    if (more) {
        mt_view_close(&reader->view);
        reader->segment = later;
        return LOOK_AGAIN;
    }
    /* A segment without records is replaced by a later run: open it by its name again next time. */
    if (reader->offset == MT_SEGMENT_HEADER)
        mt_view_close(&reader->view);
    reader->torn = reader->bad_tail;
    return MT_EEND;
}

/* A record that was bad twice. HAND_OUT as it is; LOOK_AGAIN, it has changed; DAMAGED, sound
 * records follow; MT_EEND: torn tail. */
static int record_bad(struct mt_journal_reader *reader, struct mt_frame *frame, bool more,
                      struct mt_diag *diag)
{
    int evidence = 1;
    if (!more)
        evidence = mt_view_evidence(&reader->view, &reader->io, reader->offset,
                                    reader->chain.seq + 1, diag);
    if (evidence < 0)
        return evidence;
    if (reader->tolerate && frame->sound) {
        int rc = followed(reader, frame, diag);
        if (rc < 0)
            return rc;
        if (rc == 1) {
            reader->bad_tail = evidence == 0;
            /* The window has moved on. */
            rc = mt_frame_read(&reader->view, &reader->io, reader->offset, &reader->chain, frame,
                               diag);
            int result = frame->sound ? HAND_OUT : LOOK_AGAIN;
            return rc < 0 ? rc : result;
        }
    }
    reader->torn = evidence == 0;
    return evidence == 1 ? DAMAGED : MT_EEND;
}

/* The frame at the current place is not good. HAND_OUT: it is now, or it is to be shown as bad.
 * LOOK_AGAIN: the place has changed. */
static int settle(struct mt_journal_reader *reader, struct mt_frame *frame, struct mt_diag *diag)
{
    uint64_t later = 0;
    int rc = LOOK_AGAIN;
    /* Twice: the writer may finish a record while we search behind it. */
    for (int look = 0; look < 2; look++) {
        int more = look_again(reader, frame, &later, diag);
        if (more < 0)
            return more;
        if (frame->status == MT_FRAME_GOOD)
            return HAND_OUT;
        if (frame->status == MT_FRAME_END)
            return segment_ended(reader, more, later);
        rc = record_bad(reader, frame, more, diag);
        if (rc != DAMAGED)
            return rc;
    }
    return mt_io_corrupt(&reader->io, reader->view.name, reader->offset, reader->chain.seq + 1,
                         frame->why, diag);
}

/* How far the records from here on are good, at most up to `until`: *end is behind them, *chain what they come to.
 * Short of `until`, *frame is what stands there. */
static int walk_good(struct mt_journal_reader *reader, uint64_t until, uint64_t *end, struct mt_chain *chain,
                     struct mt_frame *frame, struct mt_diag *diag)
{
    int rc = 0;
    *end = reader->offset;
    *chain = reader->chain;
    while (rc == 0 && *end < until) {
        rc = mt_frame_read(&reader->view, &reader->io, *end, chain, frame, diag);
        if (rc == 0 && frame->status != MT_FRAME_GOOD)
            break;
        mt_chain_follow(chain, &frame->record);
        *end = frame->next;
    }
    return rc;
}

/* Is the turn of the next record there as a whole? 1 and reader->whole; 0; or an mt_err. One that is followed by
 * another was written before it; the newest is looked at record by record, since its writer may have died in it. */
static int turn_there(struct mt_journal_reader *reader, struct mt_diag *diag)
{
    struct mt_chain chain;
    struct mt_frame frame;
    uint64_t group, end;
    int rc = mt_view_group_end(&reader->view, &reader->io, reader->offset, &group, diag);
    if (rc == MT_GROUP_NEWEST) {
        rc = walk_good(reader, group, &end, &chain, &frame, diag);
        if (rc < 0 || end != group)
            return rc;
        rc = MT_GROUP_FOLLOWED;
    }
    if (rc == MT_GROUP_FOLLOWED)
        reader->whole = group;
    return rc;
}

/* The turn is not whole, or it does not look so. 0: it is now, or damage lies behind sound records, which are handed
 * out first; MT_EEND: the writer is at it, or died at it. */
static int turn_open(struct mt_journal_reader *reader, struct mt_diag *diag)
{
    struct mt_chain chain;
    struct mt_frame frame;
    uint64_t later;
    int more = mt_io_list_next(&reader->io, reader->segment, &later, diag);
    int rc = more < 0 ? more : mt_view_refresh(&reader->view, &reader->io, diag);
    if (rc == 0)
        rc = turn_there(reader, diag);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    rc = walk_good(reader, UINT64_MAX, &reader->whole, &chain, &frame, diag);
    /* Nothing good at all is the end or damage; a tolerant reader looks at each record by itself. */
    if (rc < 0 || reader->whole == reader->offset || reader->tolerate)
        return rc;
    if (more && frame.status == MT_FRAME_END)
        return mt_io_corrupt(&reader->io, reader->view.name, reader->whole, chain.seq + 1,
                             "its last turn is not whole", diag);
    if (!more)
        rc = mt_view_evidence(&reader->view, &reader->io, reader->whole, chain.seq + 1, diag);
    if (more || rc != 0)
        return rc < 0 ? rc : 0;
    reader->whole = reader->offset;
    reader->torn = true;
    return MT_EEND;
}

int mt_journal_reader_next(struct mt_journal_reader *reader, struct mt_record *out, bool *bad,
                           struct mt_diag *diag)
{
    struct mt_frame frame;
    reader->torn = false;
    *bad = false;
    for (;;) {
        int rc = reader_enter(reader, diag);
        if (rc == 0)
            rc = reader->offset < reader->whole ? 1 : turn_there(reader, diag);
        if (rc == 0)
            rc = turn_open(reader, diag);
        if (rc == 1)
            rc = 0;
        if (rc == 0)
            rc = mt_frame_read(&reader->view, &reader->io, reader->offset, &reader->chain, &frame,
                               diag);
        if (rc == 0 && frame.status != MT_FRAME_GOOD)
            rc = settle(reader, &frame, diag);
        if (rc < 0)
            return rc;
        if (rc == LOOK_AGAIN)
            continue;
        *bad = frame.status == MT_FRAME_BAD;
        int known = *bad ? 1 : mt_record_known(&reader->io, &frame.record, diag);
        if (known < 0)
            return known;
        /* A damaged time must not make the sound records behind it look wrong. */
        int64_t time_ns = *bad ? reader->chain.time_ns : frame.record.time_ns;
        mt_chain_follow(&reader->chain, &frame.record);
        reader->chain.time_ns = time_ns;
        reader->offset = frame.next;
        if (!*bad)
            reader->bad_tail = false;
        if (known == 1) {
            *out = frame.record;
            return 0;
        }
    }
}
