/* What people type who come from another program, commands and options. Each is told what does it here, or that it is
 * not built: a guess by letters would name something that has nothing to do with what they want. */
#include "app/command.h"

#include <stddef.h>
#include <string.h>

enum { PLAIN_MAX = 32 };

/* Words without case, '-' and '_', blanks between; and what is said of them. */
static const struct { const char *words, *answer; } others[] = {
    { "trade trading paper papertrade papertrading demo dryrun sim simulate simulation simulator sandbox start execute "
      "forward forwardtest forwardtesting bot strategy",
      "mthost run SCRIPT trades, simulated; live trading is not built yet" },
    { "live livetrade livetrading golive real deploy",
      "live trading is not built yet: mthost run SCRIPT trades, simulated" },
    { "backtesting bt tester strategytester backtester btrun simulatehistory",
      "mthost backtest SCRIPT --data FILE… does it" },
    { "optimize optimizer optimization optimizing optimisation optimiser optimising hyperopt hyperoptlist "
      "hyperoptshow sweep sweeps parametersweep paramsweep scan grid gridsearch tune tuning genetic search walkforward "
      "walkforwardanalysis walkforwardtest wfa wfo walk montecarlo",
      "a search for parameters (optimise) is not built yet: mthost backtest SCRIPT --data FILE --set NAME=VALUE "
      "--json, once for each value, is the way now" },
    { "download downloaddata downloader fetch fetchdata getdata history historical ingest importcandles candles ohlcv "
      "klines pull",
      "downloading is not built yet: mthost data check FILE and mthost data import FILE take files from elsewhere" },
    { "convert convertdata converttradedata tradestoohlcv import export catalog database",
      "mthost data import FILE… --out DIR makes stores of files, with --csv CSV files" },
    { "listdata info inspect quality", "mthost data info FILE… and mthost data check FILE… do it" },
    { "generate gen generatedata synthetic random", "mthost data gen --for 10m --out DIR makes a market" },
    { "plot plots plotting plotdataframe plotprofit chart charts graph graphs visualize visualise visualizer draw html "
      "tearsheet picture pictures",
      "pictures (report) are not built yet: equity.csv, trades.csv and marks.csv in the folder of a run are for any "
      "program that plots" },
    { "stats statistics summary result results performance metrics analyze analyse analysis backtestingshow "
      "backtestinganalysis pnl profit",
      "a run prints its summary and keeps it in summary.json of its folder; mthost trades shows its trades" },
    { "showtrades tradelist deals deal", "mthost trades shows the closed trades, mthost fills what they are made of" },
    { "portfolio holdings exposure", "mthost positions shows what each account holds" },
    { "balance equity cash wallet", "mthost status shows the accounts of a running host" },
    { "create init newstrategy createstrategy createproject createuserdir scaffold template",
      "mthost new NAME writes a strategy to begin with" },
    { "compile validate lint syntax build strategies liststrategies",
      "mthost check SCRIPT loads a script and says what is wrong with it" },
    { "lookahead lookaheadanalysis recursiveanalysis", "a search for lookahead (check --lookahead) is not built yet" },
    { "verify reproduce rerun", "mthost replay --verify runs a recorded session again" },
    { "log logs tail logfile journalctl",
      "the log of every run is STATE/logs/mthost.log: tail -f var/logs/mthost.log" },
    { "config configure configuration conf settings showconfig newconfig setup env",
      "the configuration is the file mthost.conf.lua, see docs/configuration.md; secrets stand in .env" },
    { "close closeall exit exitall forceexit forcesell forceclose liquidate sellall",
      "mthost flatten closes positions of a running host" },
    { "cancel cancelall", "mthost halt cancels what is open, mthost kill stays dead after it" },
    { "panic emergency estop killswitch abort",
      "mthost kill cancels everything and stays dead; mthost flatten closes" },
    { "quit shutdown end terminate down", "mthost stop ends a running host in order" },
    { "continue unpause unhalt",
      "mthost resume lets a running host trade again; mthost run SCRIPT --resume goes on with an interrupted run" },
    { "restart recover", "mthost run SCRIPT --resume goes on with an interrupted run" },
    { "set param parameter parameters", "mthost params NAME=VALUE changes parameters of a running strategy" },
    { "indicator indicators talib", "mthost ta --list shows the indicators, mthost ta NAME --data FILE computes one" },
    { "benchmark perf performancetest speed", "mthost bench measures this machine" },
    { "webserver web ui gui dashboard server serve api http rest telegram",
      "a server is not built yet: mthost status --json asks a running host" },
    { "watch monitor ps", "mthost status shows what a running host does" },
    { "list ls listruns show", "a list of runs (runs) is not built yet: they are the folders of STATE/runs" },
    { "listmarkets listpairs listexchanges listtimeframes markets pairs symbols exchanges",
      "live venues are not built yet: what symbols there are is told by the data, see mthost data info FILE" },
    { "install update upgrade", "make install puts mthost in its place" },
};

/* Likewise for options. has: the option that the answer speaks of; where a command has not that one either, nothing is
 * said. */
