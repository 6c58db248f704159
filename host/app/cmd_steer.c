/* status, params, halt, reduce, resume, flatten, kill, stop: one line to the running host, and what it said. */
#include "app/command.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/control.h"
#include "app/runs.h"
#include "app/steer.h"
#include "base/buf.h"

static const char *usage_of(const char *command)
{
    static const struct { const char *name, *usage;
    } usages[] = {
        { "status", "mthost status [RUN]\n  What a running host does: prices, stances, positions, accounts, counts." },
        { "params",
          "mthost params NAME=VALUE… [--run RUN]\n"
          "  Change parameters of the running strategy; each is checked against its bounds." },
        { "halt",
          "mthost halt [ACCOUNT [SYMBOL]] [--run RUN]\n"
          "  From now on only cancels pass. `resume` ends it, `reduce` lets exits work again." },
        { "reduce",
          "mthost reduce [ACCOUNT [SYMBOL]] [--run RUN]\n"
          "  No order may increase a position; exits go on. `resume` ends it." },
        { "resume",
          "mthost resume [ACCOUNT [SYMBOL]] [--run RUN]\n"
          "  Trade again after halt or reduce. What was killed stays dead." },
        { "flatten",
          "mthost flatten [ACCOUNT [SYMBOL]] [--run RUN]\n"
          "  Cancel what would open and close the positions now, at market; after a kill too.\n"
          "  In a halt it waits until reduce or resume." },
        { "kill",
          "mthost kill [ACCOUNT [SYMBOL]] [--run RUN]\n"
          "  Cancel everything, stops and takes too, and stay dead: only `flatten` closes what is open.\n"
          "  The same without this program: make a file named KILL in the state folder (touch var/KILL), or send the\n"
          "  process SIGUSR2. While the file is there, no run of that state folder begins." },
        { "stop", "mthost stop [--run RUN]\n  End the program in order: cancels per policy, journal closed." },
    };
    for (size_t i = 0; i < sizeof usages / sizeof usages[0]; i++)
        if (strcmp(usages[i].name, command) == 0)
            return usages[i].usage;
    return command;
}

struct steer {
    struct mt_common common;
    const char *run;
    struct mt_opt_list words;
    char folder[MT_PATH_MAX];
    bool deaf;                          /* the run does not answer */
    char *answer;                       /* MT_CONTROL_ANSWER_MAX bytes */
};

/* Words must be one word each in the line that the host splits at blanks. */
static int word_check(const char *word, struct mt_diag *diag)
{
    if (!word[0] || strpbrk(word, " \t\r\n"))
        return mt_fail(diag, MT_EUSAGE, "'%s': must be one word", word);
    return 0;
}

static int build_line(const char *command, const struct mt_opt_list *words, size_t from, char *line, size_t size,
                      struct mt_diag *diag)
{
    int length = snprintf(line, size, "%s", command);
    for (size_t i = from; i < words->count; i++) {
        if (word_check(words->items[i], diag) != 0)
            return diag->code;
        length += snprintf(line + length, size - (size_t)length, " %s", words->items[i]);
        if ((size_t)length >= size)
            return mt_fail(diag, MT_EUSAGE, "too many words");
    }
    return 0;
}

static int print_answer(struct steer *steer, const char *command)
{
    const char *answer = steer->answer;
    if (strncmp(answer, "ok", 2) != 0) {
        struct mt_diag diag = { 0 };
        const char *text = strncmp(answer, "error", 5) == 0 ? answer + 5 : answer;
        mt_fail(&diag, MT_EREFUSED, "%s: %s", command, text + strspn(text, " :"));
        return mt_command_fail(MT_EXIT_FAILED, &diag);
    }
    const char *rest = answer + 2 + strspn(answer + 2, " \n");
    if (strcmp(command, "status") == 0)
        return mt_steer_print_status(rest, steer->common.json) == 0 ? MT_EXIT_DONE : MT_EXIT_FAILED;
    if (steer->common.json) {
        struct mt_buf out;
        mt_buf_init(&out, 2 * MT_CONTROL_ANSWER_MAX);
        mt_json_open(&out, NULL, '{');
        mt_json_bool(&out, "ok", true);
        mt_json_text(&out, "command", command);
        mt_json_text(&out, "answer", rest);
        mt_json_close(&out, '}');
        printf("%s\n", mt_buf_text(&out));
        mt_buf_fini(&out);
        return MT_EXIT_DONE;
    }
    printf("%s: %s\n", command, rest[0] ? rest : "done");
    return MT_EXIT_DONE;
}

