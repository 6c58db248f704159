/* version: what this binary is. */
#include <stdio.h>

#include "app/command.h"
#include "app/version.h"
#include "base/buf.h"

const char mt_version[] = "0.1.0";

#if defined(__clang__)
static const char compiler[] = "clang " __clang_version__;
#else
static const char compiler[] = "gcc " __VERSION__;
#endif

int mt_cmd_version(int argc, char **argv)
{
    struct mt_common common = { 0 };
    struct mt_opt_list words = { 0 };
    const struct mt_opt table[] = { MT_HOST_OPTIONS(&common), { 0 } };
    bool done;
    int code = mt_command_begin("mthost version", table, &common, argc, argv, &words, &done);
    if (done)
        return code;
    if (words.count > 0) {
        struct mt_diag diag = { 0 };
        mt_fail(&diag, MT_EUSAGE, "version: %s: not expected", words.items[0]);
        return mt_command_fail(MT_EXIT_USAGE, &diag);
    }
    if (!common.json) {
        printf("mthost %s (%s)\n", mt_version, compiler);
        return MT_EXIT_DONE;
    }
    struct mt_buf out;
    mt_buf_init(&out, 4096);
    mt_json_open(&out, NULL, '{');
    mt_json_text(&out, "version", mt_version);
    mt_json_text(&out, "compiler", compiler);
    mt_json_close(&out, '}');
    puts(mt_buf_text(&out));
    mt_buf_fini(&out);
    return MT_EXIT_DONE;
}
