/* Records on their way into a journal of a test. */
#ifndef TESTS_RECORD_KIT_H
#define TESTS_RECORD_KIT_H

#include "core/record_list.h"

/* As the engine writes it; payload is the struct with its tail. */
static inline int record_append(struct mt_journal *journal, unsigned kind, int64_t time_ns, const void *payload,
                                size_t length)
{
    struct mt_buf bytes;
    mt_buf_init(&bytes, 4 * MT_RECORD_PAYLOAD_MAX);
    int rc = mt_record_encode(kind, 0, payload, length, &bytes);
    if (rc == 0)
        rc = mt_journal_append(journal, kind, 0, time_ns, bytes.data, bytes.length, NULL);
    mt_buf_fini(&bytes);
    return rc;
}

#endif
