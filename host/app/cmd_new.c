/* new NAME: a strategy and a run script to begin with, which run at once. */
#include "app/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

enum { NAME_MAX_BYTES = 64, PATH_MAX_BYTES = 4096, TEXT_MAX = 4096 };

/* %s: the name. */
static const char strategy_text[] =
    "-- %s: buys when the price is above its moving average and sells below, until you change it.\n"
    "local mt, ta = require \"mthost\", require \"mthost.ta\"\n"
    "\n"
    "local S = mt.strategy {\n"
    "  params = { n = mt.param(50, 2, 1000, 1) },      -- default, least, most, step\n"
    "}\n"
    "\n"
    "function S:on_start()\n"
    "  self:keep(\"ma\", ta.sma, self.params.n)          -- lives on when you edit this file\n"
    "end\n"
    "\n"
    "function S:on_trade(t)                           -- with a file of bars: S:on_bar(t), t.close for t.price\n"
    "  local ma = self.ma:update(t.price)\n"
    "  if not ma then return self:skip \"warming\" end\n"
    "  local side = t.price > ma and 1 or -1\n"
    "  if self.stance ~= side then self:signal { side = side, tag = \"ma\" } end\n"
    "end\n"
    "\n"
    "return S\n";

static const char run_text[] =
    "-- mthost run %s.lua --for 10m --speed max\n"
    "return {\n"
    "  strategy = \"strategies/%s\",\n"
    "  filters  = { { \"filters/max_spread\", ticks = 3 }, { \"filters/cooldown\", seconds = 10 } },\n"
    "  symbols  = { \"BTCUSDT\" },\n"
    "  params   = { n = 200 },\n"
    "  sizing   = { \"fixed\", qty = 0.01 },\n"
    "  costs    = { maker_bp = 1, taker_bp = 4 },\n"
    "}\n";

static int name_check(const char *name, struct mt_diag *diag)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    size_t length = strlen(name);
    if (length == 0 || length > NAME_MAX_BYTES || strspn(name, good) != length)
        return mt_fail(diag, MT_EUSAGE, "'%.64s': a name has up to %d letters, digits and _", name, NAME_MAX_BYTES);
    return 0;
}

static int make_dir(const char *path, struct mt_diag *diag)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return 0;
    return mt_fail(diag, MT_EIO, "%s: cannot be made: %s", path, strerror(errno));
}

/* Never over something that is there. */
static int write_new(const char *path, const char *text, struct mt_diag *diag)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return mt_fail(diag, errno == EEXIST ? MT_EEXIST : MT_EIO, "%s: %s", path,
                       errno == EEXIST ? "is there already and is not overwritten" : strerror(errno));
    size_t length = strlen(text);
    ssize_t wrote = write(fd, text, length);
    int failed = wrote == (ssize_t)length ? 0 : wrote < 0 ? errno : ENOSPC;
    if (close(fd) != 0 && failed == 0)
        failed = errno;
    if (failed == 0)
        return 0;
    unlink(path);
    return mt_fail(diag, MT_EIO, "%s: cannot be written: %s", path, strerror(failed));
}

static int scaffold(const char *dir, const char *name, char *run_path, char *strategy_path, struct mt_diag *diag)
{
    char folder[PATH_MAX_BYTES], text[TEXT_MAX];
    struct stat st;
    if (strlen(dir) > PATH_MAX_BYTES - 256)
        return mt_fail(diag, MT_EUSAGE, "--dir: the path is too long");
    snprintf(folder, sizeof folder, "%s/strategies", dir);
    snprintf(run_path, PATH_MAX_BYTES, "%.*s/%s.lua", PATH_MAX_BYTES - 128, dir, name);
    snprintf(strategy_path, PATH_MAX_BYTES, "%.*s/%s.lua", PATH_MAX_BYTES - 128, folder, name);
    if (lstat(run_path, &st) == 0)      /* before the strategy is written, so that it is both or none */
        return mt_fail(diag, MT_EEXIST, "%s: is there already and is not overwritten", run_path);
    int rc = make_dir(dir, diag);
    if (rc == 0)
        rc = make_dir(folder, diag);
    if (rc != 0)
        return rc;
    snprintf(text, sizeof text, strategy_text, name);
    rc = write_new(strategy_path, text, diag);
    if (rc != 0)
        return rc;
    snprintf(text, sizeof text, run_text, name, name);
    rc = write_new(run_path, text, diag);
    if (rc != 0)
        unlink(strategy_path);
    return rc;
}

int mt_cmd_new(int argc, char **argv)
{
    struct mt_common common = { .help = false };
    struct mt_opt_list words = { .count = 0 };
    const char *dir = ".";
    const struct mt_opt table[] = {
        { "dir", MT_OPT_TEXT, &dir, "DIR", "where to (default .)", 0, 0, false },
        MT_HOST_OPTIONS(&common),
        { NULL, MT_OPT_FLAG, NULL, NULL, NULL, 0, 0, false },
    };
    struct mt_diag diag = { 0 };
    char run_path[PATH_MAX_BYTES], strategy_path[PATH_MAX_BYTES];
    bool done;
    int code = mt_command_begin(
        "mthost new NAME [--dir DIR]\n  Writes NAME.lua (a run script) and strategies/NAME.lua, which run at "
        "once.",
        table, &common, argc, argv, &words, &done);
    if (done)
        return code;
    if (words.count != 1)
        mt_fail(&diag, MT_EUSAGE, "one NAME");
    if (diag.code != 0 || name_check(words.items[0], &diag) != 0) {
        fprintf(stderr, "mthost: new: %s (mthost new --help shows all)\n", diag.text);
        return MT_EXIT_USAGE;
    }
    int rc = scaffold(dir, words.items[0], run_path, strategy_path, &diag);
    if (rc != 0)
        return rc == MT_EUSAGE ? mt_command_fail(MT_EXIT_USAGE, &diag) : mt_command_fail(MT_EXIT_FAILED, &diag);
    if (common.json) {
        struct mt_buf out;
        mt_buf_init(&out, 64 * PATH_MAX_BYTES);
        mt_json_open(&out, NULL, '{');
        mt_json_text(&out, "script", run_path);
        mt_json_text(&out, "strategy", strategy_path);
        mt_json_close(&out, '}');
        printf("%s\n", mt_buf_text(&out));
        mt_buf_fini(&out);
    } else
        printf("%s\n%s\n\nmthost run %s --for 10m --speed max\n", run_path, strategy_path, run_path);
    return MT_EXIT_DONE;
}
