/* exit_code: how a process ends; docs/troubleshooting.md says what each of them means for people. */
#ifndef MT_APP_EXIT_CODE_H
#define MT_APP_EXIT_CODE_H

enum mt_exit_code {
    MT_EXIT_DONE = 0, MT_EXIT_FAILED = 1, MT_EXIT_USAGE = 2, MT_EXIT_REFUSED = 3, MT_EXIT_DIFFERS = 4,
    MT_EXIT_RISK = 5, MT_EXIT_VENUE = 6, MT_EXIT_JOURNAL = 7, MT_EXIT_SCRIPT = 8, MT_EXIT_SELF_CHECK = 9,
};


/* The exit code that fits an enum mt_err when nothing more is known. */
int mt_exit_of(int err);

#endif
