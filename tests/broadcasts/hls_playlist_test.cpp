#include "src/broadcasts/hls_playlist.h"

#include "src/broadcasts/broadcast.h"
#include "tests/support/suite.h"

using namespace mullion;
using wire::HlsPart;

namespace {

/// A segment of two parts of 360 ms and, if it is whole, one of 200.
void addSegment(HlsPlaylist& list, std::int64_t number, std::int64_t init, bool whole = true) {
    const std::int64_t at = 1'790'000'000'000 + number * 920;
    list.add({number, init, 0, 100, 360, true, false, "avc1.42c01f,mp4a.40.2", at});
    list.add({number, init, 100, 50, 360, false, false, "", at + 360});
    if (whole) list.add({number, init, 150, 25, 200, false, true, "", at + 720});
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

int countOf(const std::string& text, const std::string& part) {
    int count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++count;
    return count;
}

} // namespace

START_TEST(whole_segments_and_the_parts_of_the_newest_are_told) {
    HlsPlaylist list(false);
    ck_assert(list.isEmpty());
    for (int i = 0; i < 4; ++i)
        addSegment(list, i, 0);
    addSegment(list, 4, 0, false);
    const std::string text = list.text("?sig=x");
    ck_assert_int_eq(countOf(text, "#EXTINF:0.920,\n"), 4);
    ck_assert(contains(text, "\n3.m4s?sig=x\n"));
    ck_assert(!contains(text, "\n4.m4s"));
    ck_assert(contains(text, "#EXT-X-MAP:URI=\"init.0.mp4?sig=x\""));
    ck_assert(contains(text, "#EXT-X-PART:DURATION=0.360,URI=\"4.0.m4s?sig=x\",INDEPENDENT=YES\n"));
    ck_assert(contains(text, "URI=\"4.1.m4s?sig=x\"\n"));
    ck_assert(contains(text, "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"4.2.m4s?sig=x\"\n"));
    ck_assert_int_eq(list.part(4, 1)->offset, 100);
    ck_assert(!list.part(4, 2) && !list.part(5, 0));
    // Parts of the three newest segments alone: 3 + 3 + 2.
    ck_assert_int_eq(countOf(text, "#EXT-X-PART:"), 8);
    ck_assert(contains(text, "#EXT-X-PROGRAM-DATE-TIME:2026-09-21T14:13:20.000Z\n"));
    ck_assert(!contains(text, "ENDLIST"));
    ck_assert_str_eq(list.codecs().c_str(), "avc1.42c01f,mp4a.40.2");
}

END_TEST

START_TEST(window_slides_and_old_files_may_go) {
    HlsPlaylist list(false);
    for (int i = 0; i < 20; ++i)
        addSegment(list, i, 0);
    ck_assert(contains(list.text(""), "#EXT-X-MEDIA-SEQUENCE:14\n"));
    const auto expired = list.takeExpired();
    // Six in the window, six more for who is behind.
    ck_assert_uint_eq(expired.size(), 8);
    ck_assert_int_eq(expired.front(), 0);
    ck_assert_int_eq(expired.back(), 7);
    ck_assert(list.takeExpired().empty());
}

END_TEST

START_TEST(event_keeps_all) {
    HlsPlaylist list(true);
    for (int i = 0; i < 20; ++i)
        addSegment(list, i, 0);
    const std::string text = list.text("");
    ck_assert(contains(text, "#EXT-X-PLAYLIST-TYPE:EVENT\n"));
    ck_assert_int_eq(countOf(text, "#EXTINF:"), 20);
    ck_assert(list.takeExpired().empty());
}

END_TEST

START_TEST(another_encoding_is_a_discontinuity_and_counts_once_it_has_left) {
    HlsPlaylist list(false);
    addSegment(list, 0, 0, false);
    // Whoever made it died: what there is of it stays.
    addSegment(list, 1, 1);
    std::string text = list.text("");
    ck_assert(contains(text, "#EXTINF:0.720,\n0.m4s\n#EXT-X-DISCONTINUITY\n"
                             "#EXT-X-MAP:URI=\"init.1.mp4\"\n"));
    ck_assert(contains(text, "#EXT-X-DISCONTINUITY-SEQUENCE:0\n"));
    ck_assert_int_eq(list.nextSegment(), 2);
    ck_assert_int_eq(list.nextInit(), 2);
    for (int i = 2; i < 9; ++i)
        addSegment(list, i, 1);
    text = list.text("");
    ck_assert(contains(text, "#EXT-X-DISCONTINUITY-SEQUENCE:1\n"));
    ck_assert(!contains(text, "#EXT-X-DISCONTINUITY\n"));
}

END_TEST

START_TEST(part_is_there_once_it_is) {
    HlsPlaylist list(false);
    ck_assert(!list.has(0, 0) && !list.isReady());
    ck_assert_int_eq(list.nextSegment(), 1);
    ck_assert_int_eq(list.nextInit(), 0);
    addSegment(list, 0, 0, false);
    ck_assert(list.has(0, 0) && !list.isReady());
    list.add({0, 0, 150, 25, 200, false, true, "", 1});
    ck_assert(list.isReady());
    addSegment(list, 1, 0, false);
    ck_assert(list.has(0, -1));
    ck_assert(list.has(0, 7));
    ck_assert(list.has(1, 1));
    ck_assert(!list.has(1, 2));
    ck_assert(!list.has(1, -1));
    ck_assert(!list.has(2, 0));
    ck_assert(!list.isAhead(3));
    ck_assert(list.isAhead(4));
    list.end();
    ck_assert(list.has(9, 0));
    ck_assert(contains(list.text(""), "1.m4s\n#EXT-X-ENDLIST\n"));
}

END_TEST

START_TEST(part_that_is_told_twice_is_there_once) {
    HlsPlaylist list(false);
    addSegment(list, 0, 0);
    addSegment(list, 0, 0);
    addSegment(list, 1, 0);
    addSegment(list, 0, 0);
    ck_assert_int_eq(countOf(list.text(""), "#EXT-X-PART:"), 6);
}

END_TEST

START_TEST(keys_of_receivers_are_not_shown) {
    const std::pair<const char*, const char*> rows[] = {
        {"rtmp://a.example/live/secret-key", "rtmp://a.example/live/…"},
        {"rtmp://a.example/secret", "rtmp://a.example/…"},
        {"srt://a.example:9000?streamid=secret", "srt://a.example:9000?…"},
        {"srt://a.example:9000", "srt://a.example:9000"},
        {"rtmps://a.example/app?auth=secret", "rtmps://a.example/app?…"},
    };
    for (const auto& [url, shown] : rows)
        ck_assert_str_eq(redacted(url).c_str(), shown);
}

END_TEST

START_TEST(record_survives_its_document) {
    BroadcastRecord record;
    record.id = "b";
    record.callId = "c";
    record.kind = wire::BroadcastKind::Srt;
    record.video = false;
    record.isPublic = true;
    record.keepsAll = true;
    record.url = "srt://a:1";
    record.passphrase = "0123456789";
    record.port = 9100;
    record.key = "k";
    record.startedBy = "ann";
    record.startedAt = Timestamp(std::chrono::milliseconds(1'790'000'000'000));
    record.state = wire::BroadcastState::Failed;
    record.code = "unavailable";
    record.reason = "away";
    record.endedAt = record.startedAt;
    const auto read = broadcastFromDocument(toDocument(record));
    ck_assert(read.ok());
    ck_assert_str_eq(toDocument(*read).c_str(), toDocument(record).c_str());
    ck_assert(!broadcastFromDocument("{}").ok());
    ck_assert(!broadcastFromDocument("").ok());
}

END_TEST

int main() {
    return test::runSuite("hls playlist",
                          {whole_segments_and_the_parts_of_the_newest_are_told,
                           window_slides_and_old_files_may_go, event_keeps_all,
                           another_encoding_is_a_discontinuity_and_counts_once_it_has_left,
                           part_is_there_once_it_is, part_that_is_told_twice_is_there_once,
                           keys_of_receivers_are_not_shown, record_survives_its_document});
}
