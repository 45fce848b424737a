#pragma once

#include <memory>
#include <string>

#include "src/store/remote_store.h"

namespace mullion {

/// Puts a journal at `path` before a store that can be away: put() succeeds then as well, once the
/// changes are in the file, and they are replayed in order when the store is back.
/// @return as Journal::open().
Result<std::unique_ptr<Store>> openJournaledStore(std::unique_ptr<RemoteStore> inner,
                                                  const std::string& path);

} // namespace mullion
