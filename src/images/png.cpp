#include "src/images/png.h"

#include <algorithm>
#include <cmath>

#include <gdk-pixbuf/gdk-pixbuf.h>

#include "src/base/gref.h"
#include "src/base/main_loop.h"

namespace mullion {

namespace {

Error unsupported(const std::string& why) {
    return {ErrorCode::UnsupportedMedia, why};
}

/// By what it begins with: names and types that clients give say nothing.
const char* typeOf(std::string_view image) {
    if (image.starts_with("\x89PNG\r\n\x1a\n")) return "image/png";
    if (image.starts_with("\xff\xd8\xff")) return "image/jpeg";
    return nullptr;
}

/// What the loader is to make of the image's own size.
struct Size {
    bool isTooLarge = false;
};

/// Called once the loader knows the size and has allocated nothing yet.
void onSize(GdkPixbufLoader* loader, int width, int height, std::weak_ptr<Size>* weak) {
    const auto size = weak->lock();
    if (!size) return;
    if (std::int64_t{width} * height > kMaxImagePixels) {
        size->isTooLarge = true;
        // Only this stops the loader before it allocates: a PNG is read in its own size, whatever
        // size is asked for.
        gdk_pixbuf_loader_set_size(loader, 0, 0);
        return;
    }
    const int longer = std::max(width, height);
    if (longer <= kMaxImageSide) return;
    const double factor = static_cast<double>(kMaxImageSide) / longer;
    gdk_pixbuf_loader_set_size(loader, std::max(1, static_cast<int>(std::lround(width * factor))),
                               std::max(1, static_cast<int>(std::lround(height * factor))));
}

std::string messageOf(GError* raw) {
    const GPtr<GError, g_error_free> error(raw);
    return error ? error->message : "unknown error";
}

/// The loader takes what is cut off as if its rest were grey.
bool isWhole(std::string_view image, const char* type) {
    const bool isPng = std::string_view(type) == "image/png";
    return image.find(isPng ? std::string_view("IEND") : std::string_view("\xff\xd9")) !=
           std::string_view::npos;
}

} // namespace

Result<PngImage> toPng(std::string_view image) {
    const char* type = typeOf(image);
    if (!type) return unsupported("an image must be PNG or JPEG");
    if (!isWhole(image, type)) return unsupported("the image is cut off");
    const auto loader =
        GRef<GdkPixbufLoader>::adopt(gdk_pixbuf_loader_new_with_mime_type(type, nullptr));
    if (!loader) return unsupported(std::string("this server reads no ") + type);
    const auto size = std::make_shared<Size>();
    const auto sized = connect(loader.get(), "size-prepared", std::weak_ptr(size), onSize);
    GError* error = nullptr;
    const bool isRead = gdk_pixbuf_loader_write(
        loader.get(), reinterpret_cast<const guchar*>(image.data()), image.size(), &error);
    // It must be closed either way, and the first error is the one that tells.
    const bool isClosed = gdk_pixbuf_loader_close(loader.get(), isRead ? &error : nullptr);
    if (size->isTooLarge)
        return Error{ErrorCode::TooLarge, "an image may have 40 million pixels at most"};
    if (!isRead || !isClosed) return unsupported("the image is damaged: " + messageOf(error));
    GdkPixbuf* loaded = gdk_pixbuf_loader_get_pixbuf(loader.get());
    if (!loaded) return unsupported("the image is damaged");
    const auto turned = GRef<GdkPixbuf>::adopt(gdk_pixbuf_apply_embedded_orientation(loaded));
    gchar* bytes = nullptr;
    gsize length = 0;
    // It is read again soon and then goes: little compression.
    if (!gdk_pixbuf_save_to_buffer(turned.get(), &bytes, &length, "png", &error, "compression", "2",
                                   nullptr))
        return Error{ErrorCode::Internal, "cannot write the image: " + messageOf(error)};
    const GCharPtr held(bytes);
    return PngImage{std::string(bytes, length), gdk_pixbuf_get_width(turned.get()),
                    gdk_pixbuf_get_height(turned.get())};
}

Result<PngImage> sizeOfPng(std::string_view start) {
    // The signature, the header's length and name, then width and height (PNG, 11.2.1).
    constexpr std::size_t kWidthAt = 16;
    if (start.size() < kWidthAt + 8 || std::string_view("image/png") != (typeOf(start) ?: ""))
        return unsupported("this is no PNG");
    const auto number = [start](std::size_t at) {
        int value = 0;
        for (std::size_t i = at; i < at + 4; ++i)
            value = value << 8 | static_cast<unsigned char>(start[i]);
        return value;
    };
    return PngImage{"", number(kWidthAt), number(kWidthAt + 4)};
}

} // namespace mullion
