#pragma once

#include <string>

#include "pipelines/mix/picture.h"
#include "src/base/result.h"

namespace mullion {

/// The picture as a JPEG (JFIF: BT.601, full range, 4:2:0), `width` pixels wide and as high as its
/// shape says; a smaller picture is not enlarged. 0: as it is. @return Internal.
Result<std::string> encodeJpeg(const ConstPlanes& picture, int width);

} // namespace mullion
