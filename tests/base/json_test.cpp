#include "src/base/json_values.h"

#include "tests/support/suite.h"

using namespace mullion;

namespace {

Result<void> readNameAndCount(const char* text, std::string* name, std::int64_t* count) {
    const Json json = TRY(parseJson(text, 1000));
    JsonReader reader(json);
    *name = reader.string("name", 1, 5);
    *count = reader.optionalInteger("count", 0, 10).value_or(-1);
    return reader.finish();
}

} // namespace

START_TEST(parse_refuses_what_is_no_json) {
    ck_assert(!parseJson("{", 100).ok());
    ck_assert(!parseJson("\xff\xfe", 100).ok());
    ck_assert(!parseJson("{} trailing", 100).ok());
    ck_assert_int_eq(static_cast<int>(parseJson("[1,2,3]", 3).error().code),
                     static_cast<int>(ErrorCode::TooLarge));
}

END_TEST

START_TEST(parse_survives_deep_nesting) {
    const auto deep = parseJson(std::string(1 << 20, '['), 1 << 21);
    ck_assert(!deep.ok());
}

END_TEST

START_TEST(reader_names_the_wrong_field) {
    struct Row {
        const char* text;
        const char* field;
    };

    const Row rows[] = {
        {R"({"name":"ab","count":3})", nullptr},
        {R"({"name":"ab"})", nullptr},
        {R"({})", "name"},
        {R"({"name":7})", "name"},
        {R"({"name":""})", "name"},
        {R"({"name":"abcdef"})", "name"},
        {R"({"name":"a","count":11})", "count"},
        {R"({"name":"a","count":1.5})", "count"},
        {R"({"name":"a","count":18446744073709551615})", "count"},
        {R"({"name":"a","other":1})", "other"},
    };
    for (const Row& row : rows) {
        std::string name;
        std::int64_t count = 0;
        const auto result = readNameAndCount(row.text, &name, &count);
        if (row.field) {
            ck_assert_msg(!result.ok(), "%s was taken", row.text);
            ck_assert_str_eq(result.error().field.c_str(), row.field);
        } else {
            ck_assert_msg(result.ok(), "%s was refused", row.text);
        }
    }
}

END_TEST

START_TEST(reader_refuses_what_is_no_object) {
    std::string name;
    std::int64_t count = 0;
    ck_assert(!readNameAndCount("[]", &name, &count).ok());
    ck_assert(!readNameAndCount("null", &name, &count).ok());
}

END_TEST

int main() {
    return test::runSuite("base.json",
                          {parse_refuses_what_is_no_json, parse_survives_deep_nesting,
                           reader_names_the_wrong_field, reader_refuses_what_is_no_object});
}
