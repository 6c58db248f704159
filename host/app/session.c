/* Putting a session together and taking it apart. */
#include "app/session.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "app/command.h"
#include "app/version.h"
#include "base/hash.h"
#include "base/log.h"
#include "core/record_list.h"

enum { JSON_MAX = MT_RECORD_TAIL_MAX, FEE_SCALE = 4 };

/* --- the plan from options -------------------- */

static int parse_costs(const char *what, const char *text, int64_t *rate, struct mt_diag *diag)
{
    /* A basis point is 10^-4; rates are kept in 10^-8: the same digits at scale 4. */
    if (mt_dec_parse(text, strlen(text), FEE_SCALE, rate) != 0 || *rate > mt_pow10(8) || *rate < -mt_pow10(8))
        return mt_fail(diag, MT_EUSAGE, "%s: '%s': expected basis points with at most 4 decimals", what, text);
    return 0;
}

static int plan_fees(const struct mt_session *session, const struct mt_session_options *options,
                     const struct mt_config_account *configured, struct mt_plan_account *out, struct mt_diag *diag)
{
    const struct mt_script_spec *spec = session->spec;
    int rc = 0;
    if (spec->maker_bp[0])
        rc = parse_costs("costs: maker_bp", spec->maker_bp, &out->maker_rate, diag);
    if (rc == 0 && spec->taker_bp[0])
        rc = parse_costs("costs: taker_bp", spec->taker_bp, &out->taker_rate, diag);
    if (configured->maker_rate >= 0)
        out->maker_rate = configured->maker_rate;
    if (configured->taker_rate >= 0)
        out->taker_rate = configured->taker_rate;
    if (rc == 0 && options->fee_bp) {
        rc = parse_costs("--fee-bp", options->fee_bp, &out->maker_rate, diag);
        out->taker_rate = out->maker_rate;
        if (rc == 0 && out->taker_rate < 0)
            return mt_fail(diag, MT_EUSAGE, "--fee-bp: '%s': takers are paid nowhere: a rebate is costs = { maker_bp = "
                           "%s } in the run script", options->fee_bp, options->fee_bp);
    }
    return rc;
}

static int plan_account(const struct mt_session *session, const struct mt_session_options *options,
                        const struct mt_config_account *configured, struct mt_plan_account *out, struct mt_diag *diag)
{
    memcpy(out->name, configured->name, sizeof out->name);
    memcpy(out->currency, configured->currency, sizeof out->currency);
    out->cash = configured->cash;
    out->leverage = configured->leverage;
    if (options->cash && (mt_money_parse(options->cash, strlen(options->cash), &out->cash) != 0 || out->cash <= 0
                          || out->cash > MT_CASH_MAX))
        return mt_fail(diag, MT_EUSAGE, "--cash: '%s': expected an amount above 0, at most 10^18, with at most 8 "
                       "decimals", options->cash);
    return plan_fees(session, options, configured, out, diag);
}

static int plan_accounts(struct mt_session *session, const struct mt_session_options *options,
                         const struct mt_config *config, struct mt_diag *diag)
{
    static const struct mt_config_account usual = { .name = "sim", .cash = (mt_money)100000 * 100000000, .leverage = 1,
                                                    .maker_rate = -1, .taker_rate = -1 };
    struct mt_session_plan *plan = session->plan;
    const struct mt_config_account *configured = config->account_count > 0 ? config->accounts : &usual;
    size_t count = config->account_count > 0 ? config->account_count : 1;
    plan->accounts = mt_plan_alloc(plan, count, sizeof *plan->accounts);
    if (!plan->accounts)
        return mt_fail(diag, MT_ENOMEM, "accounts: no memory");
    plan->account_count = (uint16_t)count;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = plan_account(session, options, &configured[i], &plan->accounts[i], diag);
    return rc;
}

static int make_names(struct mt_session *session, struct mt_diag *diag)
{
    const struct mt_session_plan *plan = session->plan;
    session->symbol_names = mt_plan_alloc(session->plan, plan->instrument_count, sizeof *session->symbol_names);
    if (mt_plan_names(session->plan, &session->names) != 0 || !session->symbol_names)
        return mt_fail(diag, MT_ENOMEM, "accounts: no memory");
    for (uint16_t i = 0; i < plan->instrument_count; i++)
        session->symbol_names[i] = plan->instruments[i].symbol;
    return 0;
}

