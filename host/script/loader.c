#include "script/loader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/hash.h"

static bool is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

int mt_loader_slurp(const char *path, size_t maximum, char **text, size_t *length, struct mt_diag *diag)
{
    *text = NULL;
    *length = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);     /* a pipe without a writer would wait for ever */
    if (fd < 0)
        return mt_fail(diag, errno == ENOENT ? MT_ENOTFOUND : MT_EIO, "%s: %s", path, strerror(errno));
    struct stat st;
    int rc = 0;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        rc = mt_fail(diag, MT_EIO, "%s: cannot be read: not a regular file", path);
        goto out;
    }
    if ((uint64_t)st.st_size > maximum) {
        rc = mt_fail(diag, MT_EREFUSED, "%s: larger than %zu bytes", path, maximum);
        goto out;
    }
    size_t size = (size_t)st.st_size, at = 0;
    char *data = malloc(size + 1);
    if (data == NULL) {
        rc = mt_fail(diag, MT_ENOMEM, "%s: no memory", path);
        goto out;
    }
    while (at < size) {
        ssize_t n = read(fd, data + at, size - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            rc = mt_fail(diag, MT_EIO, "%s: %s", path, strerror(errno));
            free(data);
            goto out;
        }
        if (n == 0)
            break;          /* it shrank while it was read: what is there counts */
        at += (size_t)n;
    }
    data[at] = 0;
    *text = data;
    *length = at;
out:
    close(fd);
    return rc;
}

static int add_root(struct mt_loader *loader, const char *path, size_t length, struct mt_diag *diag)
{
    if (length == 0)
        return 0;
    if (loader->root_count == MT_LOADER_ROOTS_MAX)
        return mt_fail(diag, MT_EREFUSED, "scripts: more than %d folders to look in", MT_LOADER_ROOTS_MAX);
    char *root = strndup(path, length);
    if (root == NULL)
        return mt_fail(diag, MT_ENOMEM, "scripts: no memory");
    loader->roots[loader->root_count++] = root;
    return 0;
}

static int add_common_roots(struct mt_loader *loader, const char *env, const char *const *share, struct mt_diag *diag)
{
    while (env != NULL && *env != 0) {
        size_t length = strcspn(env, ":");
        int rc = add_root(loader, env, length, diag);
        if (rc != 0)
            return rc;
        env += length + (env[length] == ':');
    }
    for (; share != NULL && *share != NULL; share++) {
        int rc = add_root(loader, *share, strlen(*share), diag);
        if (rc != 0)
            return rc;
    }
    return 0;
}

/* Try path, and path with ".lua", below root ("" = as it is). */
static bool find_script(const char *root, const char *path, char *found, size_t size)
{
    for (int i = 0; i < 2; i++) {
        int n = snprintf(found, size, "%s%s%s%s", root, *root != 0 ? "/" : "", path, i == 0 ? "" : ".lua");
        if (n > 0 && (size_t)n < size && is_file(found))
            return true;
    }
    return false;
}

static void drop_roots(struct mt_loader *loader)
{
    for (size_t i = 0; i < loader->root_count; i++)
        free(loader->roots[i]);
    loader->root_count = 0;
}

