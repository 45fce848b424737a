#pragma once

#include <string>
#include <utility>
#include <vector>

#include "src/base/result.h"

namespace mullion {

/// The texts of an XML document in their order, each with the names of its elements from the root
/// on: `{"ListPartsResult/Part/ETag", "\"…\""}`. Attributes and namespaces are passed over.
/// @return BadRequest for what is no XML.
Result<std::vector<std::pair<std::string, std::string>>> xmlTexts(const std::string& document);

/// `text` as it may stand in an element.
std::string xmlEscape(const std::string& text);

} // namespace mullion
