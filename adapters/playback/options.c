/* Options that are wrong by themselves, whatever the files hold. */
#include <string.h>
#include "adapters/playback/columns.h"
#include "adapters/playback/names.h"
#include "adapters/playback/row_time.h"
#include "adapters/playback/window.h"

static int symbols_check(const struct mt_data_options *options, struct mt_diag *diag)
{
    for (size_t i = 0; i < options->symbol_count; i++)
        if (!mt_name_is_symbol(options->symbols[i], strlen(options->symbols[i])))
            return mt_fail(diag, MT_EUSAGE,
                           "--symbols: \"%s\" is no symbol: 1 to 31 of A-Z a-z 0-9 . _ / -",
                           options->symbols[i]);
    return 0;
}

/* Over an instrument as it is inferred when nothing is known. */
static int instrument_check(const char *text, struct mt_diag *diag)
{
    enum { DECIMALS = 2 };
    struct mt_instrument instrument;
    struct mt_diag why = { 0 };
    mt_instrument_infer("X", DECIMALS, "USD", &instrument);
    if (!text || mt_instrument_parse(text, &instrument, &why) == 0)
        return 0;
    return mt_fail(diag, MT_EUSAGE, "--instrument %s: %s", text, why.text);
}

int mt_data_options_check(const struct mt_data_options *options, struct mt_diag *diag)
{
    struct mt_diag why = { 0 };
    struct mt_instrument like;
    if (options->format == MT_DATA_RAW)
        return mt_fail(diag, MT_EUSAGE, "--format raw: raw recordings are not built yet");
    if (options->columns && mt_columns_check(options->columns, &why) != 0)
        return mt_fail(diag, MT_EUSAGE, "%s", why.text);
    const struct mt_time_said said = { .unit = options->time_unit, .date = options->date, .dates = options->dates };
    if (mt_row_time_check(&said, &why) != 0 || mt_number_check(options->decimal, &why) != 0)
        return mt_fail(diag, MT_EUSAGE, "%s", why.text);
    const struct mt_zone *zone;
    if (options->zone && mt_zone_load(options->zone, &zone, &why) != 0)
        return mt_fail(diag, MT_EUSAGE, "--tz %s: %s", options->zone, why.text);
    if (mt_window_check(options, &why) != 0)
        return mt_fail(diag, MT_EUSAGE, "%s", why.text);
    if (options->like && mt_instrument_builtin(options->like, &like) != 0)
        return mt_fail(diag, MT_EUSAGE, "--like %s: no such instrument is built in", options->like);
    int err = instrument_check(options->instrument, diag);
    return err != 0 ? err : symbols_check(options, diag);
}
