/* What run and backtest do alike before there is a session. */
#include "app/session_options.h"

#include <string.h>

#include "base/log.h"

/* The two currencies that a fixed rate or an instrument converts between; false past the last. */
static bool pair_at(const struct mt_session_plan *plan, size_t i, const char **base, const char **quote)
{
    if (i < plan->rate_count) {
        *base = plan->rates[i].base;
        *quote = plan->rates[i].quote;
        return true;
    }
    i -= plan->rate_count;
    if (i >= plan->instrument_count)
        return false;
    *base = plan->instruments[i].base;
    *quote = plan->instruments[i].quote;
    return true;
}

/* Whether there can be a rate: a pair, or two over a third currency. */
static bool convertible(const struct mt_session_plan *plan, const char *from, const char *to, bool one_step)
{
    const char *base, *quote;
    if (strcmp(from, to) == 0)
        return true;
    for (size_t i = 0; pair_at(plan, i, &base, &quote); i++) {
        const char *other = strcmp(base, from) == 0 ? quote : strcmp(quote, from) == 0 ? base : "";
        if (other[0] && (strcmp(other, to) == 0 || (!one_step && convertible(plan, other, to, true))))
            return true;
    }
    return false;
}

static void warn_of_rates(const struct mt_session *session)
{
    const struct mt_session_plan *plan = session->plan;
    for (size_t b = 0; b < session->binding_count; b++)
        for (uint16_t y = 0; y < plan->instrument_count; y++) {
            const struct mt_plan_account *account = &plan->accounts[session->bindings[b].account];
            const struct mt_instrument *instrument = &plan->instruments[y];
            if (!convertible(plan, instrument->quote, account->currency, false))
                mt_log(MT_LOG_WARNING, "run", NULL,
                       "%s is paid in %s, account %s is in %s, and nothing gives a rate between them: its orders will "
                       "be denied (RATE_MISSING); say rates in the configuration, or trade a symbol of the two as well",
                       instrument->symbol, instrument->quote, account->name, account->currency);
        }
}

void mt_session_warn(const struct mt_session *session)
{
    const char *line = mt_script_never_called(session->script);
    warn_of_rates(session);
    for (size_t length; (length = strcspn(line, "\n")) > 0; line += length + (line[length] == '\n'))
        mt_log(MT_LOG_WARNING, "script", NULL, "%.*s", (int)length, line);
}
