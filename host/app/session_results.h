/* session_results: the results of a session: what they must know of it. */
#ifndef MT_APP_SESSION_RESULTS_H
#define MT_APP_SESSION_RESULTS_H

#include "report/results.h"
#include "app/session.h"

/* The session is prepared and outlives them. As mt_results_new. */
int mt_session_results(struct mt_results **out, struct mt_session *session, const struct mt_results_options *options,
                       struct mt_diag *diag) MT_CHECKED;
/* The exit code of a run that ended so. */
int mt_exit_of_end(enum mt_results_end end);

#endif
