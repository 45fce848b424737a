#include "api/file_stream.h"

#include <algorithm>
#include <cerrno>
#include <unistd.h>
#include <vector>

#include "src/base/gref.h"
#include "src/base/log.h"
#include "src/base/main_loop.h"
#include "src/base/object_data.h"

namespace mullion::api {

namespace {

constexpr Log kLog("http");
constexpr std::int64_t kPiece = std::int64_t{256} * 1024;
constexpr const char* kStream = "mullion-file-stream";

} // namespace

struct FileStreams::Stream {
    /// Not ours: it holds this.
    SoupServerMessage* message = nullptr;
    FileBody file;
    std::weak_ptr<BatchThread<std::function<void()>>> disk;
    SignalConnection wrote = {};
    SignalConnection finished = {};
    bool over = false;
};

void FileStreams::send(SoupServerMessage* message, const FileBody& file) {
    auto* headers = soup_server_message_get_response_headers(message);
    soup_message_headers_set_content_length(headers, file.range.length);
    if (file.range.length == 0 || soup_server_message_get_method(message) == SOUP_METHOD_HEAD)
        return;
    auto stream = std::make_shared<Stream>(Stream{message, file, disk_});
    soup_message_body_set_accumulate(soup_server_message_get_response_body(message), FALSE);
    using Weak = std::weak_ptr<Stream>;
    stream->wrote =
        connect(message, "wrote-chunk", Weak(stream), [](SoupServerMessage*, Weak* weak) {
            if (const auto strong = weak->lock()) readNext(strong);
        });
    stream->finished =
        connect(message, "finished", Weak(stream), [](SoupServerMessage*, Weak* weak) {
            if (const auto strong = weak->lock()) strong->over = true;
        });
    readNext(stream);
    attachData(message, kStream, std::move(stream));
}

/// libsoup waits for the piece where it is not there yet.
void FileStreams::readNext(const std::shared_ptr<Stream>& stream) {
    const auto disk = stream->disk.lock();
    if (!disk || stream->file.range.length == 0) return;
    const std::int64_t wanted = std::min(kPiece, stream->file.range.length);
    disk->post([weak = std::weak_ptr(stream), file = stream->file.descriptor,
                offset = stream->file.range.offset, wanted] {
        std::vector<char> piece(static_cast<std::size_t>(wanted));
        ssize_t size = 0;
        do
            size = pread(file->number(), piece.data(), piece.size(), offset);
        while (size < 0 && errno == EINTR);
        postToMain([weak, size, piece = std::move(piece)] {
            const auto self = weak.lock();
            if (!self || self->over) return;
            if (size <= 0) {
                kLog.warning("", "a file ended or failed while it was sent");
                if (GSocket* socket = soup_server_message_get_socket(self->message))
                    g_socket_shutdown(socket, TRUE, TRUE, nullptr);
                return;
            }
            self->file.range.offset += size;
            self->file.range.length -= size;
            soup_message_body_append(soup_server_message_get_response_body(self->message),
                                     SOUP_MEMORY_COPY, piece.data(), static_cast<gsize>(size));
            soup_server_message_unpause(self->message);
        });
    });
}

} // namespace mullion::api
