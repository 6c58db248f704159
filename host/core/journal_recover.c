/* journal_recover: the check of a whole journal before anything new is written to it. A tail that a
 * dying process left half written is copied aside and cut; damage before records that are sound is
 * not touched and ends the start. */
#include <stdlib.h>
#include <string.h>
#include "core/journal_format.h"

/* Behind the last record of a turn. */
struct good {
    uint64_t offset;
    struct mt_chain chain;
};

struct recovery {
    struct mt_journal_io *io;
    struct mt_view view;
    struct mt_chain chain;
    bool torn;
};

/* Only a power cut without sync leaves such a file: it never held a confirmed record. The next
 * segment replaces it, and takes a generation above the one whose header is lost. */
static int header_torn(struct recovery *r, uint64_t first_seq, bool last, struct mt_diag *diag)
{
    if (!last || first_seq != r->chain.seq + 1)
        return mt_io_corrupt(r->io, r->view.name, 0, r->chain.seq + 1,
                             "the file ends inside its header", diag);
    r->torn = true;
    r->chain.generation++;
    return mt_io_torn_save(r->io, r->view.name, r->view.fd, 0, r->view.size, diag);
}

/* The last turn is whole up to `good`; the record at `offset` is bad, or there is none although the turn has not
 * ended. Goes back to `good`. */
static int tail_torn(struct recovery *r, uint64_t offset, const struct good *good, bool last, const char *why,
                     struct mt_diag *diag)
{
    uint64_t end;
    /* A later segment's header carries the chain of the record before it, so that record was once
     * complete. */
    int found = last ? mt_view_evidence(&r->view, r->io, offset, r->chain.seq + 1, diag) : 1;
    if (found < 0)
        return found;
    if (found > 0)
        return mt_io_corrupt(r->io, r->view.name, offset, r->chain.seq + 1, why, diag);
    int rc = mt_view_data_end(&r->view, r->io, offset, &end, diag);
    if (rc == 0)
        rc = mt_io_torn_save(r->io, r->view.name, r->view.fd, good->offset, end, diag);
    r->torn = true;
    r->chain = good->chain;
    return rc;
}

static int recover_records(struct recovery *r, bool last, struct mt_diag *diag)
{
    struct good good = { MT_SEGMENT_HEADER, r->chain };
    uint64_t offset = good.offset;
    struct mt_frame frame;
    int rc = mt_frame_read(&r->view, r->io, offset, &r->chain, &frame, diag);
    while (rc == 0 && frame.status == MT_FRAME_GOOD) {
        rc = mt_record_known(r->io, &frame.record, diag);
        if (rc < 0)
            return rc;
        mt_chain_follow(&r->chain, &frame.record);
        offset = frame.next;
        if (frame.record.flags & MT_RECORD_LAST)
            good = (struct good){ offset, r->chain };
        rc = mt_frame_read(&r->view, r->io, offset, &r->chain, &frame, diag);
    }
    if (rc == 0 && (frame.status == MT_FRAME_BAD || offset != good.offset))
        rc = tail_torn(r, offset, &good, last,
                       frame.status == MT_FRAME_BAD ? frame.why : "its last turn is not whole", diag);
    /* The preallocated rest goes as well: this segment never grows again. */
    if (rc == 0 && last && good.offset < r->view.size)
        rc = mt_io_cut(r->io, r->view.name, good.offset, diag);
    return rc;
}

static int recover_segment(struct recovery *r, uint64_t first_seq, bool last, struct mt_diag *diag)
{
    int rc = mt_view_open(&r->view, r->io, first_seq, &r->chain, diag);
    if (rc == 1) {
        rc = header_torn(r, first_seq, last, diag);
    } else if (rc == 0) {
        r->chain.generation = (uint32_t)r->view.header.generation;
        rc = recover_records(r, last, diag);
    }
    mt_view_close(&r->view);
    return rc;
}

int mt_journal_recover(struct mt_journal_io *io, struct mt_chain *out, bool *torn,
                       struct mt_diag *diag)
{
    struct recovery r = { .io = io };
    uint64_t *seqs = NULL;
    size_t count = 0;
    int rc = mt_view_init(&r.view, io, diag);
    r.view.locked = true;
    if (rc == 0)
        rc = mt_io_list(io, &seqs, &count, diag);
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = recover_segment(&r, seqs[i], i + 1 == count, diag);
    free(seqs);
    mt_view_fini(&r.view);
    *out = r.chain;
    *torn = r.torn;
    return rc;
}
