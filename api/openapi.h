#pragma once

namespace mullion::api {

/// api/openapi.yaml as JSON text, made while building.
extern const char kOpenApi[];

} // namespace mullion::api
