// The answers of a storage, and what is none.
#include "src/storage/xml.h"
#include "tests/support/suite.h"

using namespace mullion;

START_TEST(texts_come_with_their_path) {
    const auto texts =
        xmlTexts("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                 "<List xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\n"
                 "  <Part><Number>1</Number><ETag>&quot;a&amp;b&quot;</ETag></Part>\n"
                 "  <Part><Number>2</Number><ETag/></Part>\n"
                 "</List>");
    ck_assert(texts.ok());
    std::string all;
    for (const auto& [path, text] : *texts)
        if (path.find("Part/") != std::string::npos) all += path + '=' + text + '\n';
    ck_assert_str_eq(all, "List/Part/Number=1\nList/Part/ETag=\"a&b\"\n"
                          "List/Part/Number=2\nList/Part/ETag=\n");
}

END_TEST

START_TEST(what_is_no_xml_is_refused) {
    for (const char* text : {"", "{}", "<a>", "<a></b>", "<a>&nothing;</a>", "<a", "\xff\xfe"})
        ck_assert_msg(!xmlTexts(text).ok(), "%s", text);
}

END_TEST

START_TEST(text_is_escaped) {
    ck_assert_str_eq(xmlEscape("\"<&>\""), "&quot;&lt;&amp;&gt;&quot;");
}

END_TEST

int main() {
    return test::runSuite("storage.xml",
                          {texts_come_with_their_path, what_is_no_xml_is_refused, text_is_escaped});
}
