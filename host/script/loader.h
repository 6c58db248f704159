/* loader: finds the files of a script, reads each once, and hashes them in the order in which they
 * are asked for. Names inside scripts are relative to one of the roots; nothing else can be named.
 */
#ifndef MT_SCRIPT_LOADER_H
#define MT_SCRIPT_LOADER_H

#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"

enum { MT_LOADER_ROOTS_MAX = 32, MT_LOADER_FILES_MAX = 512 };
enum { MT_LOADER_FILE_MAX = 4 << 20, MT_LOADER_TABLE_MAX = 16 << 20 };     /* bytes */

struct mt_loader_file { char *name, *text; size_t length; };    /* owned; name relative to its root */

struct mt_loader {
    char *roots[MT_LOADER_ROOTS_MAX];       /* owned */
    size_t root_count;
    struct mt_loader_file files[MT_LOADER_FILES_MAX];
    size_t file_count;
    uint64_t hash;
};

/* Find the script of the command line: path as it is, else in the roots of env (colon separated,
 * may be NULL) and share. found (path_size bytes) is its path; name (name_size) what it is called
 * below the first root. Then the roots are: its folder, the parent of it, env, share. */
int mt_loader_init(struct mt_loader *loader, const char *path, const char *env, const char *const *share, char *found,
    size_t found_size, char *name, size_t name_size, struct mt_diag *diag) MT_CHECKED;
void mt_loader_fini(struct mt_loader *loader);

/* Read a file by its name below the roots. 0, MT_ENOTFOUND, MT_EREFUSED (absolute, "..", too
 * large), MT_EIO. The text lives as long as the loader. */
int mt_loader_read(struct mt_loader *loader, const char *name, size_t maximum, const struct mt_loader_file **out,
    struct mt_diag *diag) MT_CHECKED;

/* loader_near.c: the script below the working directory or the roots that a mistyped path most likely stands for, as it
 * would be written, without ".lua"; "" when none is near (base/near.h). Beside its own folder those of strategies and
 * filters are looked into. */
enum { MT_LOADER_NEAR = 1024 };
void mt_loader_near(const struct mt_loader *loader, const char *path, char *out, size_t size);

/* Read a whole regular file; *text is malloced and zero terminated. */
int mt_loader_slurp(const char *path, size_t maximum, char **text, size_t *length, struct mt_diag *diag) MT_CHECKED;

#endif
