/* The market of a session: recorded data, or a generated market with the instruments that are asked for. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "adapters/sim/market.h"
#include "app/runs.h"
#include "app/session.h"
#include "app/session_data.h"
#include "base/clock.h"
#include "base/log.h"
#include "model/bar_build.h"

static bool is_dollar(const char *currency)
{
    static const char *const coins[] = { "USDT", "USDC", "BUSD" };
    for (size_t i = 0; i < sizeof coins / sizeof *coins; i++)
        if (strcmp(currency, coins[i]) == 0)
            return true;
    return false;
}

/* The currency of accounts that do not say theirs. */
static const char *usual_currency(const struct mt_instrument *first)
{
    return is_dollar(first->quote) ? first->quote : "USD";
}

static const char *absolute(struct mt_session_plan *plan, const char *path)
{
    char full[MT_PATH_MAX], cwd[MT_PATH_MAX];
    if (path[0] == '/' || !getcwd(cwd, sizeof cwd))
        return mt_plan_text(plan, path);
    if ((size_t)snprintf(full, sizeof full, "%s/%s", cwd, path) >= sizeof full)
        return mt_plan_text(plan, path);
    return mt_plan_text(plan, full);
}

/* --- recorded data -------------------- */

/* Can the files of this symbol give bars of that length: their own, built from shorter ones, or from ticks? If not,
 * *shortest is the one with the shortest bars. A symbol without any file of its own asks nothing. */
static bool can_build(const struct mt_data_file *files, size_t count, uint16_t symbol, int32_t tf_s, size_t *shortest)
{
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        if (files[i].instrument != symbol)
            continue;
        if (files[i].tf_s == 0 || tf_s % files[i].tf_s == 0)
            return true;
        if (!any || files[i].tf_s < files[*shortest].tf_s)
            *shortest = i;
        any = true;
    }
    return !any;
}

/* What is declared is what comes: a frame that the data cannot give is refused, and nothing else is told instead. */
static int check_frames(const struct mt_session *session, const struct mt_session_options *options,
                        struct mt_diag *diag)
{
    const struct mt_script_spec *spec = session->spec;
    size_t count;
    const struct mt_data_file *files = mt_data_files(session->data, &count);
    uint16_t symbols;
    (void)mt_data_instruments(session->data, &symbols);
    for (size_t i = 0; i < spec->frames_count; i++)
        for (size_t k = 0; k < spec->frames[i].count; k++)
            for (uint16_t y = 0; y < symbols; y++) {
                const struct mt_frames_spec *own = &spec->frames[i];
                size_t at = 0;
                char wanted[16], has[16];
                if (can_build(files, count, y, own->frames[k], &at))
                    continue;
                mt_tf_format(wanted, own->frames[k]);
                mt_tf_format(has, files[at].tf_s);
                return mt_fail(diag, MT_EREFUSED, "%s: %s %s cannot be built from %s: its bars are %s", own->file,
                               own->warmup_alone && own->frames[k] == spec->warmup_tf_s ? "warmup" : "bars", wanted,
                               at < options->files.count ? options->files.items[at] : files[at].path, has);
            }
    return 0;
}

/* Symbols in the order in which the script names them; all others come behind them by name. The order of the command
 * line plays no part: nothing of a run may depend on it. */
struct mt_symbol_order { const char *names[MT_INSTRUMENTS_MAX]; size_t count; };

static void order_of_script(const struct mt_script_spec *spec, struct mt_symbol_order *out)
{
    for (out->count = 0; out->count < spec->symbol_count; out->count++)
        out->names[out->count] = spec->symbols[out->count];
}

static int open_files(const struct mt_data_options *said, const struct mt_symbol_order *order, struct mt_data **out,
                      struct mt_diag *diag)
{
    struct mt_data_options options = *said;
    options.order = order->names;
    options.order_count = order->count;
    int rc = mt_data_options_check(&options, diag);
    if (rc == 0)
        rc = mt_data_open(out, &options, diag);
    return rc == MT_ECORRUPT ? MT_EIO           /* exit 7 speaks of our own journal, not of somebody's file */
         : rc == MT_EDUP ? MT_EREFUSED : rc;
}

