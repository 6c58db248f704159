/* common_options: the options that every command has. */
#ifndef MT_APP_COMMON_OPTIONS_H
#define MT_APP_COMMON_OPTIONS_H

#include <stdbool.h>
#include "base/opt.h"

/* --help --json --log-level --state DIR (default ./var) --config, and, with a script,
 * --set. Commands put MT_COMMON_OPTIONS(&common) into their table, those that load no script MT_HOST_OPTIONS. */
struct mt_common { bool help, json; const char *log_level, *state, *config; struct mt_opt_list sets; };
#define MT_HOST_OPTIONS(c) \
    { "help", MT_OPT_FLAG, &(c)->help, NULL, "show this and end", 0, 0, false }, \
    { "json", MT_OPT_FLAG, &(c)->json, NULL, "machine-readable output", 0, 0, false }, \
    { "log-level", MT_OPT_TEXT, &(c)->log_level, "LEVEL", "DEBUG INFO WARNING ERROR OFF (default WARNING)", 0, 0, \
      false }, \
    { "state", MT_OPT_TEXT, &(c)->state, "DIR", "where runs are kept (default ./var)", 0, 0, false }, \
    { "config", MT_OPT_TEXT, &(c)->config, "FILE", "configuration (default ./mthost.conf.lua)", 0, 0, false }
#define MT_COMMON_OPTIONS(c) \
    MT_HOST_OPTIONS(c), \
    { "set", MT_OPT_LIST, &(c)->sets, "NAME=VALUE", "a parameter of the strategy, repeatable", 0, 0, false }

#endif
