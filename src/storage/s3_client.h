#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "src/http/http_client.h"
#include "src/storage/checksums.h"
#include "src/storage/signature_v4.h"

namespace mullion {

/// Where something is in a storage.
struct S3Place {
    std::string bucket;
    std::string key;
};

/// Bytes on their way to a storage, with what proves that they came.
struct S3Payload {
    std::string text = {};
    /// In place of `text`: `length` bytes from `offset` on.
    std::shared_ptr<const Descriptor> file = {};
    std::int64_t offset = 0;
    std::int64_t length = 0;
    Checksums sums = {};
};

/// Requests to a storage that speaks S3, as many of them as uploads need. Main-bound.
///
/// Errors: NotFound for what is not there; NotAllowed, also for what is not there where we may not
/// list; Internal where the storage does not know the request;
/// Unavailable where it is away, refuses or says something unknown, with its own code in the
/// message.
class S3Client {
public:
    struct Options {
        /// `https://s3.example.org`
        std::string endpoint = {};
        SigningKey key = {};
        /// The bucket in the path, not in the host's name.
        bool pathStyle = false;
    };

    template <typename T>
    using Found = std::function<void(const Result<T>&)>;
    using Done = Found<void>;

    struct Object {
        std::int64_t bytes = 0;
        /// Without quotes.
        std::string etag;
        /// Of our own header.
        std::string sha256;
    };

    explicit S3Client(Options options);

    /// @return the ETag.
    void put(const S3Place& place, S3Payload payload, const std::string& type,
             Found<std::string> done);
    /// Begins an upload in parts. @return its id.
    void begin(const S3Place& place, const std::string& type, const std::string& sha256,
               Found<std::string> done);
    /// @return the ETag.
    void putPart(const S3Place& place, const std::string& upload, int number, S3Payload payload,
                 Found<std::string> done);
    /// ETags by the number of the part. @return Internal where the storage cannot tell.
    void listParts(const S3Place& place, const std::string& upload,
                   const Found<std::map<int, std::string>>& done);
    void complete(const S3Place& place, const std::string& upload,
                  const std::map<int, std::string>& parts, Done done);
    /// Success also where there is none.
    void abort(const S3Place& place, const std::string& upload, Done done);
    /// Ids of the uploads to exactly this place. @return Internal where the storage cannot tell.
    void listUploads(const S3Place& place, Found<std::vector<std::string>> done);
    void head(const S3Place& place, Found<Object> done);
    /// Success also where there is none.
    void remove(const S3Place& place, Done done);

    /// Scheme and host of the bucket's URLs.
    std::string originOf(const std::string& bucket) const;

    /// A URL by which whoever has it may do `method` for so long.
    std::string presign(const std::string& method, const S3Place& place,
                        std::chrono::seconds lifetime, Timestamp at = now()) const;

private:
    struct Call {
        std::string method;
        S3Place place;
        SignedRequest::Fields query = {};
        SignedRequest::Fields headers = {};
        S3Payload payload = {};
    };

    std::string hostOf(const S3Place& place) const;
    std::string pathOf(const S3Place& place) const;
    void send(Call call, HttpClient::Done done);
    void listPartsFrom(const S3Place& place, const std::string& upload, const std::string& marker,
                       std::map<int, std::string> known,
                       const Found<std::map<int, std::string>>& done);

    Options options_;
    std::string scheme_;
    std::string host_;
    HttpClient client_{"storage"};
};

} // namespace mullion