static const struct { const char *words, *has, *answer; } other_options[] = {
    { "timeframe timeframes tf interval resolution granularity barsize barlength candle candles timeframedetail", "set",
      "a script says which bars it wants: bars = { \"5m\" } in its declaration, and finer data are made into them" },
    { "strategy strategies s strategyname strategypath strategylist expert ea script bot algo class", "set",
      "the script is a word of its own: mthost run strategies/NAME, or the path of its file" },
    { "timerange daterange period start startdate starttime fromdate since begin begindate after", "from",
      "--from TIME is the first moment of the data that counts, --to TIME the first that does not" },
    { "end enddate endtime todate until before", "to",
      "--to TIME is the first moment of the data that does not count any more, --from TIME the first that does" },
    { "days last lastdays lookback", "from", "--from -30d begins 30 days before the last moment of the data" },
    { "pair pairs ticker tickers market markets coin coins asset assets universe whitelist", "symbols",
      "--symbols A,B names them" },
    { "datadir datafile datapath dataset csv file files filename input feed datafeed history dataformat", "data",
      "--data FILE… names the files" },
    { "capital balance startingbalance initialbalance initialcapital initialcash deposit dryrunwallet wallet equity "
      "budget startcash bankroll", "cash", "--cash N is what each account starts with" },
    { "commission commissions comm makerfee takerfee feerate cost costs", "fee-bp",
      "--fee-bp X is the fee in basis points; maker and taker apart stand in the run script: costs = { maker_bp, "
      "taker_bp }" },
    { "slippage latency delay", "set",
      "a run script has costs = { latency_ms = { feed, entry, reply } }; fills beyond what is displayed wait for the "
      "next quote" },
    { "lot lots lotsize qty quantity size sizing stake stakeamount risk riskpercent positionsize volume amount sizer",
      "set", "a run script says it: sizing = { \"risk_fraction\", fraction = 0.005 }" },
    { "leverage margin",
      "config", "the leverage of an account stands in the configuration: accounts = { NAME = { leverage = 5 } }" },
    { "maxopentrades maxdrawdown stoploss maxloss dailyloss protections enableprotections", "config",
      "limits stand in the configuration, exits in the script: docs/limits.md, docs/scripting.md" },
    { "filter filters", "set", "filters stand in a run script: filters = { \"filters/max_spread\" }" },
    { "param params parameter parameters p hyperopt inputs input_parameters", "set",
      "--set NAME=VALUE changes a parameter of the strategy" },
    { "exchange broker gateway connector adapter", "venue", "the one venue is sim so far" },
    { "dryrun paper papertrading demo simulate simulation sandbox testnet",
      "set", "nothing else is built yet: every run is simulated" },
    { "v vv verbose debug trace quiet q silent loglevels verbosity",
      "log-level", "--log-level DEBUG says more, --log-level ERROR less" },
    { "output outputdir outdir results resultdir resultsdir export exportfilename exportdirectory report outfile",
      "out", "--out DIR is where the results are written" },
    { "userdir userdatadir workdir home dir", "state", "--state DIR is where runs are kept" },
    { "settings conf configfile c", "config", "--config FILE is the configuration" },
    { "threads jobs workers j cores processes parallel",
      "set", "a run has one thread; start several runs, each with its own --state" },
    { "randomstate randomseed rng", "seed", "--seed N is the seed" },
    { "timezone zone utc", "tz", "--tz ZONE is the zone of times without an offset" },
    { "speedup fast factor realtime",
      "speed", "--speed N is how many times faster than the clock, --speed max as fast as possible" },
    { "duration runtime timeout limit", "for", "--for 30m bounds the run in market time" },
    { "continue restart recover", "resume", "--resume goes on with the newest interrupted run" },
};

/* Whether one of the words is `name`. */
static bool among(const char *words, const char *name)
{
    size_t length = strlen(name);
    while (*words) {
        size_t one = strcspn(words, " ");
        if (one == length && memcmp(words, name, length) == 0)
            return true;
        words += one + (words[one] == ' ');
    }
    return false;
}

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), wanted = strlen(end);
    return length > wanted && memcmp(name + length - wanted, end, wanted) == 0;
}

/* In lower case without '-' and '_'; "" when it is none of ours. */
static void plain_of(const char *name, size_t length, char plain[PLAIN_MAX])
{
    size_t used = 0;
    plain[0] = '\0';
    for (size_t i = 0; i < length; i++)
        if (name[i] != '-' && name[i] != '_') {
            if (used + 1 == PLAIN_MAX) {
                plain[0] = '\0';
                return;
            }
            plain[used++] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] - 'A' + 'a') : name[i];
            plain[used] = '\0';
        }
}

const char *mt_command_elsewhere(const char *name)
{
    char plain[PLAIN_MAX];
    if (ends_with(name, ".lua"))
        return "mthost run SCRIPT trades with a script, mthost backtest SCRIPT --data FILE… tests it";
    if (ends_with(name, ".csv") || ends_with(name, ".csv.gz") || ends_with(name, ".mts"))
        return "mthost data info FILE tells what a file has, mthost backtest SCRIPT --data FILE… tests with it";
    plain_of(name, strlen(name), plain);
    for (size_t i = 0; plain[0] && i < sizeof others / sizeof *others; i++)
        if (among(others[i].words, plain))
            return others[i].answer;
    return NULL;
}

static bool has_option(const struct mt_opt *table, const char *name)
{
    while (table->name && strcmp(table->name, name) != 0)
        table++;
    return table->name != NULL;
}

const char *mt_option_elsewhere(const struct mt_opt *table, const char *name, size_t length)
{
    char plain[PLAIN_MAX];
    plain_of(name, length, plain);
    for (size_t i = 0; plain[0] && i < sizeof other_options / sizeof *other_options; i++)
        if (among(other_options[i].words, plain) && has_option(table, other_options[i].has))
            return other_options[i].answer;
    return NULL;
}
