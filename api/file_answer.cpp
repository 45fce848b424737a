#include "api/file_answer.h"

#include <fcntl.h>
#include <memory>
#include <sys/stat.h>

#include "api/ranges.h"

namespace mullion::api {

Response answerWithFile(const Request& request, const std::string& path, const char* type,
                        const std::string& tag) {
    const auto file = std::make_shared<Descriptor>(open(path.c_str(), O_RDONLY | O_CLOEXEC));

    struct stat info {};

    if (!*file || fstat(file->number(), &info) != 0)
        return problem({ErrorCode::NotFound, "the file is not there"});
    const auto size = static_cast<std::int64_t>(info.st_size);
    Response response{200, type, "", {}};
    response.headers = {{"Accept-Ranges", "bytes"}, {"Cache-Control", "private, no-cache"}};
    if (!tag.empty()) response.headers.emplace_back("ETag", '"' + tag + '"');
    // A part of another file is of no use (RFC 9110, 13.1.5).
    const std::string& condition = request.header("if-range");
    const bool isSame = condition.empty() || (!tag.empty() && condition == '"' + tag + '"');
    // Ranges are for GET alone (14.2).
    const bool isRanged = isSame && request.method == "GET";
    const auto range = RangeRequest::parse(isRanged ? request.header("range") : "", size);
    if (range.kind == RangeRequest::Kind::Unsatisfiable) {
        response.status = 416;
        response.contentType.clear();
        response.headers.emplace_back("Content-Range", "bytes */" + std::to_string(size));
        return response;
    }
    if (range.kind == RangeRequest::Kind::Part) {
        response.status = 206;
        response.headers.emplace_back(
            "Content-Range", "bytes " + std::to_string(range.range.offset) + '-' +
                                 std::to_string(range.range.offset + range.range.length - 1) + '/' +
                                 std::to_string(size));
    }
    response.file = FileBody{file, range.range};
    return response;
}

Response answerWithBytes(const std::string& path, const ByteRange& range, const char* type) {
    const auto file = std::make_shared<Descriptor>(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!*file) return problem({ErrorCode::NotFound, "the file is not there"});
    Response response{200, type, "", {{"Cache-Control", "private, no-cache"}}};
    response.file = FileBody{file, range};
    return response;
}

} // namespace mullion::api
