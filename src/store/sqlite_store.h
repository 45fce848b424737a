#pragma once

#include <memory>

#include "src/store/store.h"

namespace mullion {

/// Opens or creates the embedded store, one file at `path`; newer calls find it as they left it.
/// @return Unavailable where the file cannot be opened, Conflict where a newer program wrote it.
Result<std::unique_ptr<Store>> openSqliteStore(const std::string& path);

} // namespace mullion
