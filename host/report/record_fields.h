/* record_fields: one record of a journal with all its fields by name, as a line for people or as JSON. */
#ifndef MT_REPORT_RECORD_FIELDS_H
#define MT_REPORT_RECORD_FIELDS_H

#include <stdbool.h>
#include "base/buf.h"
#include "core/journal.h"
#include "report/names.h"

/* Appends the line, without its end. Prices and quantities are decimals of the instrument. */
void mt_record_line(const struct mt_names *names, const struct mt_record *record, bool json, struct mt_buf *out);

#endif
