#pragma once

#include <string>

#include <sqlite3.h>

#include "src/base/result.h"

namespace mullion {

/// Makes the tables, or brings those of an earlier program up to date, keeping what they hold.
/// @return Conflict where a newer program wrote them.
Result<void> prepareSqliteSchema(sqlite3* database, const std::string& path);

} // namespace mullion
