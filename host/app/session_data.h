/* session_data: what the options of a session say about files, as an open source; what was wrong with their rows. */
#ifndef MT_APP_SESSION_DATA_H
#define MT_APP_SESSION_DATA_H

#include "adapters/playback/playback.h"
#include "app/config.h"
#include "app/session.h"

/* What the options and the configuration say of the data, borrowed from both. MT_EUSAGE: an unknown format. */
int mt_data_said(struct mt_data_options *out, const struct mt_session_options *options, const struct mt_config *config,
                 struct mt_diag *diag) MT_CHECKED;
/* "bars" and so on; MT_DATA_AUTO: NULL. */
const char *mt_data_format_name(enum mt_data_format format);
/* options->files with the other options of the data; instruments and the currency of config. `inspect`: as in
 * mt_data_options. MT_EUSAGE without a file or with an unknown format, else what mt_data_open says. */
int mt_data_open_files(struct mt_data **out, const struct mt_session_options *options, const struct mt_config *config,
                       bool inspect, struct mt_diag *diag) MT_CHECKED;
/* Bad rows and rounded sizes on stderr: never silent. With `notes` also what was concluded about each file. */
void mt_data_tell_rows(const struct mt_data *data, bool notes);

#endif
