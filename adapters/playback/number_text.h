/* number_text: how the numbers of a file are written: which sign stands before the decimals, and what between
 * thousands. Decided once from its first rows; what they leave open is asked, never guessed: 46,101 is two prices. */
#ifndef MT_ADAPTERS_PLAYBACK_NUMBER_TEXT_H
#define MT_ADAPTERS_PLAYBACK_NUMBER_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include "adapters/playback/csv.h"

struct mt_number_rule {
    char decimal; /* '.' or ',' */
    char group; /* between thousands, beside blank and apostrophe; 0: nothing said which */
    int8_t fixed; /* prices without a decimal sign count 10^-fixed; 0: they are what they are */
};

/* What the first rows say: fed by mt_number_see. */
enum { MT_NUMBER_EXAMPLE = 24 };
struct mt_numbers_written {
    uint64_t dot, comma; /* numbers whose decimal sign is certain */
    uint64_t open_dot, open_comma; /* one sign, three digits behind it: decimals or a thousand */
    char dot_text[MT_NUMBER_EXAMPLE], comma_text[MT_NUMBER_EXAMPLE], open_text[MT_NUMBER_EXAMPLE];
    uint64_t dot_line, comma_line, open_line;
};
void mt_number_see(struct mt_numbers_written *seen, const struct mt_field *field, uint64_t line);
void mt_numbers_add(struct mt_numbers_written *to, const struct mt_numbers_written *from);
/* `decimal`: of --decimal ("dot", "comma") or NULL. MT_ESYNTAX: it is neither. MT_EREFUSED: the file does not say. */
int mt_number_decide(struct mt_number_rule *out, const struct mt_numbers_written *seen, char separator,
                     const char *decimal, const char *path, struct mt_diag *diag) MT_CHECKED;
int mt_number_check(const char *decimal, struct mt_diag *diag) MT_CHECKED;

/* The number as mt_dec_parse reads it: digits with at most one point, thousands closed up where they are whole
 * groups of three. *out is the field itself when there is nothing to change or no number in it; else it is in buf. */
enum { MT_NUMBER_TEXT = 64 };
void mt_number_plain(const struct mt_number_rule *rule, const struct mt_field *field, char buf[MT_NUMBER_TEXT],
                     struct mt_field *out);
/* The same of a price, without the sign of a currency ("$176.07") and with the rule's fixed decimals; the value that
 * stands for none (2^63 - 1) becomes an empty field. */
void mt_number_price(const struct mt_number_rule *rule, const struct mt_field *field, char buf[MT_NUMBER_TEXT],
                     struct mt_field *out);
/* The same of a size: 12.3K is 12300 (K, M, B, T); what says that none is known ("-", "N/A") becomes an empty field. */
void mt_number_size(const struct mt_number_rule *rule, const struct mt_field *field, char buf[MT_NUMBER_TEXT],
                    struct mt_field *out);

#endif
