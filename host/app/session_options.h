/* session_options: options that run and backtest share. */
#ifndef MT_APP_SESSION_OPTIONS_H
#define MT_APP_SESSION_OPTIONS_H

#include "app/command.h"
#include "app/session.h"

#define MT_DATA_OPTIONS(o)                                                                                             \
    {                                                                                                                  \
        "data", MT_OPT_FILES, &(o)->files, "FILE…", "text files (.gz .zip .xz .zst too), tick stores", 0, 0, false     \
    },                                                                                                                 \
        { "symbols", MT_OPT_LIST, &(o)->symbols, "A,B", "one per file, or of the generated market", 0, 0, true },      \
        { "format", MT_OPT_TEXT, &(o)->format, "F", "bars quotes trades raw store; told by the header", 0, 0, false }, \
        { "columns", MT_OPT_TEXT, &(o)->data.columns, "LIST", "time,open,… in their order, - skips one",               \
          0, 0, false },                                                                                               \
        { "time-unit", MT_OPT_TEXT, &(o)->data.time_unit, "U", "s ms us ns; told by size", 0, 0, false },              \
        { "date", MT_OPT_TEXT, &(o)->data.date, "DATE", "times count from midnight of 2014-05-01", 0, 0, false },      \
        { "dates", MT_OPT_TEXT, &(o)->data.dates, "ORDER", "mdy dmy ymd: of 03/04/2024; told by the whole file", 0, 0, \
          false },                                                                                                     \
        { "decimal", MT_OPT_TEXT, &(o)->data.decimal, "SIGN", "dot comma: of 46,101; told by the file", 0, 0, false }, \
        { "from", MT_OPT_TEXT, &(o)->data.from, "TIME", "first that counts: 2024-03-04, 2024-03-04T09:00Z, -30d",      \
          0, 0, false },                                                                                               \
        { "to", MT_OPT_TEXT, &(o)->data.to, "TIME", "first that does not count any more", 0, 0, false },               \
        { "tz", MT_OPT_TEXT, &(o)->data.zone, "ZONE", "of times without offset: -05:00 or a name", 0, 0, false },      \
        { "instrument", MT_OPT_TEXT, &(o)->data.instrument, "SPEC",                                                    \
          "tick=,step=,size=,quote=[,min=,max=,base=,negative=]", 0, 0, false },                                       \
        { "like", MT_OPT_TEXT, &(o)->data.like, "NAME", "an instrument like binance:BTCUSDT", 0, 0, false },           \
        { "merge", MT_OPT_FLAG, &(o)->data.merge, NULL, "sources of one symbol may overlap: they are one",             \
          0, 0, false },                                                                                               \
    {                                                                                                                  \
        "strict", MT_OPT_FLAG, &(o)->data.strict, NULL, "a bad row ends the run", 0, 0, false                          \
    }

#define MT_COST_OPTIONS(o)                                                                                           \
    { "cash", MT_OPT_TEXT, &(o)->cash, "N", "what each account starts with (default 100000)", 0, 0, false },         \
        { "fee-bp", MT_OPT_TEXT, &(o)->fee_bp, "X", "fee in basis points, maker and taker", 0, 0, false },           \
    {                                                                                                                \
        "seed", MT_OPT_INT, &(o)->seed, "N", "of the generated market and of math.random (default 1)", 0, INT64_MAX, \
            false                                                                                                    \
    }

/* What is wrong with the script but no reason to refuse it goes to the log. */
void mt_session_warn(const struct mt_session *session);

#endif
