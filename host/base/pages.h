/* pages: large zeroed memory for tables that are filled from one end to the other. Where the system has pages of two
 * megabytes to give, one fault brings such a page: faults of four kilobytes each cost a run with many orders a seventh
 * of its time. */
#ifndef MT_BASE_PAGES_H
#define MT_BASE_PAGES_H

#include <stddef.h>

/* Zeroed, aligned to 2 MiB; takes address space up to the next 2 MiB, memory only where it is touched. NULL: none. */
void *mt_pages_new(size_t bytes);
/* The same bytes; NULL is allowed. */
void mt_pages_free(void *pages, size_t bytes);

#endif
