/* control_path: the socket of a run folder by a name that fits into sun_path, however long the folder's path is. */
#ifndef MT_APP_CONTROL_PATH_H
#define MT_APP_CONTROL_PATH_H

enum { MT_CONTROL_PATH = 64 };
/* Opens the folder, and out names the socket through it. Returns the descriptor, which has to stay open as long as
 * the name is used, or -1 with errno. */
int mt_control_path(const char *run_dir, char out[MT_CONTROL_PATH]);

#endif
