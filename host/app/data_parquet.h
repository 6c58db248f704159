/* data_parquet: Parquet files for data import. A library of somebody else's reads them: scripts/parquet_to_csv.py,
 * run by python3 with pyarrow or duckdb, writes each as CSV into a folder that is removed behind the import. */
#ifndef MT_APP_DATA_PARQUET_H
#define MT_APP_DATA_PARQUET_H

#include "base/err.h"
#include "base/opt.h"

struct mt_data_parquet { char dir[64]; char *paths[MT_OPT_LIST_MAX]; size_t count; };

/* Puts the CSV of each Parquet file of the list in its place; other files stay. MT_EREFUSED: nothing here can read
 * Parquet, or not that file. Close it in any case. */
int mt_data_parquet_take(struct mt_data_parquet *parquet, struct mt_opt_list *files, struct mt_diag *diag) MT_CHECKED;
void mt_data_parquet_close(struct mt_data_parquet *parquet);

#endif
