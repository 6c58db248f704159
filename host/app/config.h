/* config: mthost.conf.lua: accounts, risk limits at three scopes and more, instruments, costs of the simulation. Every
 * option is declared once (config_table.c: name, type, default, range, help, secret) and checked with file and line.
 * Without a file: one netting account "sim", cash 100 000, structural risk checks only. */
#ifndef MT_APP_CONFIG_H
#define MT_APP_CONFIG_H

#include <stdbool.h>
#include "adapters/sim/sim.h"
#include "base/err.h"
#include "core/journal.h"
#include "core/ledger.h"
#include "core/risk.h"
#include "model/instrument.h"

/* No sum over accounts, symbols and rates comes near the end of mt_money with this. */
#define MT_CASH_MAX ((mt_money)1000000000 * 1000000000 * 100000000)

struct mt_config_account {
    char name[MT_ACCOUNT_NAME_MAX];
    char currency[MT_CURRENCY_MAX];     /* "": the default of the run (see session) */
    mt_money cash;
    int32_t leverage;                   /* default 1 */
    bool hedging; /* accepted and checked; a run that would trade on it is refused: not built yet */
    bool live;
    int64_t maker_rate, taker_rate;     /* 10^-8; -1: not given */
};

/* Names of a scope, as written; they become numbers when accounts and symbols of a run are known. */
struct mt_config_scope {
    char account[MT_ACCOUNT_NAME_MAX];  /* pattern with *; "" for GLOBAL */
    char symbol[MT_SYMBOL_MAX];         /* SYMBOL: the symbol or "*" */
    char (*group)[MT_SYMBOL_MAX]; size_t group_count;       /* GROUP: its symbols, owned */
    char (*allow)[MT_SYMBOL_MAX]; size_t allow_count;       /* owned */
    bool allow_given;
    int line;
};
struct mt_config_rate { char base[MT_CURRENCY_MAX], quote[MT_CURRENCY_MAX]; int64_t rate; };     /* 10^-8 */

struct mt_config {
    char path[512];                     /* "" = none */
    bool live;                          /* mode = "live" */
    struct mt_config_account *accounts; size_t account_count;   /* by name */
    struct mt_scope_setup *scopes; size_t scope_count;  /* account and symbol numbers are set by mt_config_scopes */
    struct mt_config_scope *scope_names;                /* parallel to scopes */
    struct mt_instrument *instruments; size_t instrument_count;
    struct mt_config_rate rates[64]; size_t rate_count;
    enum mt_journal_policy durability;  /* default none in simulation */
    uint64_t disk_floor_bytes;
    char log_level[16];                 /* "": not said */
};

/* path NULL: ./mthost.conf.lua if it exists, else the defaults. Reads .env of the configuration's directory first:
 * the names of mt_config_env enter the environment unless they are there. MT_EREFUSED / MT_ESYNTAX with file and
 * line; MT_EIO. */
int mt_config_load(struct mt_config **out, const char *path, struct mt_diag *diag) MT_CHECKED;
void mt_config_free(struct mt_config *config);

/* Resolve names to numbers for a run with these accounts and instruments (scopes of symbols that another run has are
 * left out; a symbol that nobody knows is MT_EREFUSED with file and line). *out is allocated, the caller frees with
 * mt_config_scopes_free. */
int mt_config_scopes(const struct mt_config *config, const struct mt_account_setup *accounts, uint16_t account_count,
                     const struct mt_instrument *instruments, uint16_t instrument_count, struct mt_scope_setup **out,
                     size_t *count, struct mt_diag *diag) MT_CHECKED;
void mt_config_scopes_free(struct mt_scope_setup *scopes, size_t count);
/* Whether a scope of kind STRATEGY is for the strategy of this run: "*", the name of its run script ("scalp") or the
 * strategy inside ("strategies/volume_scalp"). True for all other kinds. */
bool mt_config_scope_is_for(const struct mt_scope_setup *scope, const char *script, const char *strategy);
/* Does the account's name match the pattern, in which * stands for any characters? */
bool mt_config_match(const char *pattern, const char *name);

#endif
