/* lookup_csv: a table from a CSV file of a run folder, for runs that keep no journal. */
#ifndef MT_APP_LOOKUP_CSV_H
#define MT_APP_LOOKUP_CSV_H

#include <stdbool.h>
#include "report/table.h"
#include "base/err.h"

/* FOLDER/NAME.csv is there. */
bool mt_lookup_csv_there(const char *folder, const char *name);
/* Its rows into a table that is set up: the table's columns, found by the names in the first line. MT_EIO when it
 * cannot be read, MT_EREFUSED when a column is missing or a row has too few fields. */
int mt_lookup_csv_read(const char *folder, const char *name, struct mt_table *table, struct mt_diag *diag) MT_CHECKED;
/* Orders stand in the file as they ended, one with a late fill once more: by the number in `column`, the last row of
 * each, as the journal has them. MT_ENOMEM. */
int mt_lookup_csv_by_id(struct mt_table *table, int column) MT_CHECKED;

#endif
