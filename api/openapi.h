#pragma once

namespace mullion::api {

/// api/openapi.yaml as JSON text, made while building.
extern const char kOpenApi[];

/// api/asyncapi.yaml likewise; what it takes from openapi.yaml is in `openapi.json` beside it.
extern const char kAsyncApi[];

} // namespace mullion::api
