/* What the results of a run must know of its session: names, market, script. */
#include "app/session_results.h"

#include "app/command.h"
#include "base/clock.h"

/* The counts grow while rows are read. */
static bool file_at(void *ud, size_t index, struct mt_results_file *out)
{
    const struct mt_session *session = ud;
    size_t count = 0;
    const struct mt_data_file *files = session->data ? mt_data_files(session->data, &count) : NULL;
    if (index >= count)
        return false;
    const struct mt_data_file *file = &files[index];
    *out = (struct mt_results_file){ .path = file->path, .bad_first = file->bad_first, .bad = file->bad,
                                     .rounded_first = file->rounded_first, .rounded = file->rounded };
    return true;
}

static void params(void *ud, struct mt_buf *out)
{
    mt_script_params_json(((const struct mt_session *)ud)->script, out);
}

static int64_t longest_bar(const struct mt_session *session)
{
    size_t count = 0;
    int64_t longest = 0;
    const struct mt_data_file *files = session->data ? mt_data_files(session->data, &count) : NULL;
    for (size_t i = 0; i < count; i++)
        if (files[i].format == MT_DATA_BARS && files[i].tf_s * MT_NS_PER_S > longest)
            longest = files[i].tf_s * MT_NS_PER_S;
    return longest;
}

int mt_session_results(struct mt_results **out, struct mt_session *session, const struct mt_results_options *options,
                       struct mt_diag *diag)
{
    const struct mt_session_plan *plan = session->plan;
    const struct mt_script_spec *spec = session->spec;
    uint16_t *trading = mt_plan_alloc(session->plan, session->binding_count, sizeof *trading);
    bool fees = false;
    if (!trading)
        return mt_fail(diag, MT_ENOMEM, "results: no memory");
    for (size_t i = 0; i < session->binding_count; i++) {
        trading[i] = session->bindings[i].account;
        const struct mt_plan_account *account = &plan->accounts[trading[i]];
        fees = fees || account->maker_rate != 0 || account->taker_rate != 0;
    }
    struct mt_results_run run = {
        .names = session->names, .trading = trading, .trading_count = (uint16_t)session->binding_count,
        .strategy = spec->name, .script = spec->path, .script_hash = spec->hash, .seed = plan->seed,
        .begin_ns = plan->begin_ns, .longest_bar_ns = longest_bar(session), .recorded = session->data != NULL,
        .bars = session->data != NULL && mt_data_has(session->data, MT_EV_BAR),
        .filtered = spec->frames_count > 1, .fees = fees, .ud = session, .file = file_at, .params = params,
    };
    return mt_results_new(out, &run, options, diag);
}

int mt_exit_of_end(enum mt_results_end end)
{
    switch (end) {
    case MT_ENDED_RISK: return MT_EXIT_RISK;
    case MT_ENDED_QUARANTINE: return MT_EXIT_FAILED;
    case MT_ENDED_REPORT: return MT_EXIT_JOURNAL;
    default: return MT_EXIT_DONE;
    }
}
