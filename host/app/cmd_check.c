/* check: load a script, show what it comes to, and what looks like a mistake. */
#include "app/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/check_cut.h"
#include "app/config.h"
#include "app/session.h"
#include "report/table.h"
#include "base/buf.h"
#include "core/sizing.h"
#include "script/script.h"

enum { TEXT_MAX = 1 << 20, WARNINGS_MAX = 16 << 20, SIZING_TEXT = 512 };

struct check {
    struct mt_common common;
    struct mt_opt_list words;
    struct mt_config *config;
    struct mt_script *script;
};

/* What `fixed` without qty trades: the smallest quantity of an instrument that is known, 1 of one that is inferred. */
static void usual_qty(const struct check *c, const char *symbol, char *out, size_t size)
{
    struct mt_instrument instrument;
    char qty[MT_DEC_TEXT];
    bool known = mt_instrument_builtin(symbol, &instrument) == 0;
    for (size_t i = 0; i < c->config->instrument_count; i++)
        if (strcmp(c->config->instruments[i].symbol, symbol) == 0) {
            instrument = c->config->instruments[i];
            known = true;
        }
    if (known)
        mt_dec_format_short(qty, instrument.default_qty, instrument.qty_scale);
    snprintf(out, size, "%s", known ? qty : "its minimum, 1 when inferred from data");
}

static void fixed_text(const struct check *c, const struct mt_sizing_spec *s, char *out, size_t size)
{
    const struct mt_script_spec *spec = mt_script_spec(c->script);
    char qty[80];
    if (s->qty[0]) {
        snprintf(out, size, "fixed qty=%s", s->qty);
        return;
    }
    size_t used = (size_t)snprintf(out, size, "fixed");
    if (spec->symbol_count == 0)
        snprintf(out + used, size - used, ": the symbol's minimum, 1 when inferred from data");
    for (size_t i = 0; i < spec->symbol_count && used < size; i++) {
        usual_qty(c, spec->symbols[i], qty, sizeof qty);
        used += (size_t)snprintf(out + used, size - used, "%s %s: %s", i > 0 ? "," : "", spec->symbols[i], qty);
    }
}

static const char *sizing_text(const struct check *c, const struct mt_sizing_spec *s, char *out, size_t size)
{
    switch (s->kind) {
    case MT_SIZING_FIXED: fixed_text(c, s, out, size); break;
    case MT_SIZING_RISK_FRACTION:
        snprintf(out, size, "risk_fraction fraction=%s: of the equity, at risk up to the stop; without a stop, held",
                 s->fraction);
        break;
    case MT_SIZING_NOTIONAL: snprintf(out, size, "notional=%s", s->notional); break;
    case MT_SIZING_VOL_TARGET:
        snprintf(out, size, "volatility_target vol=%s lookback=%s", s->vol, s->lookback[0] ? s->lookback : "default");
        break;
    default:
        if (s->fraction[0])
            snprintf(out, size, "inherited, fraction=%s", s->fraction);
        else
            snprintf(out, size, "inherited");
    }
    return out;
}

/* Who would trade, and how much: the accounts of the configuration against the table of the script. */
static void fill_accounts(const struct check *c, struct mt_table *table)
{
    static const struct mt_config_account usual = { .name = "sim",
                                                    .cash = (mt_money)100000 * 100000000,
                                                    .leverage = 1, .maker_rate = -1, .taker_rate = -1 };
    const struct mt_script_spec *spec = mt_script_spec(c->script);
    size_t count = c->config->account_count ? c->config->account_count : 1;
    char text[SIZING_TEXT];
    for (size_t i = 0; i < count; i++) {
        const struct mt_config_account *account = c->config->account_count ? &c->config->accounts[i] : &usual;
        const struct mt_binding_spec *binding = mt_session_binding_of(spec, account->name);
        bool lead = strcmp(spec->lead, account->name) == 0;
        if (!binding && !lead && spec->binding_count > 0)
            continue;
        bool own = binding && binding->sizing.kind != MT_SIZING_UNSET;
        struct mt_sizing_spec sizing = own ? binding->sizing : spec->sizing;
        if (binding && !own && binding->sizing.fraction[0])
            memcpy(sizing.fraction, binding->sizing.fraction, sizeof sizing.fraction);
        mt_table_cell(table, account->name);
        mt_table_cell(table, lead || (!spec->lead[0] && mt_table_rows(table) == 0) ? "lead" : "");
        mt_table_cell(table, account->hedging ? "hedging" : "netting");
        mt_table_money(table, true, account->cash);
        mt_table_cell(table, account->currency);
        if (sizing.kind == MT_SIZING_UNSET)
            sizing.kind = MT_SIZING_FIXED;
        mt_table_cell(table, sizing_text(c, &sizing, text, sizeof text));
        mt_table_cell(table, binding ? binding->scale : "");
        mt_check_cut(c->config, spec, account, &sizing, binding ? binding->scale : "", text, sizeof text);
        mt_table_cell(table, text);
    }
}

