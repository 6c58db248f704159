/* version: the version of the program, the same as in CMakeLists.txt (a test compares). */
#ifndef MT_APP_VERSION_H
#define MT_APP_VERSION_H

extern const char mt_version[];

#endif
