/* The folders of runs. Their names sort by start time; the suffix of one second's runs counts. */
#include "app/runs.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/dec.h"
#include "core/journal.h"

enum { STAMP = 15, SUFFIX_MAX = 100000 };       /* YYYYMMDD-HHMMSS */
/* What a desk trades is nobody else's business. */
static const unsigned private_mode = 0700;

int mt_runs_folders(const char *path, unsigned mode, struct mt_diag *diag)
{
    char part[MT_PATH_MAX];
    size_t length = strlen(path);
    if (length >= sizeof part)
        return mt_fail(diag, MT_EIO, "%.100s…: the path is too long", path);
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, mode) != 0 && errno != EEXIST)
            return mt_fail(diag, MT_EIO, "%s: cannot be made: %s", part, strerror(errno));
    }
    return 0;
}

int mt_runs_make(const char *state, const char *name, char out[MT_PATH_MAX], struct mt_diag *diag)
{
    char base[MT_PATH_MAX];
    struct mt_clock clock;
    struct mt_civil now;
    mt_clock_real(&clock);
    mt_civil_from_ns(clock.now(&clock), &now);
    int length = snprintf(base, sizeof base, "%s/runs", state);
    if (length < 0 || length > MT_PATH_MAX - 300)
        return mt_fail(diag, MT_EIO, "%.100s…: the path is too long", state);
    int rc = mt_runs_folders(base, private_mode, diag);
    if (rc != 0)
        return rc;
    length += snprintf(base + length, sizeof base - (size_t)length, "/%04d%02d%02d-%02d%02d%02d-%.200s", now.year,
                       now.month, now.day, now.hour, now.minute, now.second, name);
    for (int n = 1; n < SUFFIX_MAX; n++) {
        if (n == 1)
            snprintf(out, MT_PATH_MAX, "%s", base);
        else
            snprintf(out, MT_PATH_MAX, "%.*s-%d", length, base, n);
        if (mkdir(out, private_mode) == 0)
            return 0;
        if (errno != EEXIST)
            return mt_fail(diag, MT_EIO, "%s: cannot be made: %s", out, strerror(errno));
    }
    return mt_fail(diag, MT_EIO, "%s: too many runs in one second", base);
}

/* A few digits, checked by the caller. */
static int number_of(const char *digits)
{
    int64_t value = 0;
    return mt_dec_parse(digits, strlen(digits), 0, &value) == 0 ? (int)value : 0;
}

/* Name and suffix of an ID; false when it is none. */
static bool id_split(const char *id, const char *name, int *suffix)
{
    for (int i = 0; i < STAMP; i++)
        if (i == 8 ? id[i] != '-' : !isdigit((unsigned char)id[i]))
            return false;
    if (id[STAMP] != '-')
        return false;
    const char *rest = id + STAMP + 1, *dash = strrchr(rest, '-');
    *suffix = 1;
    if (!name) {
        if (dash && dash[1] && strspn(dash + 1, "0123456789") == strlen(dash + 1) && strlen(dash + 1) < 6)
            *suffix = number_of(dash + 1);
        return rest[0] != '\0';
    }
    size_t length = strlen(name);
    if (strncmp(rest, name, length) != 0)
        return false;
    rest += length;
    if (*rest == '\0')
        return true;
    if (*rest != '-' || rest[1] == '\0' || strspn(rest + 1, "0123456789") != strlen(rest + 1) || strlen(rest + 1) > 5)
        return false;
    *suffix = number_of(rest + 1);
    return true;
}

static bool is_segment(const char *name)
{
    size_t length = strlen(name);
    return length > 4 && strcmp(name + length - 4, ".mtj") == 0;
}

static bool has_segment(const char *path)
{
    bool found = false;
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir && !found && (entry = readdir(dir)) != NULL;)
        found = is_segment(entry->d_name);
    if (dir)
        closedir(dir);
    return found;
}

