// The signature of webhooks, by the example of the specification's libraries.
#include "src/notify/signature.h"
#include "tests/support/suite.h"

using namespace mullion;

START_TEST(signature_is_that_of_the_specification) {
    const auto key = webhookKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    ck_assert(key.ok());
    ck_assert_str_eq(webhookSignature(*key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
                                      "{\"test\": 2432232314}"),
                     "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

END_TEST

START_TEST(secret_is_refused_where_it_is_none) {
    for (const char* secret :
         {"", "secret", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
          "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS"})
        ck_assert_msg(!webhookKey(secret).ok(), "%s", secret);
    const std::string long64 = "whsec_" + std::string(88, 'A');
    ck_assert(!webhookKey(long64).ok());
}

END_TEST

int main() {
    return test::runSuite("notify.signature", {signature_is_that_of_the_specification,
                                               secret_is_refused_where_it_is_none});
}
