#include "model/code.h"

#include <stddef.h>

const char *mt_code_name(int32_t code)
{
    switch (code) {
#define NAME_CASE(name, number, text) case number: return #name;
    MT_CODES(NAME_CASE)
#undef NAME_CASE
    default: return "?";
    }
}

const char *mt_code_text(int32_t code)
{
    switch (code) {
#define TEXT_CASE(name, number, text) case number: return text;
    MT_CODES(TEXT_CASE)
#undef TEXT_CASE
    default: return "";
    }
}

const char *mt_ask_name(int32_t ask)
{
    static const char *const names[] = { "timer", "signal", "protect", "target" };
    return ask >= 0 && (size_t)ask < sizeof names / sizeof *names ? names[ask] : "?";
}

const char *mt_verdict_name(int32_t verdict)
{
    static const char *const names[] = { "?", "sent", "vetoed", "denied", "expired", "no_size", "partial" };
    return verdict > 0 && (size_t)verdict < sizeof names / sizeof *names ? names[verdict] : names[0];
}
