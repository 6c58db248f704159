/* What people type who come from another program. Each is told the command that does it here, or that it is not built:
 * a guess by letters would name a command that has nothing to do with what they want. */
#include "app/command.h"

#include <stddef.h>
#include <string.h>

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

const char *mt_command_elsewhere(const char *name)
{
    char plain[32];
    size_t length = 0;
    if (ends_with(name, ".lua"))
        return "mthost run SCRIPT trades with a script, mthost backtest SCRIPT --data FILE… tests it";
    if (ends_with(name, ".csv") || ends_with(name, ".csv.gz") || ends_with(name, ".mts"))
        return "mthost data info FILE tells what a file has, mthost backtest SCRIPT --data FILE… tests with it";
    for (; *name && length + 1 < sizeof plain; name++)
        if (*name != '-' && *name != '_')
            plain[length++] = *name >= 'A' && *name <= 'Z' ? (char)(*name - 'A' + 'a') : *name;
    plain[length] = '\0';
    for (size_t i = 0; length > 0 && !*name && i < sizeof others / sizeof *others; i++)
        if (among(others[i].words, plain))
            return others[i].answer;
    return NULL;
}
