/* SPDX-License-Identifier: Apache-2.0 */
/* Included by the build before every file: calls that have no place here do not compile. */
#ifndef CASELINE_BASE_BANNED_H
#define CASELINE_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strtok gmtime localtime atoi atol gets system popen

#endif