static int plan_limits(struct mt_session *session, const struct mt_config *config, struct mt_diag *diag)
{
    struct mt_session_plan *plan = session->plan;
    struct mt_scope_setup *scopes = NULL;
    size_t count = 0;
    int rc = mt_config_scopes(config, session->names.accounts, plan->account_count, plan->instruments,
                              plan->instrument_count, &scopes, &count, diag);
    if (rc != 0)
        return rc;
    plan->scopes = mt_plan_alloc(plan, count + 1, sizeof *plan->scopes);
    if (plan->scopes)                           /* so that an operator can halt one symbol, limits or not */
        plan->scopes[plan->scope_count++] = (struct mt_scope_setup){ .kind = MT_SCOPE_SYMBOL, .account = -1,
            .symbol = -1, .on_loss = MT_REDUCE_ONLY };
    for (size_t i = 0; plan->scopes && i < count; i++) {
        if (!mt_config_scope_is_for(&scopes[i], session->spec->name, session->spec->strategy))
            continue;                           /* limits of another strategy */
        struct mt_scope_setup *scope = &plan->scopes[plan->scope_count++];
        *scope = scopes[i];
        uint16_t *allow = mt_plan_alloc(plan, scope->allow_count, sizeof *allow);
        struct mt_blocked_window *windows = mt_plan_alloc(plan, scope->window_count, sizeof *windows);
        if (!allow || !windows) {               /* a list that is lost would allow everything */
            rc = mt_fail(diag, MT_ENOMEM, "limits: no memory");
            break;
        }
        if (scope->allow)
            memcpy(allow, scope->allow, scope->allow_count * sizeof *allow);
        if (scope->windows)
            memcpy(windows, scope->windows, scope->window_count * sizeof *windows);
        scope->allow = scope->allow ? allow : NULL;
        scope->windows = scope->windows ? windows : NULL;
    }
    mt_config_scopes_free(scopes, count);
    if (rc != 0)
        return rc;
    plan->rates = mt_plan_alloc(plan, config->rate_count, sizeof *plan->rates);
    if (!plan->scopes || !plan->rates)
        return mt_fail(diag, MT_ENOMEM, "limits: no memory");
    for (size_t i = 0; i < config->rate_count; i++) {
        memcpy(plan->rates[i].base, config->rates[i].base, sizeof plan->rates[i].base);
        memcpy(plan->rates[i].quote, config->rates[i].quote, sizeof plan->rates[i].quote);
        plan->rates[i].rate = config->rates[i].rate;
    }
    plan->rate_count = config->rate_count;
    session->names.scopes = plan->scopes;
    session->names.scope_count = plan->scope_count;
    plan->durability = config->durability;
    plan->disk_floor = config->disk_floor_bytes;
    return 0;
}

static int check_fill(const struct mt_session *session, const char *fill, struct mt_diag *diag)
{
    bool bars = session->data && mt_data_has(session->data, MT_EV_BAR);
    if (!fill)
        return 0;
    if (strcmp(fill, "queue") == 0)
        return mt_fail(diag, MT_EUSAGE, "--fill queue: not built yet");
    if (strcmp(fill, "next_open") == 0 && !bars)
        return mt_fail(diag, MT_EUSAGE, "--fill next_open: the data are no bars: use --fill touch");
    if (strcmp(fill, "touch") == 0 && bars)
        return mt_fail(diag, MT_EUSAGE, "--fill touch: the data are bars: use --fill next_open");
    if (strcmp(fill, "touch") != 0 && strcmp(fill, "next_open") != 0)
        return mt_fail(diag, MT_EUSAGE, "--fill: '%s' is none of next_open touch queue", fill);
    return 0;
}

/* A hedging account may stand in the configuration; trading on it is refused. */
static int check_hedging(const struct mt_session *session, const struct mt_config *config, struct mt_diag *diag)
{
    for (size_t i = 0; config->account_count > 0 && i < session->binding_count; i++)
        if (config->accounts[session->bindings[i].account].hedging)
            return mt_fail(diag, MT_EREFUSED, "%s: account %s: trading on hedging accounts is not built yet",
                           config->path, config->accounts[session->bindings[i].account].name);
    return 0;
}

/* --- loading the script -------------------- */

/* MTHOST_JIT=off runs scripts in the interpreter: nothing but the speed may change, which tests hold against it. */
static bool interpreted(void)
{
    const char *jit = getenv("MTHOST_JIT");
    return jit && strcmp(jit, "off") == 0;
}

