/* What all commands share: common options, the one line of an error, exit codes, where scripts are looked for. */
#include "app/command.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/host_log.h"
#include "app/runs.h"

static int usage_fail(const char *command, const struct mt_diag *diag)
{
    fprintf(stderr, "mthost: %s: %s (mthost %s --help shows all)\n", command, diag->text, command);
    return MT_EXIT_USAGE;
}

static bool has_option(const struct mt_opt *table, const char *name, size_t length)
{
    for (; table->name; table++)
        if (strncmp(table->name, name, length) == 0 && table->name[length] == '\0')
            return true;
    return false;
}

static bool comes_later(const char *command, const char *name, size_t length)
{
    for (const struct mt_later_options *later = mt_later_options; later->command; later++)
        for (const char *at = later->names; strcmp(later->command, command) == 0 && *at; at += *at == ' ') {
            size_t one = strcspn(at, " ");
            if (one == length && strncmp(at, name, length) == 0)
                return true;
            at += one;
        }
    return false;
}

/* An option that the command has not yet, or that other programs have, is no typing error: no other is meant. */
static void tell_elsewhere(const struct mt_opt *table, int argc, char **argv, struct mt_diag *diag)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        const char *name = argv[i] + strspn(argv[i], "-");
        size_t length = name != argv[i] ? strcspn(name, "=") : 0;
        if (length == 0 || (name[0] >= '0' && name[0] <= '9') || name[0] == '.' || has_option(table, name, length))
            continue;
        bool later = comes_later(argv[0], name, length);
        const char *answer = later ? "not built yet" : mt_option_elsewhere(table, name, length);
        if (!answer)
            continue;
        diag->code = 0;
        mt_fail(diag, MT_EUSAGE, "%.*s: %s%s", (int)(name - argv[i] + (ptrdiff_t)length), argv[i],
                later ? "" : "no option here: ", answer);
        return;
    }
}

int mt_command_begin(const char *usage, const struct mt_opt *table, struct mt_common *common, int argc, char **argv,
                     struct mt_opt_list *words, bool *done)
{
    struct mt_diag diag = { 0 };
    *done = true;
    if (mt_opt_parse(table, argc, argv, words, &diag) != 0) {
        tell_elsewhere(table, argc, argv, &diag);
        return usage_fail(argv[0], &diag);
    }
    if (common->help) {
        char help[8192];
        mt_opt_help(table, help, sizeof help);
        printf("%s\n\n%s", usage, help);
        return MT_EXIT_DONE;
    }
    if (common->state && !common->state[0])
        mt_fail(&diag, MT_EUSAGE, "--state '': expected a folder");
    else if (common->config && !common->config[0])
        mt_fail(&diag, MT_EUSAGE, "--config '': expected a file");
    if (diag.code != 0 || mt_host_log_begin(common, &diag) != 0)
        return usage_fail(argv[0], &diag);
    if (!common->state)
        common->state = "./var";
    *done = false;
    return MT_EXIT_DONE;
}

int mt_command_fail(int exit_code, const struct mt_diag *diag)
{
    fprintf(stderr, "mthost: %s\n", diag->text[0] ? diag->text : mt_err_name(diag->code));
    return exit_code;
}

void mt_command_run(const char *command, const char *which, const char *folder)
{
    if (!which)
        fprintf(stderr, "%s of run %s\n", command, mt_runs_id(folder));
}

/* --- roots of scripts -------------------- */

enum { ROOTS_MAX = 32 };
static char *roots[ROOTS_MAX + 1];
static size_t root_count;

static void add_root(const char *path, size_t length)
{
    if (length == 0 || root_count == ROOTS_MAX)
        return;
    char *copy = strndup(path, length);
    if (copy)
        roots[root_count++] = copy;
}

/* A folder is taken for the shipped scripts only when it holds the library that they need. */
static void add_shipped(const char *folder, const char *relative)
{
    char path[PATH_MAX], probe[PATH_MAX + 32], real[PATH_MAX];
    if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, relative) >= sizeof path || !realpath(path, real))
        return;
    snprintf(probe, sizeof probe, "%s/lib/mthost/ta.lua", real);
    if (access(probe, R_OK) == 0)
        add_root(real, strlen(real));
}

const char *const *mt_script_roots(void)
{
    static bool found;
    if (found)
        return (const char *const *)roots;
    found = true;
    const char *env = getenv("MTHOST_SCRIPTS");
    while (env && *env) {
        size_t length = strcspn(env, ":");
        add_root(env, length);
        env += length + (env[length] == ':');
    }
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length <= 0)
        return (const char *const *)roots;
    self[length] = '\0';
    *strrchr(self, '/') = '\0';
    add_shipped(self, "../share/mthost/scripts");
    add_shipped(self, "../scripts");            /* build/mthost, build/release/mthost and the tests beside them */
    add_shipped(self, "../../scripts");
    add_shipped(self, "../../../scripts");
    return (const char *const *)roots;
}
