/* save: Lua values as canonical bytes: keys sorted (numbers ascending, texts by bytes, false,
 * true), numbers as raw doubles, little endian. Equal values give equal bytes, in every process. */
#ifndef MT_SCRIPT_SAVE_H
#define MT_SCRIPT_SAVE_H

#include <lauxlib.h>
#include <lua.h>
#include "base/buf.h"
#include "base/err.h"

enum { MT_SAVE_DEPTH_MAX = 32 };

/* Append the value at the top of the stack. Neither pops nor raises nor allocates in Lua.
 * MT_EREFUSED with the path of the field, from root on, that is a function, cdata, userdata or
 * thread, has a key of another kind, nests too deep or contains itself; MT_ENOMEM when the buffer's
 * maximum is reached. */
int mt_save_put(lua_State *lua, struct mt_buf *out, const char *root, struct mt_diag *diag) MT_CHECKED;
/* Push the value. MT_ECORRUPT for bytes that mt_save_put cannot have written. Allocates in Lua:
 * call it protected. */
int mt_save_get(lua_State *lua, const void *data, size_t length) MT_CHECKED;

#endif
