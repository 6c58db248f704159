#include "app/session_data.h"

#include <stdio.h>
#include <string.h>

static const char *const format_names[] = { "auto", "bars", "quotes", "trades", "raw", "store" };

const char *mt_data_format_name(enum mt_data_format format)
{
    return format == MT_DATA_AUTO ? NULL : format_names[format];
}

static int parse_format(const char *name, enum mt_data_format *out, struct mt_diag *diag)
{
    *out = MT_DATA_AUTO;
    for (size_t i = 0; name && i < sizeof format_names / sizeof format_names[0]; i++)
        if (strcmp(format_names[i], name) == 0) {
            *out = (enum mt_data_format)i;
            return 0;
        }
    return name ? mt_fail(diag, MT_EUSAGE, "--format: '%s' is none of bars quotes trades raw store", name) : 0;
}

int mt_data_said(struct mt_data_options *out, const struct mt_session_options *options, const struct mt_config *config,
                 struct mt_diag *diag)
{
    bool named = config->account_count > 0 && config->accounts[0].currency[0];
    *out = options->data;
    out->files = options->files.items;
    out->file_count = options->files.count;
    out->symbols = options->symbols.count ? options->symbols.items : NULL;
    out->symbol_count = options->symbols.count;
    out->configured = config->instruments;
    out->configured_count = config->instrument_count;
    out->account_currency = named ? config->accounts[0].currency : "USD";
    return parse_format(options->format, &out->format, diag);
}

int mt_data_open_files(struct mt_data **out, const struct mt_session_options *options, const struct mt_config *config,
                       bool inspect, struct mt_diag *diag)
{
    struct mt_data_options data;
    if (options->files.count == 0)
        return mt_fail(diag, MT_EUSAGE, "which? FILE…");
    int rc = mt_data_said(&data, options, config, diag);
    data.inspect = inspect;
    if (rc == 0)
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
