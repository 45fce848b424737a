#pragma once

#include <check.h>

/// Check's old macro, which breaks the standard's streams if they are included after it.
#undef fail
