/* The configuration: .env, then mthost.conf.lua as data, then defaults for what nobody said. */
#include "app/config_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char default_file[] = "./mthost.conf.lua";

bool mt_config_match(const char *pattern, const char *name)
{
    const char *star = NULL, *retry = NULL;
    while (*name) {
        if (*pattern == '*') {
            star = pattern++;
            retry = name;
        } else if (*pattern == *name) {
            pattern++;
            name++;
        } else if (star) {
            pattern = star + 1;
            name = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

static bool account_name_ok(const char *name)
{
    static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/-";
    size_t length = strlen(name);
    return length > 0 && length < MT_ACCOUNT_NAME_MAX && strspn(name, good) == length;
}

static bool currency_ok(const char *name)
{
    return name[0] && strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") == strlen(name);
}

static int read_accounts(const struct mt_config_reader *reader, const struct mt_conf *node)
{
    struct mt_config *config = reader->config;
    int rc = mt_config_table(reader, node, "");
    if (rc != 0)
        return rc;
    size_t count = 0;
    for (const struct mt_conf *child = node->child; child; child = child->next)
        count++;
    if (count > MT_ACCOUNTS_MAX)
        return mt_config_fail(reader, node, "", "more than %d accounts", MT_ACCOUNTS_MAX);
    config->accounts = calloc(count + 1, sizeof *config->accounts);
    if (!config->accounts)
        return mt_fail(reader->diag, MT_ENOMEM, "%s: no memory", reader->file);
    for (const struct mt_conf *child = node->child; child; child = child->next) {
        struct mt_config_account *account = &config->accounts[config->account_count];
        if (!account_name_ok(child->key))
            return mt_config_fail(
                reader, child, "accounts",
                "an account is named by up to 63 letters, digits and . _ / -, like [\"desk/01\"] = { … }");
        account->maker_rate = account->taker_rate = -1;
        rc = mt_config_read(reader, mt_config_account_options, child, "accounts", account);
        if (rc != 0)
            return rc;
        const struct mt_conf *currency = mt_conf_get(child, "currency");
        if (currency && !currency_ok(account->currency))
            return mt_config_fail(reader, currency, "accounts", "'%s' is no currency: letters and digits, like "
                                  "\"USDT\"", account->currency);
        snprintf(account->name, sizeof account->name, "%s", child->key);
        config->account_count++;
    }
    return 0;
}

static int read_sections(const struct mt_config_reader *reader, const struct mt_conf *root)
{
    /* Limits come last: their patterns are held against the accounts. */
    static const struct {
        const char *name;
        int (*read)(const struct mt_config_reader *reader, const struct mt_conf *node);
    } sections[] = {
        { "accounts", read_accounts },
        { "instruments", mt_config_read_instruments },
        { "rates", mt_config_read_rates },
        { "limits", mt_config_read_limits },
    };
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof sections / sizeof sections[0]; i++) {
        const struct mt_conf *node = mt_conf_get(root, sections[i].name);
        if (node)
            rc = sections[i].read(reader, node);
    }
    return rc;
}

static int read_root(const struct mt_config_reader *reader, const struct mt_conf *root)
{
    struct mt_config *config = reader->config;
    struct mt_config_top top = { 0 };
    struct mt_conf nameless = *root;
    nameless.key = "";
    int rc = mt_config_read(reader, mt_config_top_options, &nameless, "", &top);
    if (rc != 0)
        return rc;
    config->live = top.mode == 1;
    config->durability = (enum mt_journal_policy)top.durability;
    config->disk_floor_bytes = (uint64_t)top.disk_floor_mb << 20;
    memcpy(config->log_level, top.log_level, sizeof config->log_level);
    return read_sections(reader, root);
}

static void folder_of(const char *path, char *out, size_t size)
{
    const char *slash = strrchr(path, '/');
    if (slash)
        snprintf(out, size, "%.*s", (int)(slash - path + 1), path);
    else
        snprintf(out, size, "./");
}

/* Not every error of the evaluation knows where it happened (an endless loop). */
static int load_tree(const char *file, struct mt_conf **root, struct mt_diag *diag)
{
    struct mt_diag why = { 0 };
    int rc = mt_conf_load(file, root, &why);
    if (rc == MT_EIO)               /* unreadable, a folder, a pipe: the configuration is refused */
        rc = MT_EREFUSED;
    if (rc != 0)
        mt_fail(diag, rc, "%s%s%s", strstr(why.text, file) ? "" : file, strstr(why.text, file) ? "" : ": ", why.text);
    return rc;
}

int mt_config_load(struct mt_config **out, const char *path, struct mt_diag *diag)
{
    *out = NULL;
    struct mt_config *config = calloc(1, sizeof *config);
    if (!config)
        return mt_fail(diag, MT_ENOMEM, "configuration: no memory");
    const char *file = path ? path : default_file;
    char folder[sizeof config->path];
    int rc = 0;
    if (strlen(file) >= sizeof config->path)
        rc = mt_fail(diag, MT_EREFUSED, "%.100s…: the path is too long", file);
    if (rc == 0) {
        folder_of(file, folder, sizeof folder);
        rc = mt_config_read_env(folder, diag);
    }
    if (rc == 0 && (path || access(file, F_OK) == 0)) {
        struct mt_config_reader reader = { config, file, diag };
        struct mt_conf *root = NULL;
        memcpy(config->path, file, strlen(file) + 1);
        rc = load_tree(file, &root, diag);
        if (rc == 0 && !root->child && !root->returned)
            rc = mt_fail(diag, MT_EREFUSED, "%s:1: the file is empty: it would guard nothing; remove it, or say "
                         "`return {}` when that is meant", file);
        if (rc == 0)
            rc = read_root(&reader, root);
        mt_conf_free(root);
    }
    if (rc != 0) {
        mt_config_free(config);
        return rc;
    }
    *out = config;
    return 0;
}

void mt_config_free(struct mt_config *config)
{
    if (!config)
        return;
    for (size_t i = 0; i < config->scope_count; i++) {
        free(config->scope_names[i].group);
        free(config->scope_names[i].allow);
    }
    mt_config_scopes_free(config->scopes, config->scope_count);
    free(config->scope_names);
    free(config->accounts);
    free(config->instruments);
    free(config);
}
