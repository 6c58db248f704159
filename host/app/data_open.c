#include "app/data_open.h"

#include <stdio.h>
#include <string.h>

static int parse_format(const char *name, enum mt_data_format *out, struct mt_diag *diag)
{
    static const char *const names[] = { "auto", "bars", "quotes", "trades", "raw", "store" };
    *out = MT_DATA_AUTO;
    for (size_t i = 0; name && i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0) {
            *out = (enum mt_data_format)i;
            return 0;
        }
    return name ? mt_fail(diag, MT_EUSAGE, "--format: '%s' is none of bars quotes trades raw store", name) : 0;
}

int mt_data_open_files(struct mt_data **out, const struct mt_session_options *options, const struct mt_config *config,
                       bool inspect, struct mt_diag *diag)
{
    enum mt_data_format format;
    if (options->files.count == 0)
        return mt_fail(diag, MT_EUSAGE, "which? FILE…");
    int rc = parse_format(options->format, &format, diag);
    if (rc != 0)
        return rc;
    bool named = config->account_count > 0 && config->accounts[0].currency[0];
    struct mt_data_options data = {
        .files = options->files.items,
        .file_count = options->files.count,
        .format = format,
        .columns = options->columns,
        .time_unit = options->time_unit,
        .date = options->date,
        .dates = options->dates,
        .decimal = options->decimal,
        .from = options->from,
        .to = options->to,
        .zone = options->zone,
        .symbols = options->symbols.count ? options->symbols.items : NULL,
        .symbol_count = options->symbols.count,
        .instrument = options->instrument,
        .like = options->like,
        .configured = config->instruments,
        .configured_count = config->instrument_count,
        .account_currency = named ? config->accounts[0].currency : "USD",
        .strict = options->strict,
        .merge = options->merge,
        .inspect = inspect,
    };
    rc = mt_data_options_check(&data, diag);
    return rc == 0 ? mt_data_open(out, &data, diag) : rc;
}

void mt_data_tell_rows(const struct mt_data *data, bool notes)
{
    size_t count;
    const struct mt_data_file *files = mt_data_files(data, &count);
    for (size_t i = 0; i < count; i++) {
        if (notes && files[i].note[0])
            fprintf(stderr, "mthost: data: %s: %s\n", files[i].path, files[i].note);
        if (files[i].bad > 0)
            fprintf(stderr, "mthost: data: %s: %llu bad rows left out, the first: %s\n", files[i].path,
                    (unsigned long long)files[i].bad, files[i].bad_first);
        if (files[i].rounded > 0)
            fprintf(stderr, "mthost: data: %s: %llu sizes taken to the nearest unit, the first: %s\n", files[i].path,
                    (unsigned long long)files[i].rounded, files[i].rounded_first);
    }
}
