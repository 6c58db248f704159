/* journal: the records of a run, one a line. */
#include "app/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "report/record_fields.h"
#include "app/walk.h"

enum { LINE_MAX_BYTES = 8 << 20 };

struct journal {
    struct mt_common common;
    struct mt_opt_list words, kinds;
    int64_t from, to;
    uint32_t wanted;                    /* bits of kinds; 0: all */
};

static int no_kind(const char *typed, struct mt_diag *diag)
{
    char names[MT_REC_KIND_MAX * 16] = "";
    size_t length = 0;
    for (unsigned kind = 1; kind <= MT_REC_KIND_MAX; kind++)
        length += (size_t)snprintf(names + length, sizeof names - length, " %s", mt_record_name(kind));
    return mt_fail(diag, MT_EUSAGE, "--kind: '%.64s' is no kind of record; there are%s", typed, names);
}

static int read_kinds(struct journal *j, struct mt_diag *diag)
{
    for (size_t i = 0; i < j->kinds.count; i++) {
        unsigned kind = 1;
        while (kind <= MT_REC_KIND_MAX && strcasecmp(mt_record_name(kind), j->kinds.items[i]) != 0)
            kind++;
        if (kind > MT_REC_KIND_MAX)
            return no_kind(j->kinds.items[i], diag);
        j->wanted |= UINT32_C(1) << kind;
    }
    return 0;
}

static int print_records(const struct journal *j, struct mt_walk *walk, struct mt_diag *diag)
{
    struct mt_record record;
    struct mt_buf line;
    mt_buf_init(&line, LINE_MAX_BYTES);
    int rc;
    while ((rc = mt_walk_next(walk, &record, diag)) > 0) {
        if (j->to > 0 && record.seq > (uint64_t)j->to) {
            rc = 0;
            break;
        }
        if (record.seq < (uint64_t)j->from || (j->wanted && !(j->wanted >> record.kind & 1)))
            continue;
        mt_buf_clear(&line);
        line.comma = false;
        mt_record_line(&walk->names, &record, j->common.json, &line);
        if (puts(mt_buf_text(&line)) < 0) {
            /* Whoever reads has seen enough (`| head`). */
            rc = errno == EPIPE ? 0 : mt_fail(diag, MT_EFULL, "output: cannot be written: %s", strerror(errno));
            break;
        }
    }
    mt_buf_fini(&line);
    return rc;
}

int mt_cmd_journal(int argc, char **argv)
{
    struct journal j = { .from = 0 };
    const struct mt_opt table[] = {
        { "kind", MT_OPT_LIST, &j.kinds, "KIND,…", "only records of these kinds", 0, 0, true },
        { "from", MT_OPT_INT, &j.from, "SEQ", "from this record on", 1, INT64_MAX, false },
        { "to", MT_OPT_INT, &j.to, "SEQ", "up to this record", 1, INT64_MAX, false },
        MT_HOST_OPTIONS(&j.common),
        { NULL, MT_OPT_FLAG, NULL, NULL, NULL, 0, 0, false },
    };
    struct mt_diag diag = { 0 };
    struct mt_walk walk;
    bool done;
    int code = mt_command_begin(
        "mthost journal [JOURNAL|RUN]\n  The records of a journal, one a line (default: of the newest run).",
        table, &j.common, argc, argv, &j.words, &done);
    if (done)
        return code;
    if (j.words.count > 1)
        mt_fail(&diag, MT_EUSAGE, "'%s': only one journal", j.words.items[1]);
    if (diag.code != 0 || read_kinds(&j, &diag) != 0) {
        fprintf(stderr, "mthost: journal: %s (mthost journal --help shows all)\n", diag.text);
        return MT_EXIT_USAGE;
    }
    const char *which = j.words.count > 0 ? j.words.items[0] : NULL;
    int rc = mt_walk_open(&walk, j.common.state, which, &diag);
    if (rc == 0)
        mt_command_run(argv[0], which, walk.folder);
    if (rc == 0)
        rc = print_records(&j, &walk, &diag);
    fflush(stdout);
    mt_walk_close(&walk);
    return rc == 0 ? MT_EXIT_DONE : mt_command_fail(rc == MT_EIO ? MT_EXIT_FAILED : mt_walk_exit(rc), &diag);
}
