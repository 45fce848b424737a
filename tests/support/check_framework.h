#pragma once

#include <string>

#include <check.h>

/// Check's old macro, which breaks the standard's streams if they are included after it.
#undef fail

/// Check's own keeps pointers beyond the statement that they come from: a temporary's text is gone
/// when it compares.
#undef ck_assert_str_eq
#define ck_assert_str_eq(actual, expected)                                                         \
    do {                                                                                           \
        const std::string ckActual(actual);                                                        \
        const std::string ckExpected(expected);                                                    \
        ck_assert_msg(ckActual == ckExpected, "%s is \"%s\", not \"%s\"", #actual,                 \
                      ckActual.c_str(), ckExpected.c_str());                                       \
    } while (false)