static const char *const account_columns[] = { "account",  "role",   "kind",  "cash",
                                               "currency", "sizing", "scale", "cut" };

/* A pattern that means no account would silently trade on fewer: run refuses it, so check does. */
static int check_accounts(const struct check *c, struct mt_diag *diag)
{
    const struct mt_script_spec *spec = mt_script_spec(c->script);
    size_t count = c->config->account_count;
    for (size_t b = 0; b < spec->binding_count; b++) {
        bool found = count == 0 && mt_config_match(spec->bindings[b].pattern, "sim");
        for (size_t i = 0; i < count && !found; i++)
            found = mt_config_match(spec->bindings[b].pattern, c->config->accounts[i].name);
        if (!found)
            return mt_fail(diag, MT_EREFUSED, "%s: accounts: '%s' matches none of the configured accounts", spec->path,
                           spec->bindings[b].pattern);
    }
    return 0;
}

/* What looks like a mistake, as lines of text and as objects of JSON. */
struct warning_texts { struct mt_buf text, json; size_t count; };

static void add_warning(void *context, const struct mt_script_warning *warning)
{
    struct warning_texts *all = context;
    mt_buf_printf(&all->text, "%s:%d: %s\n", warning->file, warning->line, warning->message);
    mt_json_open(&all->json, NULL, '{');
    mt_json_text(&all->json, "file", warning->file);
    mt_json_int(&all->json, "line", warning->line);
    mt_json_text(&all->json, "rule", warning->rule);
    mt_json_text(&all->json, "message", warning->message);
    mt_json_text(&all->json, "hint", warning->hint);
    mt_json_close(&all->json, '}');
    all->count++;
}

static int find_warnings(struct check *c, struct warning_texts *all, struct mt_diag *diag)
{
    mt_buf_init(&all->text, WARNINGS_MAX);
    mt_buf_init(&all->json, WARNINGS_MAX);
    mt_json_open(&all->json, NULL, '[');
    int rc = mt_script_warnings(c->script, add_warning, all, diag);
    mt_json_close(&all->json, ']');
    if (rc == 0 && (all->text.failed || all->json.failed))
        rc = mt_fail(diag, MT_ENOMEM, "check: more than %d bytes of warnings", WARNINGS_MAX);
    return rc;
}

static void print_json(const struct check *c, struct mt_buf *params, struct warning_texts *warnings)
{
    const struct mt_script_spec *spec = mt_script_spec(c->script);
    struct mt_buf out;
    struct mt_table accounts;
    mt_buf_init(&out, 4 * TEXT_MAX + WARNINGS_MAX);
    mt_json_open(&out, NULL, '{');
    mt_json_text(&out, "script", spec->path);
    mt_json_text(&out, "strategy", spec->strategy);
    mt_json_hex64(&out, "script_hash", spec->hash);
    mt_json_raw(&out, "params", mt_buf_text(params));
    mt_json_open(&out, "symbols", '[');
    for (size_t i = 0; i < spec->symbol_count; i++)
        mt_json_text(&out, NULL, spec->symbols[i]);
    mt_json_close(&out, ']');
    mt_json_open(&out, "files", '[');
    for (size_t i = 0; mt_script_file(c->script, i); i++)
        mt_json_text(&out, NULL, mt_script_file(c->script, i));
    mt_json_close(&out, ']');
    mt_json_raw(&out, "warnings", mt_buf_text(&warnings->json));
    printf("%s,\"accounts\":", mt_buf_text(&out));
    mt_table_init(&accounts, account_columns, 8, 0);
    fill_accounts(c, &accounts);
    mt_table_print_json(&accounts, 0, stdout);
    printf("}\n");
    mt_table_fini(&accounts);
    mt_buf_fini(&out);
}

