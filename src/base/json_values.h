#pragma once

// What json.h only names: JSON values themselves.
#include <nlohmann/json.hpp> // IWYU pragma: export

#include "src/base/json.h" // IWYU pragma: export
