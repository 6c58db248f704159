#ifndef MT_SCRIPT_TABLE_H
#define MT_SCRIPT_TABLE_H

#include <lauxlib.h>
#include <lua.h>
#include "base/buf.h"
#include "base/err.h"

/* Push an array of rows read from CSV text. names, kinds: stack indices of two lists of the same
 * length; a kind is "time" (ISO-8601 or epoch; becomes seconds), "number" or "text". MT_ESYNTAX
 * with "FILE:LINE: …"; then what was pushed is void. Allocates in the Lua state: call it protected.
 */
int mt_table_push(lua_State *lua, const char *name, const char *text, size_t length, int names, int kinds,
    struct mt_diag *diag) MT_CHECKED;

#endif
