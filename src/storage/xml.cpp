#include "src/storage/xml.h"

#include "src/base/gref.h"

namespace mullion {

namespace {

struct Reading {
    std::string path = {};
    std::vector<std::pair<std::string, std::string>> texts = {};
};

void onStart(GMarkupParseContext*, const char* name, const char**, const char**, void* data,
             GError**) {
    auto& reading = *static_cast<Reading*>(data);
    reading.path += (reading.path.empty() ? "" : "/") + std::string(name);
    reading.texts.emplace_back(reading.path, "");
}

void onEnd(GMarkupParseContext*, const char*, void* data, GError**) {
    auto& path = static_cast<Reading*>(data)->path;
    const auto slash = path.rfind('/');
    path.resize(slash == std::string::npos ? 0 : slash);
}

void onText(GMarkupParseContext*, const char* text, gsize size, void* data, GError**) {
    auto& reading = *static_cast<Reading*>(data);
    // Spaces between elements belong to the one around them, which was not the last that began.
    if (!reading.texts.empty() && reading.texts.back().first == reading.path)
        reading.texts.back().second.append(text, size);
}

} // namespace

Result<std::vector<std::pair<std::string, std::string>>> xmlTexts(const std::string& document) {
    const GMarkupParser parser = {onStart, onEnd, onText, nullptr, nullptr};
    Reading reading;
    const GPtr<GMarkupParseContext, g_markup_parse_context_free> context(
        g_markup_parse_context_new(&parser, static_cast<GMarkupParseFlags>(0), &reading, nullptr));
    const bool read = g_markup_parse_context_parse(context.get(), document.data(),
                                                   static_cast<gssize>(document.size()), nullptr) &&
                      g_markup_parse_context_end_parse(context.get(), nullptr);
    if (!read) return Error{ErrorCode::BadRequest, "no XML"};
    return reading.texts;
}

std::string xmlEscape(const std::string& text) {
    const GCharPtr escaped(g_markup_escape_text(text.data(), static_cast<gssize>(text.size())));
    return escaped.get();
}

} // namespace mullion
