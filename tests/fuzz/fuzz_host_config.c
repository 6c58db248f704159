/* Any bytes as mthost.conf.lua, through all of its options: a configuration whose numbers are within their ranges
 * and whose scopes the risk engine takes, or a sentence. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "app/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void scopes_check(const struct mt_config *config)
{
    static const struct mt_account_setup accounts[] = {
        { .name = "sim", .currency = "USD", .cash = 100, .leverage = 1 },
        { .name = "a", .currency = "USD", .leverage = 1 },
    };
    static struct mt_instrument instruments[2];
    struct mt_scope_setup *scopes;
    struct mt_ledger ledger;
    struct mt_risk *risk;
    struct mt_diag diag = { 0 };
    size_t count;
    MT_ASSERT(mt_instrument_builtin("EURUSD", &instruments[0]) == 0);
    MT_ASSERT(mt_instrument_builtin("binance:BTCUSDT", &instruments[1]) == 0);
    MT_ASSERT(mt_config_scopes(config, accounts, 2, instruments, 2, &scopes, &count, &diag) == 0);
    MT_ASSERT(mt_ledger_init(&ledger, instruments, 2, accounts, 2, &diag) == 0);
    MT_ASSERT(mt_risk_new(&risk, &ledger, scopes, count, &diag) == 0);
    mt_risk_free(risk);
    mt_ledger_fini(&ledger);
    mt_config_scopes_free(scopes, count);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct mt_config *config = NULL;
    struct mt_diag diag = { 0 };
    char path[64];
    int fd = memfd_create("conf", MFD_CLOEXEC);
    MT_ASSERT(fd >= 0);
    MT_ASSERT(write(fd, bytes, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int rc = mt_config_load(&config, path, &diag);
    close(fd);
    MT_ASSERT((rc == 0) == (config != NULL));
    MT_ASSERT((rc == 0) == (diag.code == 0));
    if (config == NULL)
        return 0;
    for (size_t i = 0; i < config->account_count; i++) {
        MT_ASSERT(config->accounts[i].leverage >= 1);
        MT_ASSERT(config->accounts[i].cash >= 0);
    }
    for (size_t i = 0; i < config->instrument_count; i++)
        MT_ASSERT(mt_instrument_check(&config->instruments[i], &diag) == 0);
    scopes_check(config);
    mt_config_free(config);
    return 0;
}