/* The KILL file lies in the state folder: two above STATE/runs/ID. */
static void kill_path(const struct steer *steer, char *out, size_t size)
{
    char state[MT_PATH_MAX];
    snprintf(state, sizeof state, "%s", steer->folder);
    char *id = strrchr(state, '/');
    if (id)
        *id = '\0';
    char *runs = id ? strrchr(state, '/') : NULL;
    bool known = runs && strcmp(runs, "/runs") == 0;
    if (known)
        *runs = '\0';
    snprintf(out, size, "%s/KILL", known ? state : steer->common.state);
}

/* Whoever is left without an answer must know at once which way is still open. */
static int unanswered(struct steer *steer, const char *command, const struct mt_diag *why)
{
    char path[MT_PATH_MAX + 8];
    steer->deaf = true;
    kill_path(steer, path, sizeof path);
    fprintf(stderr, "mthost: %s: %s: it is stopped or busy, and may still do it later; what works without the socket: "
            "touch %s kills, SIGTERM twice ends the process\n", command, why->text, path);
    return MT_EXIT_FAILED;
}

static int ask(struct steer *steer, const char *command, size_t from, size_t to)
{
    char line[MT_CONTROL_LINE_MAX];
    struct mt_diag diag = { 0 };
    struct mt_opt_list words = steer->words;
    words.count = to;
    if (build_line(command, &words, from, line, sizeof line, &diag) != 0) {
        fprintf(stderr, "mthost: %s: %s\n", command, diag.text);
        return MT_EXIT_USAGE;
    }
    int rc = mt_control_send(steer->folder, line, steer->answer, MT_CONTROL_ANSWER_MAX, &diag);
    if (rc == MT_EBUSY || rc == MT_EIO)
        return unanswered(steer, command, &diag);
    if (rc != 0)
        return mt_command_fail(MT_EXIT_FAILED, &diag);
    return print_answer(steer, command);
}

/* How many words the command takes; status takes the run as a word. */
static int words_check(struct steer *steer, const char *command, struct mt_diag *diag)
{
    struct mt_opt_list *words = &steer->words;
    if (strcmp(command, "status") == 0 && words->count == 1 && !steer->run) {
        steer->run = words->items[0];
        words->count = 0;
    }
    if (strcmp(command, "params") == 0) {
        if (words->count == 0)
            return mt_fail(diag, MT_EUSAGE, "which? NAME=VALUE…");
        for (size_t i = 0; i < words->count; i++)
            if (!strchr(words->items[i], '=') || words->items[i][0] == '=')
                return mt_fail(diag, MT_EUSAGE, "'%s': must be NAME=VALUE", words->items[i]);
        return 0;
    }
    size_t most = strcmp(command, "status") == 0 || strcmp(command, "stop") == 0 ? 0 : 2;
    if (words->count > most)
        return mt_fail(diag, MT_EUSAGE, "'%s': one word too many", words->items[most]);
    return 0;
}

static int steer_run(struct steer *steer, const char *command)
{
    if (strcmp(command, "params") != 0)
        return ask(steer, command, 0, steer->words.count);
    int code = MT_EXIT_DONE;            /* one by one, so that a refused one is named and does not hide the others */
    for (size_t i = 0; i < steer->words.count && !steer->deaf; i++) {
        int one = ask(steer, command, i, i + 1);
        code = code == MT_EXIT_DONE ? one : code;
    }
    return code;
}

int mt_cmd_steer(int argc, char **argv)
{
    struct steer steer = { .run = NULL };
    const struct mt_opt table[] = {
        { "run", MT_OPT_TEXT, &steer.run, "RUN", "ID or folder of the run (default: the newest that is running)", 0, 0,
          false },
        MT_HOST_OPTIONS(&steer.common),
        { NULL, MT_OPT_FLAG, NULL, NULL, NULL, 0, 0, false },
    };
    struct mt_diag diag = { 0 };
    bool done;
    int code = mt_command_begin(usage_of(argv[0]), table, &steer.common, argc, argv, &steer.words, &done);
    if (done)
        return code;
    if (words_check(&steer, argv[0], &diag) != 0) {
        fprintf(stderr, "mthost: %s: %s (mthost %s --help shows all)\n", argv[0], diag.text, argv[0]);
        return MT_EXIT_USAGE;
    }
    int rc = steer.run ? mt_runs_find(steer.common.state, steer.run, steer.folder, &diag)
                       : mt_steer_find(steer.common.state, steer.folder, &diag);
    if (rc != 0)
        return mt_command_fail(MT_EXIT_FAILED, &diag);
    steer.answer = malloc(MT_CONTROL_ANSWER_MAX);
    if (!steer.answer)
        return mt_command_fail(MT_EXIT_FAILED, &(struct mt_diag){ .code = MT_ENOMEM, .text = "no memory" });
    code = steer_run(&steer, argv[0]);
    free(steer.answer);
    return code;
}
