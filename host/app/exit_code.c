#include "app/exit_code.h"

#include "base/err.h"

int mt_exit_of(int err)
{
    switch (err) {
    case 0: return MT_EXIT_DONE;
    case MT_EUSAGE: return MT_EXIT_USAGE;
    case MT_EREFUSED: case MT_ESCRIPT: case MT_ESYNTAX: case MT_ENOTFOUND: case MT_ERANGE: case MT_EINEXACT:
        return MT_EXIT_REFUSED;
    case MT_EDIFF: return MT_EXIT_DIFFERS;
    case MT_ECORRUPT: case MT_EFULL: case MT_EBUSY: return MT_EXIT_JOURNAL;
    default: return MT_EXIT_FAILED;
    }
}
