/* config_private: the declaration of every option of the configuration, and the one reader that applies it. */
#ifndef MT_APP_CONFIG_PRIVATE_H
#define MT_APP_CONFIG_PRIVATE_H

#include <stddef.h>
#include "app/config.h"
#include "script/script.h"

enum mt_config_type {
    MT_CONFIG_BOOL,         /* bool */
    MT_CONFIG_INT,          /* int64_t, min..max */
    MT_CONFIG_TEXT,         /* char[size] */
    MT_CONFIG_CHOICE,       /* int: index in choices "a|b|c" */
    MT_CONFIG_LEVEL,        /* text: name of a level of the log, written in any case */
    MT_CONFIG_MONEY,        /* mt_money, not below 0 */
    MT_CONFIG_BP,           /* int64_t in 10^-8 of the whole, 0..10 000 bp */
    MT_CONFIG_DECIMAL,      /* char[size]: the exact text, checked by whoever reads it */
    MT_CONFIG_SECTION,      /* a table with a reader of its own */
};

struct mt_config_option {
    const char *name;
    enum mt_config_type type;
    size_t offset, size;        /* where in the section's struct */
    const char *fallback;       /* the default as text; NULL: the struct's zero, or it has to be given by nobody */
    const char *choices;
    int64_t min, max;
    const char *help;
};

/* The top of the file, read into this first. */
struct mt_config_top { int mode, durability; int64_t disk_floor_mb; char log_level[16]; };
/* One entry of `instruments`, all as exact text. */
enum { MT_CONFIG_DECIMAL_TEXT = 64 };
struct mt_config_instrument {
    char tick[MT_CONFIG_DECIMAL_TEXT], step[MT_CONFIG_DECIMAL_TEXT], size[MT_CONFIG_DECIMAL_TEXT],
        min[MT_CONFIG_DECIMAL_TEXT], max[MT_CONFIG_DECIMAL_TEXT];
    char quote[MT_CURRENCY_MAX], base[MT_CURRENCY_MAX], like[MT_SYMBOL_MAX];
    mt_money notional_min;
    bool negative;
};
/* What a scope has besides limits. */
struct mt_config_scope_extra { int on_loss; char accounts[MT_ACCOUNT_NAME_MAX]; };

extern const struct mt_config_option mt_config_top_options[];       /* all end with name NULL */
extern const struct mt_config_option mt_config_account_options[];
extern const struct mt_config_option mt_config_instrument_options[];
extern const struct mt_config_option mt_config_scope_options[];     /* of every scope, besides the limits */
extern const struct mt_config_option mt_config_group_options[];     /* of groups and strategies, the same and more */
extern const struct mt_config_option mt_config_block_options[];     /* one entry of `blocked` */
struct mt_config_block { char from[64], to[64]; };

/* Variables of the environment that a .env file may set. */
struct mt_config_env { const char *name; bool secret; const char *help; };
extern const struct mt_config_env mt_config_env[];

/* Where the reader stands, for messages: FILE:LINE: PLACE.KEY: why. */
struct mt_config_reader { struct mt_config *config; const char *file; struct mt_diag *diag; };
int mt_config_fail(const struct mt_config_reader *reader, const struct mt_conf *node, const char *place,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));
/* "NAME: no such option…", with the nearest of the names in `options` and, if `limits`, of the limits; all of them
 * where none is near. */
int mt_config_unknown(const struct mt_config_reader *reader, const struct mt_conf *node, const char *place,
                      const struct mt_config_option *options, bool limits);
/* The option with that name, or NULL. */
const struct mt_config_option *mt_config_find(const struct mt_config_option *options, const char *name);
/* Fill target with all defaults. */
void mt_config_defaults(const struct mt_config_option *options, void *target);
/* Set one option from its node; sections are left to the caller. */
int mt_config_set(const struct mt_config_reader *reader, const struct mt_config_option *option,
                  const struct mt_conf *node, const char *place, void *target) MT_CHECKED;
/* Defaults, then every field of `table`; an unknown one is an error. */
int mt_config_read(const struct mt_config_reader *reader, const struct mt_config_option *options,
                   const struct mt_conf *table, const char *place, void *target) MT_CHECKED;
/* A number, or a text with a number, as text. MT_EREFUSED. */
int mt_config_decimal(const struct mt_config_reader *reader, const struct mt_conf *node, const char *place, char *out,
                      size_t size) MT_CHECKED;
/* The node is a table, or an error. */
int mt_config_table(const struct mt_config_reader *reader, const struct mt_conf *node, const char *place) MT_CHECKED;
/* An array of symbols; *out is allocated. */
int mt_config_symbols(const struct mt_config_reader *reader, const struct mt_conf *node, const char *place,
                      char (**out)[MT_SYMBOL_MAX], size_t *count) MT_CHECKED;

int mt_config_read_limits(const struct mt_config_reader *reader, const struct mt_conf *node) MT_CHECKED;
int mt_config_read_instruments(const struct mt_config_reader *reader, const struct mt_conf *node) MT_CHECKED;
int mt_config_read_rates(const struct mt_config_reader *reader, const struct mt_conf *node) MT_CHECKED;
/* .env beside the configuration. */
int mt_config_read_env(const char *folder, struct mt_diag *diag) MT_CHECKED;

#endif
