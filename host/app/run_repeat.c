/* A resume goes on with the data, symbols, parameters and costs of the run: only --for and --speed can be said anew. */
#include "app/run_repeat.h"
#include "app/session_data.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 200 };

static int differs(const char *option, const char *now, const char *then, struct mt_diag *diag)
{
    return mt_fail(diag, MT_EUSAGE, "--resume: --%s %.*s: the run was started with %.*s: only --for and --speed can be "
                   "said anew", option, SHOWN, now, SHOWN, then);
}

static int check_text(const char *option, const char *now, const char *then, struct mt_diag *diag)
{
    if (!now || (then && strcmp(now, then) == 0))
        return 0;
    char was[SHOWN + 2];
    snprintf(was, sizeof was, "%s", then ? then : "none");
    return differs(option, now, was, diag);
}

static void join(char *out, size_t size, const char *const *items, size_t count)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < count && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", i > 0 ? "," : "", items[i]);
}

/* Paths are the same when they lead to the same file, from wherever the resume is called. */
static bool same_path(const char *now, const char *then)
{
    char a[PATH_MAX], b[PATH_MAX];
    return strcmp(now, then) == 0 || (realpath(now, a) && realpath(then, b) && strcmp(a, b) == 0);
}

static bool same_text(const char *now, const char *then)
{
    return strcmp(now, then) == 0;
}

static size_t times_in(const char *const *items, size_t count, const char *item,
                       bool (*same)(const char *, const char *))
{
    size_t times = 0;
    for (size_t i = 0; i < count; i++)
        times += same(items[i], item);
    return times;
}

/* In whatever order: that of files and of symbols changes nothing. */
static bool same_items(const struct mt_opt_list *now, const char *const *then, size_t count,
                       bool (*same)(const char *, const char *))
{
    bool all = now->count == count;
    for (size_t i = 0; all && i < count; i++)
        all = times_in(now->items, count, now->items[i], same) == times_in(then, count, now->items[i], same);
    return all;
}

static int check_files(const struct mt_opt_list *now, const struct mt_session_plan *plan, struct mt_diag *diag)
{
    if (now->count == 0 || same_items(now, plan->data.files, plan->data.file_count, same_path))
        return 0;
    char said[SHOWN + 1], was[SHOWN + 1];
    join(said, sizeof said, now->items, now->count);
    join(was, sizeof was, plan->data.files, plan->data.file_count);
    return differs("data", said, plan->data.file_count > 0 ? was : "a generated market", diag);
}

/* As they were said, or as the run has them when it found them out for itself. */
static int check_symbols(const struct mt_opt_list *now, const struct mt_session_plan *plan, struct mt_diag *diag)
{
    const char *names[MT_INSTRUMENTS_MAX];
    for (uint16_t i = 0; i < plan->instrument_count; i++)
        names[i] = plan->instruments[i].symbol;
    bool found_out = plan->data.file_count > 0 || plan->data.symbol_count == 0;
    if (now->count == 0 || (found_out && same_items(now, names, plan->instrument_count, same_text))
        || same_items(now, plan->data.symbols, plan->data.symbol_count, same_text))
        return 0;
    char said[SHOWN + 1], was[SHOWN + 1];
    join(said, sizeof said, now->items, now->count);
    join(was, sizeof was, names, plan->instrument_count);
    return differs("symbols", said, was, diag);
}

/* The last of several for one name is the one that counts. */
static const char *set_of(const char *const *sets, size_t count, const char *name, size_t length)
{
    for (size_t i = count; i > 0; i--)
        if (strncmp(sets[i - 1], name, length) == 0 && sets[i - 1][length] == '=')
            return sets[i - 1];
    return NULL;
}

static int check_sets(const struct mt_opt_list *now, const struct mt_session_plan *plan, struct mt_diag *diag)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < now->count; i++) {
        size_t length = strcspn(now->items[i], "=");
        const char *said = set_of(now->items, now->count, now->items[i], length);
        const char *was = set_of(plan->sets, plan->set_count, now->items[i], length);
        rc = check_text("set", said ? said : now->items[i], was, diag);
    }
    return rc;
}

static int check_cash(const char *now, const struct mt_session_plan *plan, struct mt_diag *diag)
{
    mt_money cash = 0;
    char was[MT_DEC_TEXT];
    bool good = !now || mt_money_parse(now, strlen(now), &cash) == 0;
    for (uint16_t i = 0; now && i < plan->account_count; i++) {
        mt_money_format(was, plan->accounts[i].cash);
        if (!good || plan->accounts[i].cash != cash)
            return differs("cash", now, was, diag);
    }
    return 0;
}

static int check_fees(const char *now, const struct mt_session_plan *plan, struct mt_diag *diag)
{
    enum { BP_SCALE = 4 };              /* a basis point is 10^-4, a rate has the unit 10^-8 */
    int64_t rate = 0;
    char was[MT_DEC_TEXT], taker[MT_DEC_TEXT];
    bool good = !now || mt_dec_parse(now, strlen(now), BP_SCALE, &rate) == 0;
    for (uint16_t i = 0; now && i < plan->account_count; i++) {
        const struct mt_plan_account *account = &plan->accounts[i];
        if (good && account->maker_rate == rate && account->taker_rate == rate)
            continue;
        mt_dec_format_short(was, account->maker_rate, BP_SCALE);
        mt_dec_format_short(taker, account->taker_rate, BP_SCALE);
        if (account->maker_rate == account->taker_rate)
            return differs("fee-bp", now, was, diag);
        return mt_fail(diag, MT_EUSAGE, "--resume: --fee-bp %.*s: the run was started with maker %s and taker %s: only "
                       "--for and --speed can be said anew", SHOWN, now, was, taker);
    }
    return 0;
}

static int check_numbers(const struct mt_session_options *options, const struct mt_session_plan *plan,
                         struct mt_diag *diag)
{
    char now[MT_DEC_TEXT], was[MT_DEC_TEXT];
    int rc = check_cash(options->cash, plan, diag);
    if (rc == 0)
        rc = check_fees(options->fee_bp, plan, diag);
    if (rc != 0 || options->seed < 0 || (uint64_t)options->seed == plan->seed)
        return rc;
    mt_dec_format(now, options->seed, 0);
    mt_dec_format(was, (int64_t)plan->seed, 0);
    return differs("seed", now, was, diag);
}

int mt_run_repeat_check(const struct mt_session_options *options, const struct mt_session_plan *plan,
                        struct mt_diag *diag)
{
    int rc = check_files(&options->files, plan, diag);
    if (rc == 0)
        rc = check_symbols(&options->symbols, plan, diag);
    if (rc == 0)
        rc = check_sets(&options->sets, plan, diag);
    if (rc == 0)
        rc = check_numbers(options, plan, diag);
    for (const struct mt_plan_data_text *text = mt_plan_data_texts; rc == 0 && text->key; text++)
        rc = check_text(text->option, mt_plan_data_get(&options->data, text), mt_plan_data_get(&plan->data, text),
                        diag);
    if (rc == 0)
        rc = check_text("format", options->format, mt_data_format_name(plan->data.format), diag);
    if (rc == 0 && options->data.strict && !plan->data.strict)
        rc = mt_fail(diag, MT_EUSAGE, "--resume: --strict: the run was started without");
    if (rc == 0 && options->data.merge && !plan->data.merge)
        rc = mt_fail(diag, MT_EUSAGE, "--resume: --merge: the run was started without");
    return rc;
}
