/* log_file: an append-only file of lines that is put aside when it has grown. Several processes may append to the same
 * one: a line is one write, and only one of them puts it aside. */
#ifndef MT_BASE_LOG_FILE_H
#define MT_BASE_LOG_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mt_log_file {
    char *path;                 /* owned; NULL: off */
    int fd;                     /* -1: not open */
    int64_t bytes, aside_at;    /* beyond aside_at it is put aside: `bytes`, or more when that has just failed */
    int kept;
    bool torn;                  /* it may end in half a line of ours */
};

/* Nothing is opened yet. 0 or an errno. */
int mt_log_file_init(struct mt_log_file *file, const char *path, int64_t bytes, int kept);
/* Appends a line with its end; makes file and folder when they are absent. 0 or the errno that kept it from being
 * whole: then it counts as not written, and the next line begins on a line of its own. Never waits. */
int mt_log_file_write(struct mt_log_file *file, const char *line, size_t length);
void mt_log_file_fini(struct mt_log_file *file);

#endif