static bool has_journal(const char *folder)
{
    char path[MT_PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/journal", folder);
    return has_segment(path);
}

void mt_runs_history(const char *folder, char out[MT_PATH_MAX + 16])
{
    snprintf(out, MT_PATH_MAX + 16, "%.*s/history", MT_PATH_MAX - 1, folder);
}

static bool has_file(const char *folder, const char *name)
{
    char path[MT_PATH_MAX + 32];
    snprintf(path, sizeof path, "%.*s/%.20s", MT_PATH_MAX - 1, folder, name);
    return access(path, F_OK) == 0;
}

/* It has come to its end: its files are whole. */
static bool has_summary(const char *folder)
{
    return has_file(folder, "summary.json");
}

const char *mt_runs_id(const char *folder)
{
    const char *end = folder + strlen(folder);
    while (end > folder && end[-1] != '/')
        end--;
    return *end ? end : folder;
}

/* When a folder was made: tells apart two runs of one second. */
static int64_t made_ns(const char *path)
{
    struct statx st;
    if (statx(AT_FDCWD, path, 0, STATX_BTIME | STATX_MTIME, &st) != 0)
        return 0;
    struct statx_timestamp at = st.stx_mask & STATX_BTIME ? st.stx_btime : st.stx_mtime;
    return at.tv_sec * MT_NS_PER_S + at.tv_nsec;
}

struct found { char id[256]; int suffix; int64_t made_ns; };

/* Runs of one name and second are told apart by their number, those of different names by when they were made. */
static bool is_newer(const struct found *a, const struct found *b, bool one_name)
{
    int order = strncmp(a->id, b->id, STAMP);
    if (order != 0 || b->id[0] == '\0')
        return order > 0;
    if (!one_name && a->made_ns != b->made_ns)
        return a->made_ns > b->made_ns;
    return a->suffix > b->suffix;
}

/* The records of the backtest before; other files of the user stay. */
static int drop_history(const char *folder, struct mt_diag *diag)
{
    char history[MT_PATH_MAX + 16], path[MT_PATH_MAX + 300];
    mt_runs_history(folder, history);
    DIR *dir = opendir(history);
    int rc = 0;
    for (struct dirent *entry; rc == 0 && dir && (entry = readdir(dir)) != NULL;) {
        if (!is_segment(entry->d_name))
            continue;
        snprintf(path, sizeof path, "%s/%s", history, entry->d_name);
        if (unlink(path) != 0)
            rc = mt_fail(diag, MT_EIO, "%s: cannot be replaced: %s", path, strerror(errno));
    }
    if (dir)
        closedir(dir);
    return rc;
}

int mt_runs_make_at(const char *path, char out[MT_PATH_MAX], struct mt_diag *diag)
{
    char summary[MT_PATH_MAX + 16];
    struct stat st;
    if (!path[0] || (stat(path, &st) == 0 && !S_ISDIR(st.st_mode)))
        return mt_fail(diag, MT_EUSAGE, "--out '%.1000s': expected a folder", path);
    int rc = mt_runs_folders(path, private_mode, diag);
    if (rc != 0)
        return rc;
    snprintf(out, MT_PATH_MAX, "%s", path);
    if (has_journal(out))
        return mt_fail(diag, MT_EUSAGE, "--out %.1000s: the folder of a run with a journal, which is not overwritten",
                       path);
    snprintf(summary, sizeof summary, "%s/summary.json", out);
    if (unlink(summary) != 0 && errno != ENOENT)
        return mt_fail(diag, MT_EIO, "%s: cannot be replaced: %s", summary, strerror(errno));
    return drop_history(out, diag);
}

static bool has_begun(const char *folder)
{
    char path[MT_PATH_MAX + 16];
    struct mt_journal_reader *reader;
    struct mt_record record;
    struct mt_diag none = { 0 };
    bool bad;
    snprintf(path, sizeof path, "%s/journal", folder);
    if (mt_journal_reader_open(&reader, path, false, &none) != 0)
        return has_segment(path);
    bool begun = mt_journal_reader_next(reader, &record, &bad, &none) != MT_EEND;
    mt_journal_reader_close(reader);
    return begun;
}

bool mt_runs_empty(const char *folder)
{
    return !has_file(folder, "orders.csv") && !has_summary(folder)
        && !(has_journal(folder) && has_begun(folder));
}

static bool is_kind(const char *folder, enum mt_runs_kind kind)
{
    return kind == MT_RUNS_ANY || (kind == MT_RUNS_JOURNAL ? has_journal(folder) : has_begun(folder));
}

int mt_runs_newest(const char *state, const char *name, enum mt_runs_kind kind, char out[MT_PATH_MAX],
                   struct mt_diag *diag)
{
    char base[MT_PATH_MAX], path[MT_PATH_MAX];
    struct found best = { .id = "" };
    snprintf(base, sizeof base, "%.*s/runs", MT_PATH_MAX - 300, state);
    DIR *dir = opendir(base);
    if (!dir && errno != ENOENT && errno != ENOTDIR)
        return mt_fail(diag, MT_EIO, "%s: cannot be read: %s", base, strerror(errno));
    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
        struct found one;
        if (strlen(entry->d_name) >= sizeof one.id || !id_split(entry->d_name, name, &one.suffix))
            continue;
        snprintf(one.id, sizeof one.id, "%s", entry->d_name);
        snprintf(path, sizeof path, "%.*s/%s", MT_PATH_MAX - 300, base, one.id);
        one.made_ns = made_ns(path);
        if (is_newer(&one, &best, name != NULL) && is_kind(path, kind))
            best = one;
    }
    if (dir)
        closedir(dir);
    if (!best.id[0])
        return mt_fail(diag, MT_ENOTFOUND, "%s: no run%s%s%s yet", base, name ? " of " : "", name ? name : "",
                       kind != MT_RUNS_ANY ? " with a journal" : "");
    snprintf(out, MT_PATH_MAX, "%.*s/%s", MT_PATH_MAX - 300, base, best.id);
    return 0;
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int mt_runs_find(const char *state, const char *which, char out[MT_PATH_MAX], struct mt_diag *diag)
{
    if (!which)
        return mt_runs_newest(state, NULL, MT_RUNS_ANY, out, diag);
    if (strlen(which) > 3000 || strlen(state) > 900)
        return mt_fail(diag, MT_ENOTFOUND, "%.100s…: the path is too long", which);
    if (!which[0])
        return mt_fail(diag, MT_ENOTFOUND, "'': no such run: expected an ID or a folder");
    if (which[0] != '/' && which[0] != '.') {
        snprintf(out, MT_PATH_MAX, "%.900s/runs/%.3000s", state, which);
        if (is_folder(out))
            return 0;
    }
    snprintf(out, MT_PATH_MAX, "%.3000s", which);
    if (is_folder(out))
        return 0;
    return mt_fail(diag, MT_ENOTFOUND, "%s: no such run: neither a folder nor an ID in %s/runs", which, state);
}

/* Why a folder without records has none. */
static int no_records(const char *state, const char *folder, struct mt_diag *diag)
{
    char newest[MT_PATH_MAX], hint[400] = "";
    struct mt_diag none = { 0 };
    if (mt_runs_newest(state, NULL, MT_RUNS_JOURNAL, newest, &none) == 0)
        snprintf(hint, sizeof hint, "; the newest run with a journal is %.256s", mt_runs_id(newest));
    if (has_summary(folder))
        return mt_fail(diag, MT_ENOTFOUND, "%s: the records of this run are gone: neither journal nor history: its CSV "
                       "files are what is left; the same command makes them again%s", folder, hint);
    return mt_fail(diag, MT_ENOTFOUND, "%s: there is no run in this folder: neither journal nor history%s", folder,
                   hint);
}

int mt_runs_journal(const char *state, const char *folder, char out[MT_PATH_MAX], struct mt_diag *diag)
{
    char history[MT_PATH_MAX + 16];
    mt_runs_history(folder, history);
    bool journal = has_journal(folder);
    if (has_segment(folder))
        snprintf(out, MT_PATH_MAX, "%s", folder);
    else if (!journal && !has_segment(history))
        return no_records(state, folder, diag);
    else if ((size_t)snprintf(out, MT_PATH_MAX, "%s/%s", folder, journal ? "journal" : "history") >= MT_PATH_MAX)
        return mt_fail(diag, MT_ENOTFOUND, "%s: the path is too long", folder);
    return 0;
}