static bool spec_names(const struct mt_script_spec *spec, const char *symbol)
{
    for (size_t i = 0; i < spec->symbol_count; i++)
        if (strcmp(spec->symbols[i], symbol) == 0)
            return true;
    return spec->symbol_count == 0;
}

/* A script that names its symbols is not run on others unless --symbols says so. */
static int check_symbols(const struct mt_session *session, struct mt_diag *diag)
{
    uint16_t count;
    const struct mt_instrument *instruments = mt_data_instruments(session->data, &count);
    for (uint16_t i = 0; i < count; i++)
        if (!spec_names(session->spec, instruments[i].symbol))
            return mt_fail(diag, MT_EREFUSED, "%s: the data are of %s, but the script trades %s%s: name other data, or "
                           "say --symbols %s", session->spec->path, instruments[i].symbol, session->spec->symbols[0],
                           session->spec->symbol_count > 1 ? " and others" : "", instruments[i].symbol);
    return 0;
}

static int set_symbols(struct mt_session_plan *plan, const struct mt_opt_list *given, const struct mt_script_spec *spec)
{
    size_t count = given ? given->count : spec->symbol_count;
    const char **symbols = mt_plan_alloc(plan, count, sizeof *symbols);
    if (!symbols)
        return MT_ENOMEM;
    for (size_t i = 0; i < count; i++)
        symbols[i] = mt_plan_text(plan, given ? given->items[i] : spec->symbols[i]);
    plan->data.symbols = symbols;
    plan->data.symbol_count = count;
    return 0;
}

/* One file whose name is a mere word, and a script that trades one symbol: the word is no answer, the script is. */
static bool script_says(const struct mt_session *session)
{
    size_t count;
    const struct mt_data_file *files = mt_data_files(session->data, &count);
    const struct mt_script_spec *spec = session->spec;
    if (count != 1 || !files[0].symbol_guessed || spec->symbol_count != 1
        || strcmp(files[0].symbol, spec->symbols[0]) == 0)
        return false;
    mt_log(MT_LOG_WARNING, "data", NULL, "%s: does not say its symbol: taken for %s, which the script trades",
           files[0].path, spec->symbols[0]);
    return true;
}

/* What stands in the files goes first; the script's names serve where they say nothing. */
static int open_planned(struct mt_session *session, const struct mt_data_options *said, struct mt_diag *diag)
{
    struct mt_session_plan *plan = session->plan;
    const struct mt_script_spec *spec = session->spec;
    struct mt_data_options options = *said;
    struct mt_diag first = { 0 };
    struct mt_symbol_order order;
    order_of_script(spec, &order);
    int rc = open_files(&options, &order, &session->data, &first);
    bool names_fit = spec->symbol_count == 1 || spec->symbol_count == options.file_count;
    bool silent = rc == MT_EREFUSED && spec->symbol_count > 0 && names_fit;
    if (said->symbol_count == 0 && (silent || (rc == 0 && script_says(session)))) {
        struct mt_diag second = { 0 };
        mt_data_close(session->data);
        session->data = NULL;
        rc = set_symbols(plan, NULL, spec);
        options.symbols = plan->data.symbols;
        options.symbol_count = plan->data.symbol_count;
        if (rc == 0)
            rc = open_files(&options, &order, &session->data, &second);
        if (!silent)
            first = second;
    }
    if (rc != 0)
        return mt_fail(diag, rc, "%s", first.text);
    return said->symbol_count == 0 ? check_symbols(session, diag) : 0;
}

static int hash_files(struct mt_session *session)
{
    struct mt_session_plan *plan = session->plan;
    size_t count;
    const struct mt_data_file *files = mt_data_files(session->data, &count);
    plan->hashes = mt_plan_alloc(plan, count, sizeof *plan->hashes);
    if (!plan->hashes)
        return MT_ENOMEM;
    for (size_t i = 0; i < count; i++)
        plan->hashes[i] = files[i].hash;
    plan->hash_count = count;
    return 0;
}

