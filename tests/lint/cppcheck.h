/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What cppcheck must know of system headers, which it does not read.
 */
#pragma once

#define json_array_foreach(array, index, value)                                                    \
	for (index = 0; index < json_array_size(array); value = json_array_get(array, index++))
