#include "src/storage/s3_client.h"

#include <algorithm>
#include <charconv>

#include "src/storage/xml.h"

namespace mullion {

namespace {

constexpr const char* kShaHeader = "x-amz-meta-sha256";

std::string unquoted(const std::string& etag) {
    std::string text = etag;
    std::erase(text, '"');
    return text;
}

/// The first text at `path`; empty for none.
std::string textAt(const std::vector<std::pair<std::string, std::string>>& texts,
                   const std::string& path) {
    const auto found = std::find_if(texts.begin(), texts.end(),
                                    [&](const auto& entry) { return entry.first == path; });
    return found == texts.end() ? "" : found->second;
}

/// What the storage refused, in its words.
Error refusal(const HttpResponse& response) {
    const auto texts = xmlTexts(response.body);
    const std::string code = texts ? textAt(*texts, "Error/Code") : "";
    const std::string message = texts ? textAt(*texts, "Error/Message") : "";
    std::string text = "the storage answered " + std::to_string(response.status);
    if (!code.empty()) text += ", " + code;
    if (!message.empty()) text += ": " + message;
    const bool unknown = response.status == 501 || response.status == 405;
    const bool missing = response.status == 404 && code != "NoSuchBucket";
    return {missing                  ? ErrorCode::NotFound
            : unknown                ? ErrorCode::Internal
            : response.status == 403 ? ErrorCode::NotAllowed
                                     : ErrorCode::Unavailable,
            text};
}

/// The answer where it is good; a body that tells of an error is none, whatever the status says.
Result<HttpResponse> goodOf(const Result<HttpResponse>& answer) {
    if (!answer) return answer.error();
    if (!answer->isSuccess() || answer->body.find("<Error>") != std::string::npos)
        return refusal(*answer);
    return *answer;
}

Result<std::vector<std::pair<std::string, std::string>>>
textsOf(const Result<HttpResponse>& answer) {
    const auto good = TRY(goodOf(answer));
    auto texts = xmlTexts(good.body);
    if (!texts) return Error{ErrorCode::Unavailable, "the storage answered with no XML"};
    return texts;
}

HttpClient::Done etagTo(S3Client::Found<std::string> done) {
    return [done = std::move(done)](const auto& answer) {
        const auto good = goodOf(answer);
        if (!good) return done(good.error());
        done(unquoted(good->header("etag")));
    };
}

/// Nothing is there, which is as good.
HttpClient::Done goneTo(S3Client::Done done) {
    return [done = std::move(done)](const auto& answer) {
        const auto good = goodOf(answer);
        if (!good && good.error().code != ErrorCode::NotFound) return done(good.error());
        done({});
    };
}

} // namespace

S3Client::S3Client(Options options)
    : options_(std::move(options)) {
    const auto end = options_.endpoint.find("://");
    scheme_ = options_.endpoint.substr(0, end);
    host_ = options_.endpoint.substr(end + 3);
    while (host_.ends_with('/'))
        host_.pop_back();
}

std::string S3Client::hostOf(const S3Place& place) const {
    return options_.pathStyle ? host_ : place.bucket + '.' + host_;
}

std::string S3Client::pathOf(const S3Place& place) const {
    const std::string bucket = options_.pathStyle ? '/' + uriEncode(place.bucket) : "";
    return bucket + '/' + uriEncode(place.key, true);
}

void S3Client::send(Call call, HttpClient::Done done) {
    const Timestamp at = now();
    SignedRequest request;
    request.method = call.method;
    request.path = pathOf(call.place);
    request.query = call.query;
    request.payload =
        call.payload.sums.sha256.empty() ? sha256Of(call.payload.text) : call.payload.sums.sha256;
    request.headers = call.headers;
    request.headers.emplace_back("host", hostOf(call.place));
    request.headers.emplace_back("x-amz-date", amzDate(at));
    request.headers.emplace_back("x-amz-content-sha256", request.payload);
    if (!call.payload.sums.md5.empty())
        request.headers.emplace_back("content-md5", base64Of(call.payload.sums.md5));
    HttpRequest http;
    http.method = call.method;
    http.url = originOf(call.place.bucket) + request.path;
    if (!request.query.empty()) http.url += '?' + canonicalQuery(request.query);
    http.headers = request.headers;
    http.headers.emplace_back("Authorization", authorizationV4(options_.key, request, at));
    http.body = std::move(call.payload.text);
    http.file = call.payload.file;
    http.offset = call.payload.offset;
    http.length = call.payload.length;
    http.connectTimeout = std::chrono::seconds(10);
    http.timeout = std::chrono::milliseconds(0);
    client_.send(std::move(http), std::move(done));
}

void S3Client::put(const S3Place& place, S3Payload payload, const std::string& type,
                   Found<std::string> done) {
    const std::string sha256 = payload.sums.sha256;
    send({"PUT", place, {}, {{"content-type", type}, {kShaHeader, sha256}}, std::move(payload)},
         etagTo(std::move(done)));
}

void S3Client::begin(const S3Place& place, const std::string& type, const std::string& sha256,
                     Found<std::string> done) {
    send({"POST", place, {{"uploads", ""}}, {{"content-type", type}, {kShaHeader, sha256}}},
         [done = std::move(done)](const auto& answer) {
             const auto texts = textsOf(answer);
             if (!texts) return done(texts.error());
             const std::string id = textAt(*texts, "InitiateMultipartUploadResult/UploadId");
             if (id.empty())
                 return done(Error{ErrorCode::Unavailable, "the storage gave no upload an id"});
             done(id);
         });
}

void S3Client::putPart(const S3Place& place, const std::string& upload, int number,
                       S3Payload payload, Found<std::string> done) {
    send({"PUT",
          place,
          {{"partNumber", std::to_string(number)}, {"uploadId", upload}},
          {},
          std::move(payload)},
         etagTo(std::move(done)));
}

void S3Client::listParts(const S3Place& place, const std::string& upload,
                         const Found<std::map<int, std::string>>& done) {
    listPartsFrom(place, upload, "", {}, done);
}

void S3Client::listPartsFrom(const S3Place& place, const std::string& upload,
                             const std::string& marker, std::map<int, std::string> known,
                             const Found<std::map<int, std::string>>& done) {
    SignedRequest::Fields query = {{"uploadId", upload}};
    if (!marker.empty()) query.emplace_back("part-number-marker", marker);
    send({"GET", place, query},
         [this, place, upload, marker, known = std::move(known), done](const auto& answer) mutable {
             const auto texts = textsOf(answer);
             if (!texts) return done(texts.error());
             int number = 0;
             for (const auto& [path, text] : *texts) {
                 if (path == "ListPartsResult/Part/PartNumber")
                     std::from_chars(text.data(), text.data() + text.size(), number);
                 else if (path == "ListPartsResult/Part/ETag" && number > 0)
                     known[number] = unquoted(text);
             }
             const std::string next = textAt(*texts, "ListPartsResult/NextPartNumberMarker");
             const bool more = textAt(*texts, "ListPartsResult/IsTruncated") == "true";
             if (!more || next.empty() || next == marker) return done(known);
             listPartsFrom(place, upload, next, std::move(known), done);
         });
}

void S3Client::complete(const S3Place& place, const std::string& upload,
                        const std::map<int, std::string>& parts, Done done) {
    std::string body =
        "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
    for (const auto& [number, etag] : parts)
        body += "<Part><PartNumber>" + std::to_string(number) + "</PartNumber><ETag>" +
                xmlEscape('"' + etag + '"') + "</ETag></Part>";
    body += "</CompleteMultipartUpload>";
    send({"POST",
          place,
          {{"uploadId", upload}},
          {{"content-type", "application/xml"}},
          {.text = std::move(body)}},
         [done = std::move(done)](const auto& answer) {
             const auto good = goodOf(answer);
             done(good ? Result<void>() : Result<void>(good.error()));
         });
}

void S3Client::abort(const S3Place& place, const std::string& upload, Done done) {
    send({"DELETE", place, {{"uploadId", upload}}}, goneTo(std::move(done)));
}

void S3Client::listUploads(const S3Place& place, Found<std::vector<std::string>> done) {
    send({"GET", {place.bucket, ""}, {{"uploads", ""}, {"prefix", place.key}}},
         [key = place.key, done = std::move(done)](const auto& answer) {
             const auto texts = textsOf(answer);
             if (!texts) return done(texts.error());
             std::vector<std::string> ids;
             std::string current;
             for (const auto& [path, text] : *texts) {
                 if (path == "ListMultipartUploadsResult/Upload/Key") current = text;
                 if (path == "ListMultipartUploadsResult/Upload/UploadId" && current == key)
                     ids.push_back(text);
             }
             done(ids);
         });
}

void S3Client::head(const S3Place& place, Found<Object> done) {
    send({"HEAD", place}, [done = std::move(done)](const auto& answer) {
        const auto good = goodOf(answer);
        if (!good) return done(good.error());
        Object object;
        const std::string length = good->header("content-length");
        std::from_chars(length.data(), length.data() + length.size(), object.bytes);
        object.etag = unquoted(good->header("etag"));
        object.sha256 = good->header(kShaHeader);
        done(object);
    });
}

void S3Client::remove(const S3Place& place, Done done) {
    send({"DELETE", place}, goneTo(std::move(done)));
}

std::string S3Client::originOf(const std::string& bucket) const {
    return scheme_ + "://" + hostOf({bucket, ""});
}

std::string S3Client::presign(const std::string& method, const S3Place& place,
                              std::chrono::seconds lifetime, Timestamp at) const {
    SignedRequest request;
    request.method = method;
    request.path = pathOf(place);
    request.headers = {{"host", hostOf(place)}};
    return originOf(place.bucket) + request.path + '?' +
           presignedQueryV4(options_.key, request, at, lifetime);
}

} // namespace mullion
