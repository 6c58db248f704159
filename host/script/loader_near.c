/* Which file a mistyped name stands for. Looked up only where a script was not found, so it may read folders. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/near.h"
#include "script/loader.h"

enum { NAMES_MAX = 512 };

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static size_t stem_length(const char *name)
{
    size_t length = strlen(name);
    return length > 4 && strcmp(name + length - 4, ".lua") == 0 ? length - 4 : length;
}

static int is_script(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && stem_length(entry->d_name) != strlen(entry->d_name);
}

/* By bytes, whatever the locale: of two that are equally near the same one is named everywhere. */
static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* The best of one folder into `out`, as prefix and name without ".lua"; better: with fewer edits than *edits. */
static void look_in(const char *folder, const char *prefix, const char *typed, size_t length, size_t *edits, char *out,
    size_t size)
{
    struct dirent **list;
    int count = scandir(folder[0] != 0 ? folder : ".", &list, is_script, by_bytes);
    for (int i = 0; i < count; i++) {
        struct mt_near near = mt_near(typed, length);
        char stem[NAMES_MAX];
        int n = snprintf(stem, sizeof stem, "%.*s", (int)stem_length(list[i]->d_name), list[i]->d_name);
        if (n > 0 && (size_t)n < sizeof stem)
            mt_near_look(&near, stem);
        if (near.name != NULL && near.edits < *edits) {
            *edits = near.edits;
            snprintf(out, size, "%s%s", prefix, stem);
        }
        free(list[i]);
    }
    if (count >= 0)
        free(list);
}

void mt_loader_near(const struct mt_loader *loader, const char *path, char *out, size_t size)
{
    static const char *const usual[] = { "", "strategies/", "filters/" };
    const char *base = base_of(path);
    size_t length = stem_length(base), edits = SIZE_MAX;
    char prefix[NAMES_MAX], folder[2 * NAMES_MAX];
    out[0] = '\0';
    if ((size_t)(base - path) >= sizeof prefix)
        return;
    snprintf(prefix, sizeof prefix, "%.*s", (int)(base - path), path);
    look_in(prefix, prefix, base, length, &edits, out, size);
    for (size_t i = 0; path[0] != '/' && i < loader->root_count; i++) {
        if ((size_t)snprintf(folder, sizeof folder, "%s/%s", loader->roots[i], prefix) < sizeof folder)
            look_in(folder, prefix, base, length, &edits, out, size);
        for (size_t u = 0; u < sizeof usual / sizeof *usual; u++)
            if ((size_t)snprintf(folder, sizeof folder, "%s/%s", loader->roots[i], usual[u]) < sizeof folder)
                look_in(folder, usual[u], base, length, &edits, out, size);
    }
}
