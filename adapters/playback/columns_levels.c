#include <string.h>
#include "adapters/playback/columns_levels.h"
#include "adapters/playback/dialects.h"
#include "adapters/playback/names.h"

static bool word_is_any(const struct mt_field *field, const char *words)
{
    struct mt_header_word word;
    if (!mt_header_word(field, &word) || word.name[0] == '\0')
        return false;
    const char *at = strstr(words, word.name);
    return at && (at == words || at[-1] == ' ') && strchr(" ", at[strlen(word.name)]);
}

int mt_levels_read(struct mt_columns *out, struct mt_csv *csv, struct mt_field *first, const char *path,
                   struct mt_diag *diag)
{
    struct mt_csv_line line;
    struct mt_field second[MT_CSV_FIELDS_MAX], third[MT_CSV_FIELDS_MAX];
    const struct mt_levels *levels = mt_levels;
    char symbol[MT_SYMBOL_MAX] = "";
    while (levels->first && !word_is_any(first, levels->first))
        levels++;
    if (!levels->first)
        return 0;
    mt_csv_skip(csv, out->first_line);
    int err = mt_csv_rewind(csv, diag);
    if (err != 0)
        return err;
    if (mt_csv_next(csv, &line, NULL) != 1 || line.too_long
        || mt_csv_split(line.text, line.length, out->separator, second) != out->count
        || !word_is_any(&second[0], levels->second))
        return 0;
    for (int i = 1; i < out->count; i++) {
        if (!mt_name_is_symbol(second[i].text, second[i].length))
            continue;
        if (symbol[0] != '\0' && (strlen(symbol) != second[i].length
                                  || memcmp(symbol, second[i].text, second[i].length) != 0))
            return mt_fail(diag, MT_EREFUSED,
                           "%s: line %llu names several symbols (%s, %.*s): write a file for each of them", path,
                           (unsigned long long)line.number, symbol, (int)second[i].length, second[i].text);
        memcpy(symbol, second[i].text, second[i].length);
        symbol[second[i].length] = '\0';
    }
    if (mt_csv_next(csv, &line, NULL) != 1 || line.too_long
        || mt_csv_split(line.text, line.length, out->separator, third) != out->count
        || !word_is_any(&third[0], levels->thirds))
        return 0;
    *first = (struct mt_field){ "date", strlen("date") };
    memcpy(out->symbol, symbol, sizeof symbol);
    out->first_line = line.number + 1;
    return 0;
}
