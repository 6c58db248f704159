/* view: abi.h for C. abi.h itself has no includes, because the same text is given to ffi.cdef. */
#ifndef MT_MODEL_VIEW_H
#define MT_MODEL_VIEW_H

#include <stdbool.h>
#include <stdint.h>
#include "model/abi.h"

#endif