int mt_loader_init(struct mt_loader *loader, const char *path, const char *env, const char *const *share, char *found,
    size_t found_size, char *name, size_t name_size, struct mt_diag *diag)
{
    memset(loader, 0, sizeof *loader);
    int rc = add_common_roots(loader, env, share, diag);
    if (rc != 0)
        return rc;
    bool here = find_script("", path, found, found_size);
    /* The share folder is itself called scripts: the first command of the manual works from everywhere. */
    const char *below = strncmp(path, "scripts/", 8) == 0 ? path + 8 : path;
    for (size_t i = 0; !here && path[0] != '/' && i < loader->root_count; i++)
        here = find_script(loader->roots[i], path, found, found_size)
            || find_script(loader->roots[i], below, found, found_size);
    char near[MT_LOADER_NEAR] = "";
    if (!here)
        mt_loader_near(loader, path, near, sizeof near);
    drop_roots(loader);
    if (!here)
        return mt_fail(diag, MT_ENOTFOUND,
            "script: %s: not found here, in $MTHOST_SCRIPTS or in the share folder%s%s%s", path,
            near[0] != 0 ? ": did you mean '" : "", near, near[0] != 0 ? "'?" : "");

    const char *slash = strrchr(found, '/');
    const char *base = slash != NULL ? slash + 1 : found;
    int n = snprintf(name, name_size, "%s", base);
    if (n < 0 || (size_t)n >= name_size)
        return mt_fail(diag, MT_EREFUSED, "script: %s: the name is too long", path);
    char folder[1024], parent[1040];
    if (slash == NULL)
        snprintf(folder, sizeof folder, ".");
    else
        snprintf(folder, sizeof folder, "%.*s", slash == found ? 1 : (int)(slash - found), found);
    snprintf(parent, sizeof parent, "%s/..", folder);
    rc = add_root(loader, folder, strlen(folder), diag);
    if (rc == 0)
        rc = add_root(loader, parent, strlen(parent), diag);
    if (rc == 0)
        rc = add_common_roots(loader, env, share, diag);
    return rc;
}

void mt_loader_fini(struct mt_loader *loader)
{
    drop_roots(loader);
    for (size_t i = 0; i < loader->file_count; i++) {
        free(loader->files[i].name);
        free(loader->files[i].text);
    }
    loader->file_count = 0;
}

/* "a/b.lua": components of visible characters, none of them "." or "..", nothing absolute. */
static bool name_allowed(const char *name)
{
    if (*name == 0 || strlen(name) > 200)
        return false;
    for (const char *at = name;;) {
        size_t length = strcspn(at, "/");
        if (length == 0 || (length == 1 && at[0] == '.') || (length == 2 && at[0] == '.' && at[1] == '.'))
            return false;
        for (size_t i = 0; i < length; i++)
            if ((unsigned char)at[i] < ' ' || at[i] == '\\' || at[i] == 127)
                return false;
        if (at[length] == 0)
            return true;
        at += length + 1;
    }
}

static void hash_file(struct mt_loader *loader, const struct mt_loader_file *file)
{
    loader->hash = mt_hash64_seed(file->name, strlen(file->name) + 1, loader->hash);
    loader->hash = mt_hash64_seed(file->text, file->length, loader->hash);
}

int mt_loader_read(struct mt_loader *loader, const char *name, size_t maximum, const struct mt_loader_file **out,
    struct mt_diag *diag)
{
    for (size_t i = 0; i < loader->file_count; i++) {
        if (strcmp(loader->files[i].name, name) == 0) {
            *out = &loader->files[i];
            return 0;
        }
    }
    if (!name_allowed(name))
        return mt_fail(diag, MT_EREFUSED, "'%s': a name below the script folders, without '..', is needed", name);
    if (loader->file_count == MT_LOADER_FILES_MAX)
        return mt_fail(diag, MT_EREFUSED, "'%s': more than %d files", name, MT_LOADER_FILES_MAX);
    for (size_t i = 0; i < loader->root_count; i++) {
        char path[2048];
        int n = snprintf(path, sizeof path, "%s/%s", loader->roots[i], name);
        if (n < 0 || (size_t)n >= sizeof path || !is_file(path))
            continue;
        struct mt_loader_file file = { 0 };
        int rc = mt_loader_slurp(path, maximum, &file.text, &file.length, diag);
        if (rc != 0)
            return rc;
        file.name = strdup(name);
        if (file.name == NULL) {
            free(file.text);
            return mt_fail(diag, MT_ENOMEM, "%s: no memory", path);
        }
        hash_file(loader, &file);
        loader->files[loader->file_count] = file;
        *out = &loader->files[loader->file_count++];
        return 0;
    }
    char near[MT_LOADER_NEAR];
    mt_loader_near(loader, name, near, sizeof near);
    return mt_fail(diag, MT_ENOTFOUND,
        "'%s' not found beside the script, in its parent, in $MTHOST_SCRIPTS or in the share folder%s%s%s", name,
        near[0] != 0 ? ": did you mean '" : "", near, near[0] != 0 ? "'?" : "");
}