/* The clock of on_start: nothing has happened yet, so it must not be later than the first event's beginning. */
static int find_begin(struct mt_session *session, struct mt_diag *diag)
{
    struct mt_source source = mt_data_source(session->data);
    struct mt_event event;
    int got = source.ops->fill(source.self, &event, 1, diag);
    if (got < 0)
        return got;
    if (got == 0)
        return mt_fail(diag, MT_EREFUSED, "%s: the data are empty", session->plan->data.files[0]);
    session->plan->begin_ns = mt_event_stamp(&event);
    session->plan->live_ns = session->plan->begin_ns;
    return source.ops->seek(source.self, 0, diag);
}

static int plan_files(struct mt_session *session, const struct mt_session_options *options,
                      const struct mt_config *config, struct mt_diag *diag)
{
    struct mt_session_plan *plan = session->plan;
    struct mt_data_options said;
    int rc = mt_data_said(&said, options, config, diag);
    if (rc != 0)
        return rc;
    const char **files = mt_plan_alloc(plan, said.file_count, sizeof *files);
    if (!files)
        return mt_fail(diag, MT_ENOMEM, "data: no memory");
    for (size_t i = 0; i < said.file_count; i++)
        files[i] = absolute(plan, said.files[i]);
    said.files = plan->data.files = files;
    plan->data.file_count = said.file_count;
    plan->data.format = said.format;
    rc = open_planned(session, &said, diag);
    if (rc == 0)
        rc = check_frames(session, options, diag);
    if (rc != 0)
        return rc;
    session->source = mt_data_source(session->data);
    const struct mt_instrument *found = mt_data_instruments(session->data, &plan->instrument_count);
    plan->instruments = mt_plan_alloc(plan, plan->instrument_count, sizeof *plan->instruments);
    if (!plan->instruments || hash_files(session) != 0)
        return mt_fail(diag, MT_ENOMEM, "data: no memory");
    memcpy(plan->instruments, found, plan->instrument_count * sizeof *found);
    return find_begin(session, diag);
}

/* The name of a generated coin says what it is paid in; otherwise two of them would need a rate that nobody gives. */
static const char *quote_in_name(const char *symbol)
{
    static const char *const quotes[] = { "USDT", "USDC", "BUSD" };
    size_t length = strlen(symbol);
    for (size_t i = 0; i < sizeof quotes / sizeof *quotes; i++)
        if (length > 4 && strcmp(symbol + length - 4, quotes[i]) == 0)
            return quotes[i];
    return "USD";
}

/* --- generated market -------------------- */

/* All that --instrument does not say. */
static int generated_base(const char *symbol, const struct mt_data_options *said, const struct mt_config *config,
                          struct mt_instrument *out, struct mt_diag *diag)
{
    char like[64];
    if (said->like)
        return mt_instrument_builtin(said->like, out) == 0
            ? 0 : mt_fail(diag, MT_EUSAGE, "--like %s: no such instrument is built in", said->like);
    for (size_t i = 0; i < config->instrument_count; i++)
        if (strcmp(config->instruments[i].symbol, symbol) == 0) {
            *out = config->instruments[i];
            return 0;
        }
    mt_market_default_instrument(out);
    snprintf(like, sizeof like, "binance:%s", symbol);
    if (strcmp(out->symbol, symbol) != 0 && mt_instrument_builtin(symbol, out) != 0
        && mt_instrument_builtin(like, out) != 0)
        mt_instrument_infer(symbol, 2, quote_in_name(symbol), out);
    return 0;
}

static int generated_instrument(const char *symbol, const struct mt_data_options *said,
                                const struct mt_config *config, struct mt_instrument *out, struct mt_diag *diag)
{
    int rc = generated_base(symbol, said, config, out, diag);
    memset(out->symbol, 0, sizeof out->symbol);
    memcpy(out->symbol, symbol, strnlen(symbol, sizeof out->symbol - 1));
    if (rc == 0 && said->instrument)
        rc = mt_instrument_parse(said->instrument, out, diag);
    if (rc != 0)
        return rc;
    struct mt_diag why = { 0 };
    if (mt_instrument_check(out, &why) != 0)
        return mt_fail(diag, MT_EREFUSED, "--symbols: %s: %s", symbol, why.text);
    return 0;
}

