/* .env: NAME=value lines beside the configuration. Only the names that the host knows are taken, and what the process
 * already has in its environment stays. Values are secrets until proved otherwise: no message shows one. */
#include "app/config_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LINE_MAX_BYTES = 8192 };

static const struct mt_config_env *env_find(const char *name)
{
    for (const struct mt_config_env *env = mt_config_env; env->name; env++)
        if (strcmp(env->name, name) == 0)
            return env;
    return NULL;
}

static char *trim(char *text)
{
    text += strspn(text, " \t");
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t\r\n", text[length - 1]))
        text[--length] = '\0';
    return text;
}

/* 'value' and "value" without their quotes; no escapes inside. Behind a quoted value, and behind a blank after one that
 * is not, a # begins a note, as in a shell. */
static char *value_of(char *text)
{
    char *end = text[0] == '"' || text[0] == '\'' ? strchr(text + 1, text[0]) : NULL;
    const char *rest = end ? end + 1 + strspn(end + 1, " \t") : "";
    if (end && (*rest == '\0' || (*rest == '#' && rest > end + 1))) {
        *end = '\0';
        return text + 1;
    }
    for (char *at = text; *at; at++)
        if (*at == '#' && (at == text || at[-1] == ' ' || at[-1] == '\t')) {
            *at = '\0';
            return trim(text);
        }
    return text;
}

static int read_line(char *line, const char *file, int number, bool open_to_others, struct mt_diag *diag)
{
    char *name = trim(line);
    if (name[0] == '\0' || name[0] == '#')
        return 0;
    if (strncmp(name, "export ", 7) == 0)
        name = trim(name + 7);
    char *equals = strchr(name, '=');
    if (!equals)
        return mt_fail(diag, MT_EREFUSED, "%s:%d: must be NAME=value", file, number);
    *equals = '\0';
    const struct mt_config_env *env = env_find(trim(name));
    if (!env)
        return 0;
    if (env->secret && open_to_others)
        return mt_fail(diag, MT_EREFUSED, "%s:%d: %s: the file holds a secret and others may read it: chmod 600 %s",
                       file, number, env->name, file);
    if (setenv(env->name, value_of(trim(equals + 1)), 0) != 0)
        return mt_fail(diag, MT_ENOMEM, "%s:%d: no memory", file, number);
    return 0;
}

int mt_config_read_env(const char *folder, struct mt_diag *diag)
{
    char path[1024], line[LINE_MAX_BYTES];
    snprintf(path, sizeof path, "%s.env", folder);
    struct stat status;
    if (stat(path, &status) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))   /* a pipe without a writer would wait for ever */
        return mt_fail(diag, MT_EREFUSED, "%s: cannot be read: not a regular file", path);
    FILE *file = fopen(path, "re");
    if (!file)
        return mt_fail(diag, MT_EREFUSED, "%s: cannot be read: %s", path, strerror(errno));
    int rc = fstat(fileno(file), &status) == 0 ? 0 : mt_fail(diag, MT_EIO, "%s: %s", path, strerror(errno));
    bool open_to_others = rc == 0 && (status.st_mode & 077) != 0;
    for (int number = 1; rc == 0 && fgets(line, sizeof line, file); number++) {
        size_t length = strlen(line);
        if (length + 1 == sizeof line && line[length - 1] != '\n')
            rc = mt_fail(diag, MT_EREFUSED, "%s:%d: the line is too long", path, number);
        else
            rc = read_line(line, path, number, open_to_others, diag);
    }
    if (rc == 0 && ferror(file))
        rc = mt_fail(diag, MT_EIO, "%s: it cannot be read", path);
    explicit_bzero(line, sizeof line);
    fclose(file);
    return rc;
}
