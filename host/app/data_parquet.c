#include "app/data_parquet.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/command.h"

enum { NO_LIBRARY = 3, NO_PROGRAM = 127 };
#define TOOL "parquet_to_csv.py"
extern char **environ;

static bool is_parquet(const char *path)
{
    char magic[4];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool found = fd >= 0 && read(fd, magic, 4) == 4 && memcmp(magic, "PAR1", 4) == 0;
    if (fd >= 0)
        close(fd);
    return found;
}

/* The folder of the shipped scripts that has the tool; false: none. */
static bool tool_find(char *out, size_t size)
{
    for (const char *const *root = mt_script_roots(); *root; root++)
        if ((size_t)snprintf(out, size, "%s/" TOOL, *root) < size && access(out, R_OK) == 0)
            return true;
    return false;
}

/* The exit code of the tool; NO_PROGRAM: it could not be started. */
static int tool_run(char *tool, const char *file, char *to)
{
    char program[] = "python3", *from = strdup(file);
    char *const argv[] = { program, tool, from, to, NULL };
    pid_t pid;
    int status;
    bool started = from && posix_spawnp(&pid, program, NULL, NULL, argv, environ) == 0;
    free(from);
    if (!started)
        return NO_PROGRAM;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return NO_PROGRAM;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* DIR/NAME.csv: the name says which symbol it is. NULL: no memory. */
static char *target_make(const char *dir, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
    char *out = NULL;
    if (asprintf(&out, "%s/%.*s.csv", dir, (int)(dot && dot > name ? dot - name : (ptrdiff_t)strlen(name)), name) < 0)
        return NULL;
    return out;
}

static int convert(struct mt_data_parquet *parquet, const char **file, struct mt_diag *diag)
{
    char tool[4096];
    if (!tool_find(tool, sizeof tool))
        return mt_fail(diag, MT_EREFUSED, "%s: is Parquet, and " TOOL " is not among the shipped scripts", *file);
    if (parquet->dir[0] == '\0') {
        snprintf(parquet->dir, sizeof parquet->dir, P_tmpdir "/mthost-parquet-XXXXXX");
        if (!mkdtemp(parquet->dir)) {
            parquet->dir[0] = '\0';
            return mt_fail(diag, MT_EIO, "%s: no folder in " P_tmpdir " for its CSV: %s", *file, strerror(errno));
        }
    }
    char *target = target_make(parquet->dir, *file);
    if (!target)
        return mt_fail(diag, MT_ENOMEM, "%s: no memory", *file);
    for (size_t i = 0; i < parquet->count; i++)
        if (strcmp(parquet->paths[i], target) == 0) {
            free(target);
            return mt_fail(diag, MT_EREFUSED, "%s: two Parquet files of this name: import them one by one", *file);
        }
    parquet->paths[parquet->count++] = target;
    int code = tool_run(tool, *file, target);
    if (code == NO_LIBRARY || code == NO_PROGRAM)
        return mt_fail(diag, MT_EREFUSED, "%s: is Parquet, which python3 with pyarrow or duckdb reads, and %s: "
                                          "install one (pip "
                       "install pyarrow), or write the file as CSV", *file,
                       code == NO_PROGRAM ? "there is no python3 here" : "neither is installed");
    if (code != 0)
        return mt_fail(diag, MT_EREFUSED, "%s: is Parquet that the library cannot read: see above", *file);
    *file = target;
    return 0;
}

int mt_data_parquet_take(struct mt_data_parquet *parquet, struct mt_opt_list *files, struct mt_diag *diag)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < files->count; i++)
        if (is_parquet(files->items[i]))
            rc = convert(parquet, &files->items[i], diag);
    return rc;
}

void mt_data_parquet_close(struct mt_data_parquet *parquet)
{
    for (size_t i = 0; i < parquet->count; i++) {
        unlink(parquet->paths[i]);
        free(parquet->paths[i]);
    }
    if (parquet->dir[0])
        rmdir(parquet->dir);
    parquet->count = 0;
    parquet->dir[0] = '\0';
}