static int load_script(struct mt_session *session, const char *path, const char *const *sets, size_t set_count,
                       bool jit_off, struct mt_diag *diag)
{
    struct mt_script_options options = { .path = path, .share = mt_script_roots(), .sets = sets, .set_count = set_count,
                                         .jit_off = jit_off || interpreted(), .seed = session->plan->seed };
    int rc = mt_script_load(&session->script, &options, diag);
    if (rc == 0)
        session->spec = mt_script_spec(session->script);
    return rc;
}

static struct mt_session *session_new(struct mt_session_plan *plan, struct mt_diag *diag)
{
    struct mt_session *session = calloc(1, sizeof *session);
    if (!session || !plan) {
        mt_plan_free(plan);
        free(session);
        mt_fail(diag, MT_ENOMEM, "session: no memory");
        return NULL;
    }
    session->plan = plan;
    mt_buf_init(&session->json, JSON_MAX);
    return session;
}

static int prepare(struct mt_session *session, const struct mt_session_options *options, const struct mt_config *config,
                   struct mt_diag *diag)
{
    struct mt_session_plan *plan = session->plan;
    char real[PATH_MAX];
    plan->seed = (uint64_t)options->seed;
    int rc = load_script(session, options->script, options->sets.items, options->sets.count, options->jit_off, diag);
    if (rc != 0)
        return rc;
    plan->script = mt_plan_text(plan, realpath(session->spec->path, real) ? real : session->spec->path);
    plan->script_hash = session->spec->hash;
    plan->sets = mt_plan_alloc(plan, options->sets.count, sizeof *plan->sets);
    if (!plan->script || !plan->sets)
        return mt_fail(diag, MT_ENOMEM, "session: no memory");
    for (size_t i = 0; i < options->sets.count; i++)
        plan->sets[i] = mt_plan_text(plan, options->sets.items[i]);
    plan->set_count = options->sets.count;
    plan->feed_ns = session->spec->feed_ns > 0 ? session->spec->feed_ns : 0;
    plan->entry_ns = session->spec->entry_ns > 0 ? session->spec->entry_ns : 0;
    plan->reply_ns = session->spec->reply_ns > 0 ? session->spec->reply_ns : 0;
    rc = plan_accounts(session, options, config, diag);
    if (rc == 0)
        rc = mt_session_market_plan(session, options, config, diag);
    if (rc == 0)
        rc = check_fill(session, options->fill, diag);
    if (rc == 0)
        rc = make_names(session, diag);
    if (rc == 0)
        rc = plan_limits(session, config, diag);
    if (rc == 0)
        rc = mt_session_bind(session, diag);
    return rc == 0 ? check_hedging(session, config, diag) : rc;
}

int mt_session_prepare(struct mt_session **out, const struct mt_session_options *options,
                       const struct mt_config *config, struct mt_diag *diag)
{
    struct mt_session *session = session_new(mt_plan_new(), diag);
    int rc = session ? prepare(session, options, config, diag) : MT_ENOMEM;
    if (rc != 0) {
        mt_session_free(session);
        return rc;
    }
    *out = session;
    return 0;
}

static int prepare_again(struct mt_session *session, bool other_script, struct mt_diag *diag)
{
    struct mt_session_plan *plan = session->plan;
    int rc = load_script(session, plan->script, plan->sets, plan->set_count, false, diag);
    if (rc != 0)
        return rc;
    if (plan->script_hash != session->spec->hash && !other_script)
        return mt_fail(diag, MT_EDIFF, "%s: is another script: its hash is %016llx, the run was with %016llx",
                       plan->script, (unsigned long long)session->spec->hash, (unsigned long long)plan->script_hash);
    rc = mt_session_market_open(plan, &session->data, &session->source, diag);
    if (rc == 0)
        rc = make_names(session, diag);
    return rc == 0 ? mt_session_bind(session, diag) : rc;
}

int mt_session_prepare_again(struct mt_session **out, struct mt_session_plan *plan, bool other_script,
                             struct mt_diag *diag)
{
    struct mt_session *session = session_new(plan, diag);
    int rc = session ? prepare_again(session, other_script, diag) : MT_ENOMEM;
    if (rc != 0) {
        mt_session_free(session);
        return rc;
    }
    *out = session;
    return 0;
}

void mt_session_free(struct mt_session *session)
{
    if (!session)
        return;
    mt_log_market(NULL, session);
    mt_engine_free(session->engine);
    if (session->sim)
        mt_sim_free(session->sim);
    else if (session->source.ops)
        session->source.ops->close(session->source.self);
    mt_data_close(session->data);
    mt_journal_close(session->journal, NULL);
    mt_script_free(session->script);
    mt_buf_fini(&session->json);
    mt_plan_free(session->plan);
    free(session);
}

