// The signature of requests to S3, by the examples that AWS publishes: those of the S3 API
// (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html and
// sigv4-query-string-auth.html) and of the aws-sig-v4-test-suite.
#include "src/storage/checksums.h"
#include "src/storage/signature_v4.h"
#include "tests/support/suite.h"

using namespace mullion;

namespace {

const SigningKey kS3 = {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                        "us-east-1", "s3"};
const SigningKey kSuite = {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1",
                           "service"};
const std::string kEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

struct Row {
    const char* name;
    SignedRequest request;
    const char* signature;
};

std::string signatureOf(const SigningKey& key, const SignedRequest& request, const char* at) {
    const std::string header = authorizationV4(key, request, *parseTimestamp(at));
    return header.substr(header.rfind('=') + 1);
}

const std::string kHost = "examplebucket.s3.amazonaws.com";
const std::string kDate = "20130524T000000Z";

const Row kRows[] = {
    {"GET object",
     {"GET",
      "/test.txt",
      {},
      {{"host", kHost},
       {"range", "bytes=0-9"},
       {"x-amz-content-sha256", kEmpty},
       {"x-amz-date", kDate}},
      kEmpty},
     "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
    {"PUT object",
     {"PUT",
      '/' + uriEncode("test$file.text", true),
      {},
      {{"date", "Fri, 24 May 2013 00:00:00 GMT"},
       {"host", kHost},
       {"x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"},
       {"x-amz-date", kDate},
       {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
      sha256Of("Welcome to Amazon S3.")},
     "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
    {"GET bucket lifecycle",
     {"GET",
      "/",
      {{"lifecycle", ""}},
      {{"host", kHost}, {"x-amz-content-sha256", kEmpty}, {"x-amz-date", kDate}},
      kEmpty},
     "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
    {"GET bucket, list objects",
     {"GET",
      "/",
      {{"prefix", "J"}, {"max-keys", "2"}},
      {{"x-amz-date", kDate}, {"host", kHost}, {"x-amz-content-sha256", kEmpty}},
      kEmpty},
     "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
};

} // namespace

START_TEST(signature_is_that_of_the_s3_examples) {
    for (const Row& row : kRows)
        ck_assert_msg(signatureOf(kS3, row.request, "2013-05-24T00:00:00.000Z") == row.signature,
                      "%s: %s", row.name,
                      signatureOf(kS3, row.request, "2013-05-24T00:00:00.000Z").c_str());
}

END_TEST

START_TEST(signature_is_that_of_the_test_suite) {
    const SignedRequest::Fields headers = {{"host", "example.amazonaws.com"},
                                           {"x-amz-date", "20150830T123600Z"}};
    const Row rows[] = {
        {"get-vanilla",
         {"GET", "/", {}, headers, kEmpty},
         "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
        {"get-vanilla-query-order-key-case",
         {"GET", "/", {{"Param2", "value2"}, {"Param1", "value1"}}, headers, kEmpty},
         "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
        {"post-vanilla",
         {"POST", "/", {}, headers, kEmpty},
         "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
    };
    for (const Row& row : rows)
        ck_assert_msg(signatureOf(kSuite, row.request, "2015-08-30T12:36:00.000Z") == row.signature,
                      "%s: %s", row.name,
                      signatureOf(kSuite, row.request, "2015-08-30T12:36:00.000Z").c_str());
}

END_TEST

START_TEST(whole_header_names_who_signs_and_what) {
    ck_assert_str_eq(
        authorizationV4(kS3, kRows[0].request, *parseTimestamp("2013-05-24T00:00:00.000Z")),
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

END_TEST

START_TEST(presigned_query_is_that_of_the_example) {
    const SignedRequest request = {"GET", "/test.txt", {}, {{"host", kHost}}};
    ck_assert_str_eq(
        presignedQueryV4(kS3, request, *parseTimestamp("2013-05-24T00:00:00.000Z"),
                         std::chrono::seconds(86'400)),
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2F"
        "us-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&"
        "X-Amz-SignedHeaders=host&X-Amz-Signature="
        "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

END_TEST

START_TEST(encoding_leaves_unreserved_characters_alone) {
    ck_assert_str_eq(uriEncode("a/b c-._~Ü"), "a%2Fb%20c-._~%C3%9C");
    ck_assert_str_eq(uriEncode("2026/11/a b", true), "2026/11/a%20b");
}

END_TEST

int main() {
    return test::runSuite("storage.signature_v4", {signature_is_that_of_the_s3_examples,
                                                   signature_is_that_of_the_test_suite,
                                                   whole_header_names_who_signs_and_what,
                                                   presigned_query_is_that_of_the_example,
                                                   encoding_leaves_unreserved_characters_alone});
}
