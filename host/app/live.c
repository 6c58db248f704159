/* Which of the live switches are set. A switch that is overlooked would either trade real money or quietly not. */
#include "app/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct switches { char *missing; size_t size, used; };

static void miss(struct switches *s, const char *what, const char *name)
{
    if (s->used < s->size)
        s->used += (size_t)snprintf(s->missing + s->used, s->size - s->used, "%s%s%s", s->used > 0 ? "; " : "", what,
                                    name);
}

/* "NAME", or "PATTERN=COUNT": a pattern alone could arm more accounts than were meant. */
static int piece_read(char *piece, int64_t *count, struct mt_diag *diag)
{
    char *equals = strrchr(piece, '=');
    *count = 1;
    if (equals) {
        *equals = '\0';
        if (mt_dec_parse(equals + 1, strlen(equals + 1), 0, count) != 0 || *count < 1)
            return mt_fail(diag, MT_EUSAGE, "--live: '%s': expected %s=COUNT with how many accounts it means",
                           equals + 1, piece);
    } else if (strchr(piece, '*'))
        return mt_fail(diag, MT_EUSAGE, "--live %s: say %s=COUNT with how many accounts it means", piece, piece);
    return piece[0] ? 0 : mt_fail(diag, MT_EUSAGE, "--live: an account without a name");
}

static int piece_check(const struct mt_config *config, char *piece, struct switches *s, struct mt_diag *diag)
{
    char text[MT_ACCOUNT_NAME_MAX + 80];
    int64_t wanted, found = 0;
    int rc = piece_read(piece, &wanted, diag);
    for (size_t i = 0; rc == 0 && i < config->account_count; i++) {
        const struct mt_config_account *account = &config->accounts[i];
        if (!mt_config_match(piece, account->name))
            continue;
        found++;
        if (!account->live)
            miss(s, "live = true on account ", account->name);
    }
    if (rc == 0 && found != wanted) {
        snprintf(text, sizeof text, "%.64s means %lld of the configured accounts, not %lld", piece, (long long)found,
                 (long long)wanted);
        miss(s, "--live ", text);
    }
    return rc;
}

int mt_live_switches(const struct mt_config *config, const char *asked, char *missing, size_t size, bool *armed,
                     struct mt_diag *diag)
{
    struct switches s = { missing, size, 0 };
    const char *enabled = getenv("TRADING_ENABLED");
    bool environment = enabled && strcmp(enabled, "true") == 0;
    missing[0] = '\0';
    *armed = false;
    if (!config->live && !environment && !asked)
        return 0;
    if (!config->live)
        miss(&s, "mode = \"live\" in the configuration", "");
    if (!environment)
        miss(&s, "TRADING_ENABLED=true in the environment", "");
    if (!asked) {
        miss(&s, "--live ACCOUNT on the command line", "");
        return 0;
    }
    char *pieces = strdup(asked), *rest = pieces;
    int rc = pieces ? 0 : mt_fail(diag, MT_ENOMEM, "--live: no memory");
    while (rc == 0 && rest)
        rc = piece_check(config, strsep(&rest, ","), &s, diag);
    free(pieces);
    *armed = rc == 0 && s.used == 0;
    return rc;
}