/* --- composing -------------------- */

static int make_sim(struct mt_session *session, struct mt_diag *diag)
{
    struct mt_session_plan *plan = session->plan;
    struct mt_sim_account *accounts = mt_plan_alloc(plan, plan->account_count, sizeof *accounts);
    struct mt_rates *rates = plan->rate_count > 0 ? malloc(sizeof *rates) : NULL;
    if (!accounts || (plan->rate_count > 0 && !rates))
        return mt_fail(diag, MT_ENOMEM, "sim: no memory");
    for (uint16_t i = 0; i < plan->account_count; i++) {
        const struct mt_plan_account *from = &plan->accounts[i];
        accounts[i] = (struct mt_sim_account){ .cash = from->cash, .leverage = from->leverage,
                                               .maker_rate = from->maker_rate, .taker_rate = from->taker_rate };
        memcpy(accounts[i].currency, from->currency, sizeof accounts[i].currency);
    }
    int rc = 0;
    if (rates)
        mt_rates_init(rates);
    for (size_t i = 0; rc == 0 && i < plan->rate_count; i++)
        rc = mt_rates_add_fixed(rates, plan->rates[i].base, plan->rates[i].quote, plan->rates[i].rate, MT_MONEY_SCALE);
    if (rc != 0)
        mt_fail(diag, rc, "rates: %s", mt_err_name(rc));
    struct mt_sim_options options = { .instruments = plan->instruments,
                                      .instrument_count = plan->instrument_count,
                                      .accounts = accounts,
                                      .account_count = plan->account_count,
                                      .feed_ns = plan->feed_ns,
                                      .entry_ns = plan->entry_ns,
                                      .reply_ns = plan->reply_ns,
                                      .seed = plan->seed,
                                      .rates = rates };
    if (rc == 0)
        rc = mt_sim_new(&session->sim, &options, session->source, diag);
    free(rates);
    return rc;
}

enum { SIZING_FRAME_S = 60 };

/* Frames that nobody declared: those of bar files, and minutes where sizing by volatility has no other bars to look at.
 * Room for one of each file, and one more. */
static size_t kept_frames(const struct mt_session *session, struct mt_kept_frame *kept)
{
    size_t files = 0, count = 0;
    const struct mt_data_file *file = session->data ? mt_data_files(session->data, &files) : NULL;
    for (size_t i = 0; i < files; i++) {
        size_t at = 0;
        while (at < count && (kept[at].tf_s != file[i].tf_s || kept[at].symbol != file[i].instrument))
            at++;
        if (file[i].tf_s > 0 && at == count)
            kept[count++] = (struct mt_kept_frame){ .tf_s = file[i].tf_s, .symbol = file[i].instrument, .fed = true };
    }
    for (size_t i = 0; i < session->binding_count; i++)
        if (count == 0 && session->spec->frames[0].count == 0
            && session->bindings[i].sizing.rule == MT_SIZE_VOLATILITY)
            kept[count++] = (struct mt_kept_frame){ .tf_s = SIZING_FRAME_S };
    return count;
}

/* Both lists are borrowed by the engine while it is made. */
static int set_frames(const struct mt_session *session, struct mt_engine_setup *setup, struct mt_diag *diag)
{
    const struct mt_script_spec *spec = session->spec;
    size_t files = 0;
    if (session->data)
        (void)mt_data_files(session->data, &files);
    struct mt_kept_frame *kept = mt_plan_alloc(session->plan, files + 1, sizeof *kept);
    struct mt_bar_listener *listeners = mt_plan_alloc(session->plan, spec->frames_count, sizeof *listeners);
    if (!kept || !listeners)
        return mt_fail(diag, MT_ENOMEM, "bars: no memory");
    for (size_t i = 0; i < spec->frames_count; i++)
        listeners[i] = (struct mt_bar_listener){ .frames = spec->frames[i].frames, .count = spec->frames[i].count,
                                                 .files = spec->frames[i].files,
                                                 .hears = spec->frames[i].handlers >> MT_ON_BAR & 1 };
    setup->kept = kept;
    setup->kept_count = kept_frames(session, kept);
    setup->listeners = listeners;
    setup->listener_count = spec->frames_count;
    return 0;
}

/* What is logged before the first turn is of the time at which the run begins. */
static int64_t log_time(void *ud)
{
    const struct mt_session *session = ud;
    int64_t now = mt_engine_now(session->engine);
    return now ? now : session->plan->begin_ns;
}

