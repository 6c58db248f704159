/* Any bytes as a configuration: a tree whose every node has a kind and a key, or a sentence that says what is wrong. What was
 * saved by a script goes through the same gate: any bytes are a value or are refused. */
#include <stddef.h>
#include <stdint.h>
#include "base/hash.h"
#include "script/save.h"
#include "script/script.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void tree_check(const struct mt_conf *table)
{
    for (const struct mt_conf *node = table->child; node != NULL; node = node->next) {
        MT_ASSERT(node->key != NULL);
        MT_ASSERT(mt_conf_get(table, node->key) != NULL);
        MT_ASSERT((node->kind == MT_CONF_TEXT) == (node->text != NULL));
        MT_ASSERT(node->kind == MT_CONF_TABLE || node->child == NULL);
        tree_check(node);
    }
}

/* What can be read is written back, and what was written is read as the same bytes. */
static void save_check(const uint8_t *bytes, size_t size)
{
    lua_State *lua = luaL_newstate();
    struct mt_buf first, second;
    struct mt_diag diag = { 0 };
    MT_ASSERT(lua != NULL);
    mt_buf_init(&first, 1 << 20);
    mt_buf_init(&second, 1 << 20);
    if (mt_save_get(lua, bytes, size) == 0 && mt_save_put(lua, &first, "fuzz", &diag) == 0) {
        MT_ASSERT(mt_save_get(lua, first.data, first.length) == 0);
        MT_ASSERT(mt_save_put(lua, &second, "fuzz", &diag) == 0);
        MT_ASSERT(first.length == second.length);
        MT_ASSERT(mt_hash64(first.data, first.length) == mt_hash64(second.data, second.length));
    }
    mt_buf_fini(&first);
    mt_buf_fini(&second);
    lua_close(lua);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct mt_conf *conf = NULL;
    struct mt_diag diag = { 0 };
    if (size == 0)
        return 0;
    if (bytes[0] & 1) {
        save_check(bytes + 1, size - 1);
        return 0;
    }
    int rc = mt_conf_parse((const char *)bytes + 1, size - 1, "fuzz", &conf, &diag);
    MT_ASSERT((rc == 0) == (conf != NULL));
    MT_ASSERT((rc == 0) == (diag.code == 0));
    if (conf != NULL)
        tree_check(conf);
    mt_conf_free(conf);
    return 0;
}