static size_t rank_of(const struct mt_symbol_order *order, const char *symbol)
{
    size_t rank = 0;
    while (rank < order->count && strcmp(order->names[rank], symbol) != 0)
        rank++;
    return rank;
}

/* The symbols of the command line in the script's order, then by name; without any the script's. */
static void generated_symbols(const struct mt_session_options *options, const struct mt_script_spec *spec,
                              const char **names, size_t count)
{
    struct mt_symbol_order order;
    order_of_script(spec, &order);
    for (size_t i = 0; i < count; i++) {
        const char *name = options->symbols.count ? options->symbols.items[i]
                         : spec->symbol_count ? spec->symbols[i] : "BTCUSDT";
        size_t at = i, rank = rank_of(&order, name);
        for (; at > 0; at--) {
            size_t before = rank_of(&order, names[at - 1]);
            if (before < rank || (before == rank && strcmp(names[at - 1], name) <= 0))
                break;
            names[at] = names[at - 1];
        }
        names[at] = name;
    }
}

/* The bars of the warm-up, and the one behind them with whose close trading begins: that close is where --for counts
 * from. A generated market begins with a quote at its first instant, so its first bar is whole. */
static void plan_warm_up(struct mt_session_plan *plan, const struct mt_script_spec *spec, int64_t start_ns)
{
    int64_t bar_ns = spec->warmup_tf_s * MT_NS_PER_S;
    plan->live_ns = spec->warmup_bars > 0 ? start_ns - start_ns % bar_ns : start_ns;
    plan->begin_ns = plan->live_ns - (spec->warmup_bars > 0 ? (spec->warmup_bars + 1) * bar_ns : 0);
    plan->market_ns = plan->begin_ns;
}

/* Options that say how recorded data are to be read: taken in silence, --from would begin in a year that nobody has. */
static int refuse_data_options(const struct mt_session_options *options, struct mt_diag *diag)
{
    const struct mt_data_options *data = &options->data;
    const struct { const char *name; bool said; } of_data[] = {
        { "from", data->from },           { "to", data->to },         { "tz", data->zone },
        { "format", options->format },    { "columns", data->columns }, { "time-unit", data->time_unit },
        { "date", data->date },           { "dates", data->dates },   { "decimal", data->decimal },
        { "merge", data->merge },         { "strict", data->strict },
    };
    for (size_t i = 0; i < sizeof of_data / sizeof *of_data; i++)
        if (of_data[i].said)
            return mt_fail(diag, MT_EUSAGE, "--%s: is of recorded data, and there are none: without --data FILE the "
                           "market is generated, and begins when the run does; --for bounds it", of_data[i].name);
    return 0;
}

static int plan_generated(struct mt_session *session, const struct mt_session_options *options,
                          const struct mt_config *config, struct mt_diag *diag)
{
    struct mt_session_plan *plan = session->plan;
    const struct mt_script_spec *spec = session->spec;
    size_t count = options->symbols.count ? options->symbols.count : spec->symbol_count ? spec->symbol_count : 1;
    struct mt_data_options said;
    int rc = refuse_data_options(options, diag);
    if (rc == 0)
        rc = mt_data_said(&said, options, config, diag);
    if (rc == 0)
        rc = mt_data_options_check(&said, diag);
    if (rc != 0)
        return rc;
    if (count > MT_INSTRUMENTS_MAX)
        return mt_fail(diag, MT_EUSAGE, "--symbols: at most %d", MT_INSTRUMENTS_MAX);
    plan->instruments = mt_plan_alloc(plan, count, sizeof *plan->instruments);
    if (!plan->instruments)
        return mt_fail(diag, MT_ENOMEM, "market: no memory");
    const char *names[MT_INSTRUMENTS_MAX];
    generated_symbols(options, spec, names, count);
    for (size_t i = 0; i < count; i++) {
        const char *symbol = names[i];
        rc = generated_instrument(symbol, &said, config, &plan->instruments[i], diag);
        if (rc != 0)
            return rc;
        for (size_t j = 0; j < i; j++)
            if (strcmp(plan->instruments[j].symbol, symbol) == 0)
                return mt_fail(diag, MT_EUSAGE, "--symbols: %s stands there twice", symbol);
    }
    plan->instrument_count = (uint16_t)count;
    plan_warm_up(plan, spec, options->start_ns);
    if (plan->market_ns < 0)
        return mt_fail(diag, MT_EREFUSED, "%s: warmup: %d bars of %d s reach before 1970", spec->path,
                       spec->warmup_bars, spec->warmup_tf_s);
    return mt_session_market_open(plan, &session->data, &session->source, diag);
}

