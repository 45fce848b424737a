// The archive: what it reads, lists, names and erases.
#include "src/base/json_values.h"
#include "tests/recordings/shelf.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;
namespace fs = std::filesystem;

namespace {

std::string idsOf(const Result<std::vector<const Recording*>>& found) {
    if (!found) return found.error().message;
    std::string ids;
    for (const Recording* recording : *found)
        ids += recording->id + ' ';
    return ids;
}

} // namespace

START_TEST(files_have_their_date_and_call) {
    Shelf shelf;
    const Recording recording = readyRecording("r1");
    const std::string stem = shelf.path() + "/2026/11/27/c1/120000-r1";
    ck_assert_str_eq(shelf.archive().stemOf(recording), stem);
    ck_assert_str_eq(shelf.archive().fileOf(recording, 2), stem + ".2.mp4");
    ck_assert_str_eq(shelf.archive().growingFileOf(recording, 2), stem + ".growing.2.mp4");
    shelf.keep(recording);
    ck_assert(fs::exists(stem + ".json"));
    ck_assert(!fs::exists(stem + ".json.new"));
}

END_TEST

START_TEST(growing_files_are_known_by_their_names) {
    Shelf shelf;
    const Recording& recording = shelf.keep(readyRecording("r1"));
    const std::string stem = shelf.archive().growingStemOf(recording);
    for (const char* end : {".10.mp4", ".2.mp4", ".1.webm", ".0.mp4", ".x.mp4", ".mp4",
                            ".3.mp4.tmp", ".-1.mp4", ".99999999999.mp4", "1.mp4"})
        Shelf::write(stem + end, "x");
    const auto parts = shelf.archive().growingParts(recording);
    ck_assert(parts == std::vector<int>({2, 10}));
}

END_TEST

START_TEST(kept_is_found_again) {
    Shelf shelf;
    shelf.keep(readyRecording("r1"));
    shelf.keep(readyRecording("r2", "c2"));
    Archive& archive = shelf.reload();
    ck_assert_uint_eq(archive.all().size(), 2);
    ck_assert_str_eq(archive.find("r2")->callId, "c2");
    ck_assert(!archive.find("r3"));
}

END_TEST

START_TEST(damaged_and_foreign_files_are_left_alone) {
    Shelf shelf;
    shelf.keep(readyRecording("r1"));
    const std::string folder = shelf.path() + "/2026/11/27/c1/";
    const std::string document = Shelf::read(folder + "120000-r1.json");
    Json later = Json::parse(document);
    later["id"] = "later";
    later["drawn_by"] = "a version to come";
    Json damaged = Json::parse(document);
    damaged["id"] = "damaged";
    damaged["parts"] = "none";
    Json call = Json::parse(document);
    call["id"] = "call";
    call["call"] = 7;
    Json outside = Json::parse(document);
    outside["call_id"] = "../../../../..";
    const std::pair<std::string, std::string> files[] = {
        {"120000-half.json", document.substr(0, document.size() / 2)},
        {"120000-empty.json", ""},
        {"120000-list.json", "[1,2]"},
        {"120000-later.json", later.dump()},
        {"120000-damaged.json", damaged.dump()},
        {"120000-call.json", call.dump()},
        {"120000-copy.json", document},
        {"120000-outside.json", outside.dump()},
        {"120000-r1.waveform.json", "{}"},
        {"notes.txt", "mine"},
    };
    for (const auto& [name, text] : files)
        Shelf::write(folder + name, text);
    fs::create_directories(folder + "folder.json");
    fs::create_symlink("/", folder + "link");
    Archive& archive = shelf.reload();
    ck_assert_uint_eq(archive.all().size(), 1);
    for (const auto& [name, text] : files)
        ck_assert_str_eq(Shelf::read(folder + name), text);
}

END_TEST

START_TEST(folder_that_nobody_may_read_is_passed_over) {
    Shelf shelf;
    shelf.keep(readyRecording("r1"));
    const std::string locked = shelf.path() + "/lost+found";
    fs::create_directories(locked);
    fs::permissions(locked, fs::perms::none);
    ck_assert_uint_eq(shelf.reload().all().size(), 1);
    fs::permissions(locked, fs::perms::owner_all);
}

END_TEST

START_TEST(pages_follow_each_other) {
    Shelf shelf;
    for (const char* id : {"a", "b", "c", "d", "e"})
        // The last two began at once.
        shelf.archive().add(readyRecording(id, "c1", std::min(id[0] - 'a', 3)));
    Archive::Query query{.limit = 2};
    ck_assert_str_eq(idsOf(shelf.archive().list(query)), "e d ");
    query.cursor = "d";
    ck_assert_str_eq(idsOf(shelf.archive().list(query)), "c b ");
    query.cursor = "b";
    ck_assert_str_eq(idsOf(shelf.archive().list(query)), "a ");
    query.cursor = "a";
    ck_assert_str_eq(idsOf(shelf.archive().list(query)), "");
    query.cursor = "gone";
    const auto refused = shelf.archive().list(query);
    ck_assert(!refused && refused.error().code == ErrorCode::BadRequest);
}

