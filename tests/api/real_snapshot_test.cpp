// A snapshot through both real programs: the canvas of mullion-call comes out of mulliond.
#include <cstdlib>

#include "tests/pipelines/decoded_jpeg.h"
#include "tests/support/run_until.h"
#include "tests/support/server.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

START_TEST(empty_room_shows_the_stage) {
    const Server server;
    const User ada(server, "ada");
    runUntil([&] { return request(server, "GET", "/readyz").status == 200; }, "a process", 60);
    const Json canvas = {{"width", 640}, {"height", 480}};
    const Json room =
        ada.post("/call/initiate", {{"participants", Json::array()}, {"canvas", canvas}}).body;
    const std::string path = "/call/" + room["id"].get<std::string>() + "/snapshot.jpg";
    for (const auto& [query, width, height] :
         {std::tuple{"", 640, 480}, {"?width=1920", 640, 480}, {"?width=64", 64, 48}}) {
        const Answer answer = ada.get(path + query);
        ck_assert_int_eq(answer.status, 200);
        const DecodedJpeg picture(answer.body.get<std::string>());
        ck_assert_int_eq(picture.width, width);
        ck_assert_int_eq(picture.height, height);
        for (const auto& [x, y] : {std::pair{1, 1}, {width / 2, height / 2}}) {
            const auto [red, green, blue] = picture.at(x, y);
            ck_assert_msg(std::abs(red - 14) < 6 && std::abs(green - 17) < 6 &&
                              std::abs(blue - 22) < 6,
                          "%d,%d,%d at %d,%d", red, green, blue, x, y);
        }
    }
}

END_TEST

int main() {
    return runSuite("real snapshot", {empty_room_shows_the_stage});
}