/* --- both -------------------- */

int mt_session_market_plan(struct mt_session *session, const struct mt_session_options *options,
                           const struct mt_config *config, struct mt_diag *diag)
{
    struct mt_session_plan *plan = session->plan;
    if (set_symbols(plan, &options->symbols, NULL) != 0)
        return mt_fail(diag, MT_ENOMEM, "market: no memory");
    for (const struct mt_plan_data_text *text = mt_plan_data_texts; text->key; text++)
        mt_plan_data_set(&plan->data, text, mt_plan_text(plan, mt_plan_data_get(&options->data, text)));
    plan->data.strict = options->data.strict;
    plan->data.merge = options->data.merge;
    int rc = options->files.count > 0 ? plan_files(session, options, config, diag)
                                      : plan_generated(session, options, config, diag);
    if (rc != 0)
        return rc;
    if (options->for_ns > 0)
        plan->end_ns = plan->live_ns > INT64_MAX - options->for_ns ? INT64_MAX : plan->live_ns + options->for_ns;
    for (uint16_t i = 0; i < plan->account_count; i++)
        if (plan->accounts[i].currency[0] == '\0')
            snprintf(plan->accounts[i].currency, sizeof plan->accounts[i].currency, "%s",
                     usual_currency(&plan->instruments[0]));
    return 0;
}

static int same_data(const struct mt_session_plan *plan, const struct mt_data *data, struct mt_diag *diag)
{
    size_t count;
    uint16_t instruments;
    const struct mt_data_file *files = mt_data_files(data, &count);
    mt_data_instruments(data, &instruments);
    if (count != plan->hash_count || instruments != plan->instrument_count)
        return mt_fail(diag, MT_EDIFF, "data: there were %zu files, now there are %zu", plan->hash_count, count);
    for (size_t i = 0; i < count; i++)
        if (files[i].hash != plan->hashes[i])
            return mt_fail(diag, MT_EDIFF, "data: %s: has changed since the run", files[i].path);
    return 0;
}

int mt_session_market_open(const struct mt_session_plan *plan, struct mt_data **data, struct mt_source *source,
                           struct mt_diag *diag)
{
    *data = NULL;
    if (plan->data.file_count == 0) {
        struct mt_market_options options = { .instruments = plan->instruments,
                                             .instrument_count = plan->instrument_count,
                                             .seed = plan->seed,
                                             .start_ns = plan->market_ns };
        return mt_market_new(source, &options, diag);
    }
    struct mt_symbol_order order = { .count = plan->instrument_count };
    for (uint16_t i = 0; i < plan->instrument_count; i++)
        order.names[i] = plan->instruments[i].symbol;
    struct mt_data_options options = plan->data;
    options.instrument = options.like = NULL;   /* what they led to is in the instruments */
    options.configured = plan->instruments;
    options.configured_count = plan->instrument_count;
    options.account_currency = plan->accounts[0].currency;
    int rc = open_files(&options, &order, data, diag);
    if (rc == 0)
        rc = same_data(plan, *data, diag);
    if (rc != 0) {
        mt_data_close(*data);
        *data = NULL;
        return rc;
    }
    *source = mt_data_source(*data);
    return 0;
}
