#include <string.h>
#include "adapters/playback/date_text.h"
#include "adapters/playback/window.h"
#include "base/clock.h"

static bool is_relative(const char *text)
{
    return text && text[0] == '-';
}

bool mt_window_is_relative(const struct mt_data_options *options)
{
    return is_relative(options->from) || is_relative(options->to);
}

static int bound_read(const char *option, const char *text, const struct mt_zone *zone, int64_t last_ns, int64_t *out,
                      struct mt_diag *diag)
{
    struct mt_moment moment;
    int64_t distance;
    if (!text)
        return 0;
    if (is_relative(text) && mt_duration_parse(text + 1, strlen(text + 1), &distance) == 0) {
        if (__builtin_sub_overflow(last_ns, distance, out))
            *out = INT64_MIN + 1;               /* before all data; INT64_MIN is no bound at all */
        return 0;
    }
    if (mt_moment_read(text, strlen(text), MT_DATES_YMD, &moment) == 0) {
        *out = zone && !moment.has_offset ? mt_zone_from_local(zone, moment.ns, INT64_MIN) : moment.ns;
        return 0;
    }
    return mt_fail(diag, MT_ESYNTAX,
                   "%s %s: is no time: expected 2024-03-04, 2024-03-04T09:00:00Z, or -30d (before the end of "
                   "the data)",
                   option, text);
}

int mt_window_decide(struct mt_window *out, const struct mt_data_options *options, int64_t last_ns,
                     struct mt_diag *diag)
{
    const struct mt_zone *zone = NULL;
    *out = MT_WINDOW_ALL;
    if (!options->from && !options->to)
        return 0;
    int err = options->zone ? mt_zone_load(options->zone, &zone, diag) : 0;
    if (err == 0)
        err = bound_read("--from", options->from, zone, last_ns, &out->from_ns, diag);
    if (err == 0)
        err = bound_read("--to", options->to, zone, last_ns, &out->to_ns, diag);
    if (err == 0 && out->from_ns >= out->to_ns)
        err = mt_fail(diag, MT_EREFUSED,
                      "--from %s --to %s: nothing lies between them: --to is the first time that does not "
                      "count",
                      options->from, options->to);
    return err;
}

int mt_window_check(const struct mt_data_options *options, struct mt_diag *diag)
{
    struct mt_window window;
    bool mixed = options->from && options->to && is_relative(options->from) != is_relative(options->to);
    struct mt_data_options one = *options;
    const int64_t some_day_ns = INT64_C(4000000000) * MT_NS_PER_S;
    if (!mixed)
        return mt_window_decide(&window, options, some_day_ns, diag);
    one.to = NULL; /* which of them is first is not known before the data are */
    int err = mt_window_decide(&window, &one, some_day_ns, diag);
    one.from = NULL;
    one.to = options->to;
    return err == 0 ? mt_window_decide(&window, &one, some_day_ns, diag) : err;
}