END_TEST

START_TEST(folder_may_be_named_with_a_slash) {
    Shelf shelf;
    shelf.keep(readyRecording("r1"));
    for (const char* end : {"/", "//", "/.", "/../recordings"}) {
        Archive archive(shelf.path() + end);
        ck_assert(archive.load().ok());
        ck_assert_msg(archive.find("r1"), "not found with %s", end);
    }
}

END_TEST

START_TEST(list_is_of_what_is_asked_for) {
    Shelf shelf;
    shelf.archive().add(readyRecording("a", "c1"));
    shelf.archive().add(readyRecording("b", "c2", 1)).hosts = {"bob"};
    shelf.archive().add(readyRecording("c", "c2", 2)).status = RecordingStatus::Failed;
    const Archive& archive = shelf.archive();
    ck_assert_str_eq(idsOf(archive.list({.callId = "c2"})), "c b ");
    ck_assert_str_eq(idsOf(archive.list({.status = "failed"})), "c ");
    ck_assert_str_eq(idsOf(archive.list({.host = "bob"})), "b ");
    const auto first = [](const std::string& call) { return call == "c1"; };
    // What may not be used takes no place on the page.
    ck_assert_str_eq(idsOf(archive.list({.mayUse = first, .limit = 1})), "a ");
}

END_TEST

START_TEST(erasure_takes_its_own_files_and_empty_folders) {
    Shelf shelf;
    const Recording first = shelf.keep(readyRecording("r1"));
    const Recording longer = shelf.keep(readyRecording("r12"));
    const Recording other = shelf.keep(readyRecording("r2", "c2"));
    const std::string before = shelf.tree();
    for (const Recording& recording : {first, longer})
        for (const char* end : {".1.mp4", ".growing.2.mp4", ".jpg", ".waveform.json", ".2.mp4.tmp"})
            Shelf::write(shelf.archive().stemOf(recording) + end, "x");
    ck_assert(shelf.erase("r12").ok());
    ck_assert(shelf.erase("r1").ok());
    ck_assert_str_eq(shelf.tree(), "2026\n2026/11\n2026/11/27\n2026/11/27/c2\n"
                                   "2026/11/27/c2/120000-r2.json\n");
    ck_assert(shelf.erase("r2").ok());
    ck_assert_str_eq(shelf.tree(), "");
    ck_assert(fs::exists(shelf.path()));
    ck_assert(shelf.erase("r2").ok());
}

END_TEST

START_TEST(erasure_leaves_what_is_not_its_own) {
    Shelf shelf;
    const Recording recording = shelf.keep(readyRecording("r1"));
    const std::string note = shelf.path() + "/2026/11/27/c1/120000-r1-notes.txt";
    Shelf::write(note, "mine");
    ck_assert(shelf.erase("r1").ok());
    ck_assert_str_eq(shelf.tree(), "2026\n2026/11\n2026/11/27\n2026/11/27/c1\n"
                                   "2026/11/27/c1/120000-r1-notes.txt\n");
}

END_TEST

START_TEST(erasure_that_fails_can_be_tried_again) {
    Shelf shelf;
    const Recording recording = shelf.keep(readyRecording("r1"));
    // A folder that is not empty cannot be taken away as a file.
    const std::string stuck = shelf.archive().fileOf(recording, 1);
    Shelf::write(stuck + "/inside", "x");
    ck_assert(!shelf.erase("r1").ok());
    ck_assert(shelf.archive().find("r1"));
    ck_assert(fs::exists(shelf.archive().stemOf(recording) + ".json"));
    fs::remove_all(stuck);
    ck_assert(shelf.erase("r1").ok());
    ck_assert_str_eq(shelf.tree(), "");
}

END_TEST

int main() {
    return runSuite("archive",
                    {files_have_their_date_and_call, growing_files_are_known_by_their_names,
                     kept_is_found_again, damaged_and_foreign_files_are_left_alone,
                     folder_that_nobody_may_read_is_passed_over, pages_follow_each_other,
                     folder_may_be_named_with_a_slash, list_is_of_what_is_asked_for,
                     erasure_takes_its_own_files_and_empty_folders,
                     erasure_leaves_what_is_not_its_own, erasure_that_fails_can_be_tried_again});
}
