/* app_kit: commands called in the test's own process, their output caught in files of a temporary folder. */
#ifndef MT_TESTS_APP_KIT_H
#define MT_TESTS_APP_KIT_H

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "app/command.h"
#include "app/runs.h"
#include "app/session_loop.h"
#include "base/clock.h"
#include "core/journal.h"
#include "core/records.h"

#define W1_BARS MT_SOURCE_DIR "/../shared/bench/w1_bars.csv.gz"

struct kit { char dir[256]; };                  /* holds out, err, state */
struct outcome { int code; char *out, *err; };

static inline void kit_init(struct kit *kit)
{
    snprintf(kit->dir, sizeof kit->dir, "/tmp/mthost-test-XXXXXX");
    assert_non_null(mkdtemp(kit->dir));
}

static inline void kit_fini(struct kit *kit)
{
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'", kit->dir);
    assert_int_equal(system(command), 0);
}

static inline char *kit_read(const char *path)
{
    FILE *file = fopen(path, "r");
    struct stat st;
    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &st), 0);
    char *text = malloc((size_t)st.st_size + 1);
    assert_non_null(text);
    text[fread(text, 1, (size_t)st.st_size, file)] = '\0';
    fclose(file);
    return text;
}

static inline void kit_write(const struct kit *kit, const char *name, const char *text)
{
    char path[400];
    snprintf(path, sizeof path, "%s/%s", kit->dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static inline int kit_redirect(const struct kit *kit, const char *name, int fd)
{
    char path[400];
    snprintf(path, sizeof path, "%s/%s", kit->dir, name);
    int saved = dup(fd), to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(saved >= 0 && to >= 0);
    dup2(to, fd);
    close(to);
    return saved;
}

/* "run scripts/scalp.lua --for 10m": words split at blanks; --state is added. */
static inline struct outcome kit_call(const struct kit *kit, const char *words)
{
    char line[2048], state[300], path[400];
    char *argv[64];
    int argc = 0;
    struct outcome outcome = { .code = -1 };
    snprintf(line, sizeof line, "%s", words);
    snprintf(state, sizeof state, "%s/state", kit->dir);
    for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    argv[argc++] = (char[]){ "--state" };
    argv[argc++] = state;
    argv[argc] = NULL;
    fflush(NULL);
    int out = kit_redirect(kit, "out", STDOUT_FILENO), err = kit_redirect(kit, "err", STDERR_FILENO);
    for (const struct mt_command *command = mt_commands; command->name; command++)
        if (strcmp(command->name, argv[0]) == 0)
            outcome.code = command->run(argc, argv);
    fflush(NULL);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    close(out);
    close(err);
    snprintf(path, sizeof path, "%s/out", kit->dir);
    outcome.out = kit_read(path);
    snprintf(path, sizeof path, "%s/err", kit->dir);
    outcome.err = kit_read(path);
    return outcome;
}

static inline void kit_free(struct outcome *outcome)
{
    free(outcome->out);
    free(outcome->err);
}

/* Call, demand the exit code, drop the output. */
static inline void kit_expect(const struct kit *kit, const char *words, int code)
{
    struct outcome outcome = kit_call(kit, words);
    if (outcome.code != code)
        print_message("%s: exit %d instead of %d: %s\n", words, outcome.code, code, outcome.err);
    assert_int_equal(outcome.code, code);
    if (code != 0) {                            /* one line: what, where, why */
        assert_true(strncmp(outcome.err, "mthost: ", 8) == 0 || strchr(outcome.err, '\n') != NULL);
        assert_true(strlen(outcome.err) > 12);
    }
    kit_free(&outcome);
}

/* The last line of the output as JSON. */
static inline json_t *kit_json(const struct outcome *outcome)
{
    size_t length = strlen(outcome->out);
    assert_true(length > 1 && outcome->out[length - 1] == '\n');
    outcome->out[length - 1] = '\0';
    const char *line = strrchr(outcome->out, '\n') ? strrchr(outcome->out, '\n') + 1 : outcome->out;
    json_error_t error;
    json_t *json = json_loads(line, 0, &error);
    if (!json)
        print_message("no JSON: %s: %s\n", error.text, line);
    assert_non_null(json);
    return json;
}

static inline int64_t kit_int(const json_t *json, const char *key)
{
    json_t *value = json_object_get(json, key);
    assert_true(json_is_integer(value));
    return json_integer_value(value);
}

static inline const char *kit_text(const json_t *json, const char *key)
{
    const char *value = json_string_value(json_object_get(json, key));
    assert_non_null(value);
    return value;
}

/* The newest run's folder. */
static inline void kit_run(const struct kit *kit, char out[MT_PATH_MAX])
{
    char state[300];
    struct mt_diag diag = { 0 };
    snprintf(state, sizeof state, "%s/state", kit->dir);
    assert_int_equal(mt_runs_newest(state, NULL, MT_RUNS_JOURNAL, out, &diag), 0);
}

static inline bool have_shared(const char *path)
{
    if (access(path, R_OK) == 0)
        return true;
    print_message("SKIPPED: %s is not there\n", path);
    return false;
}

#endif
