#pragma once

#include <string>
#include <vector>

#include "src/base/result.h"

namespace mullion {

/// A TLS certificate that nobody vouches for, and its key, as PEM files.
struct CertificateFiles {
    std::string certificate;
    std::string key;
};

/// The certificate in `folder`, which is made for these names and addresses, `localhost` and those
/// of the machine's interfaces where there is none or it ends within a month. Browsers give
/// cameras to pages of https alone; for a trial in a LAN people accept it once.
/// @return Unavailable.
Result<CertificateFiles> loadOrCreateSelfSigned(const std::string& folder,
                                                const std::vector<std::string>& names);

} // namespace mullion