int mt_session_compose(struct mt_session *session, struct mt_journal *journal, const struct mt_observer *observer,
                       bool backtest, struct mt_diag *diag)
{
    const struct mt_session_plan *plan = session->plan;
    const struct mt_script_spec *spec = session->spec;
    session->journal = journal;
    int rc = make_sim(session, diag);
    if (rc != 0)
        return rc;
    struct mt_engine_setup setup = {
        .instruments = plan->instruments, .instrument_count = plan->instrument_count,
        .accounts = session->names.accounts, .account_count = plan->account_count,
        .scopes = plan->scopes, .scope_count = plan->scope_count,
        .bindings = session->bindings, .binding_count = session->binding_count, .timeframes = spec->timeframes,
        .timeframe_count = spec->timeframe_count, .warmup_tf_s = spec->warmup_tf_s, .warmup_bars = spec->warmup_bars,
        .cancel_at_stop = spec->cancel_at_stop, .flatten_at_stop = spec->flatten_at_stop, .feed_ns = plan->feed_ns,
        .state_calls = backtest ? MT_STATE_NEVER : 0,
        .journal = journal, .venue = mt_sim_venue(session->sim), .observer = *observer,
    };
    rc = set_frames(session, &setup, diag);
    if (rc != 0)
        return rc;
    struct mt_engine_rate *rates = mt_plan_alloc(session->plan, plan->rate_count, sizeof *rates);
    for (size_t i = 0; rates && i < plan->rate_count; i++)
        rates[i] = (struct mt_engine_rate){ plan->rates[i].base, plan->rates[i].quote, plan->rates[i].rate };
    if (!rates)
        return mt_fail(diag, MT_ENOMEM, "rates: no memory");
    setup.rates = rates;
    setup.rate_count = plan->rate_count;
    rc = mt_engine_new(&session->engine, &setup, diag);
    if (rc == 0)
        rc = mt_script_bind(session->script, mt_engine_port(session->engine), session->symbol_names, diag);
    if (rc == 0)
        mt_engine_attach(session->engine, mt_script_strategy(session->script));
    if (rc == 0)
        mt_log_market(log_time, session);
    return rc;
}

/* The strategy's own handlers: with a filter's alone nothing would ever be traded. */
int mt_session_matches(const struct mt_session *session, struct mt_diag *diag)
{
    const struct mt_frames_spec *own = &session->spec->frames[0];
    uint32_t handlers = own->handlers;
    bool quotes = !session->data || mt_data_has(session->data, MT_EV_QUOTE);
    bool trades = !session->data || mt_data_has(session->data, MT_EV_TRADE);
    bool bars = session->data && mt_data_has(session->data, MT_EV_BAR);
    bool hears_bars = handlers >> MT_ON_BAR & 1, told = hears_bars && (bars || own->count > 0);
    bool ticks = (handlers >> MT_ON_QUOTE & 1 && quotes) || (handlers >> MT_ON_TRADE & 1 && trades);
    if (!ticks && !told && (hears_bars || !(handlers >> MT_ON_TIMER & 1)))
        return mt_fail(diag, MT_EREFUSED,
                       "%s: nothing to do: it has no handler for these data: on_bar goes with bars "
                       "(or bars = { \"1m\" } with ticks), on_quote with quotes, on_trade with trades",
                       session->spec->path);
    if (hears_bars && !told)
        mt_log(MT_LOG_WARNING, "script", NULL,
               "%s: on_bar is never called: it declares no bars, and these data have none", own->file);
    return 0;
}

struct mt_rec_run_start mt_session_start_record(struct mt_session *session)
{
    struct mt_rec_run_start start;
    struct utsname host;
    memset(&start, 0, sizeof start);
    if (uname(&host) == 0)
        start.host_id = mt_hash64(host.nodename, strlen(host.nodename));
    start.script_hash = session->spec->hash;
    start.seed = session->plan->seed;
    memcpy(start.version, mt_version, strlen(mt_version));
    mt_buf_clear(&session->json);
    mt_plan_write(session->plan, &session->json);
    return start;
}

int mt_session_begin(struct mt_session *session, struct mt_diag *diag)
{
    struct mt_rec_run_start start = mt_session_start_record(session);
    if (session->json.failed)
        return mt_fail(diag, MT_EREFUSED, "run: its description is above 1 MiB: fewer accounts, limits or instruments");
    session->begun = true;
    return mt_engine_begin(session->engine, session->plan->begin_ns, &start, mt_buf_text(&session->json), diag);
}