static void print_costs(const struct mt_script_spec *spec)
{
    char text[MT_DEC_TEXT];
    if (!spec->has_costs)
        return;
    printf("costs      maker %s bp, taker %s bp", spec->maker_bp[0] ? spec->maker_bp : "0",
           spec->taker_bp[0] ? spec->taker_bp : "0");
    const int64_t latency[] = { spec->feed_ns, spec->entry_ns, spec->reply_ns };
    static const char *const names[] = { "feed", "entry", "reply" };
    for (int i = 0; i < 3; i++)
        if (latency[i] >= 0) {
            mt_dec_format_short(text, latency[i], 6);
            printf(", %s %s ms", names[i], text);
        }
    printf("\n");
}

static void print_text(const struct check *c, struct mt_buf *params, struct warning_texts *warnings)
{
    const struct mt_script_spec *spec = mt_script_spec(c->script);
    struct mt_table accounts;
    char text[SIZING_TEXT];
    printf("script     %s\nstrategy   %s\nhash       %016llx\nparams     %s\n", spec->path, spec->strategy,
           (unsigned long long)spec->hash, mt_buf_text(params));
    printf("symbols   ");
    for (size_t i = 0; i < spec->symbol_count; i++)
        printf(" %s", spec->symbols[i]);
    printf("%s\n", spec->symbol_count == 0 ? " not said: --symbols or the data say it" : "");
    if (spec->timeframe_count > 0) {
        printf("bars      ");
        for (size_t i = 0; i < spec->timeframe_count; i++)
            printf(" %ds", spec->timeframes[i]);
        printf("\n");
    }
    if (spec->warmup_bars > 0)
        printf("warmup     %d bars of %ds\n", spec->warmup_bars, spec->warmup_tf_s);
    struct mt_sizing_spec sizing = spec->sizing;
    if (sizing.kind == MT_SIZING_UNSET)
        sizing.kind = MT_SIZING_FIXED;
    printf("sizing     %s\n", sizing_text(c, &sizing, text, sizeof text));
    print_costs(spec);
    printf("at stop    orders %s, positions %s\n", spec->cancel_at_stop ? "cancelled" : "kept",
           spec->flatten_at_stop ? "flattened" : "kept");
    printf("files     ");
    for (size_t i = 0; mt_script_file(c->script, i); i++)
        printf(" %s", mt_script_file(c->script, i));
    printf("\n\n");
    mt_table_init(&accounts, account_columns, 8, 0x8);
    fill_accounts(c, &accounts);
    mt_table_print(&accounts, stdout);
    mt_table_fini(&accounts);
    printf("\n%s%zu warning%s\n", mt_buf_text(&warnings->text), warnings->count, warnings->count == 1 ? "" : "s");
}

static int check_load(struct check *c, struct mt_diag *diag)
{
    struct mt_script_options options = {
        .path = c->words.items[0], .scripts_env = getenv("MTHOST_SCRIPTS"), .share = mt_script_roots(),
        .sets = c->common.sets.items, .set_count = c->common.sets.count, .seed = 1,
    };
    int rc = mt_config_load(&c->config, c->common.config, diag);
    if (rc == 0)
        rc = mt_script_load(&c->script, &options, diag);
    return rc == 0 ? check_accounts(c, diag) : rc;
}

int mt_cmd_check(int argc, char **argv)
{
    struct check c = { .config = NULL };
    const struct mt_opt table[] = { MT_COMMON_OPTIONS(&c.common),
                                    { NULL, MT_OPT_FLAG, NULL, NULL, NULL, 0, 0, false } };
    struct mt_diag diag = { 0 };
    bool done;
    int code = mt_command_begin(
        "mthost check SCRIPT\n  Load a script as `run` would, show what it comes to and what looks like a "
        "mistake.\n  Exit 3 when it is refused.",
        table, &c.common, argc, argv, &c.words, &done);
    if (done)
        return code;
    if (c.words.count != 1) {
        fprintf(stderr, "mthost: check: one SCRIPT (mthost check --help shows all)\n");
        return MT_EXIT_USAGE;
    }
    int rc = check_load(&c, &diag);
    if (rc == 0) {
        struct warning_texts warnings = { .count = 0 };
        struct mt_buf params;
        mt_buf_init(&params, TEXT_MAX);
        mt_script_params_json(c.script, &params);
        rc = find_warnings(&c, &warnings, &diag);
        if (rc == 0)
            (c.common.json ? print_json : print_text)(&c, &params, &warnings);
        mt_buf_fini(&params);
        mt_buf_fini(&warnings.text);
        mt_buf_fini(&warnings.json);
    }
    mt_script_free(c.script);
    mt_config_free(c.config);
    return rc == 0 ? MT_EXIT_DONE : mt_command_fail(rc == MT_EIO ? MT_EXIT_FAILED : mt_exit_of(rc), &diag);
}
