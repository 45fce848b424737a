#pragma once

#include <cstdlib>
#include <initializer_list>

#include "tests/support/check_framework.h"

namespace mullion::test {

/// Runs a suite that was put together by hand, for instance with loop tests, and frees it.
inline int run(Suite* suite) {
    SRunner* runner = srunner_create(suite);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/// Adds each test as a group of its own. `deadlineSeconds` bounds each and is generous: a busy
/// machine is no failure.
inline void addTests(Suite* suite, std::initializer_list<const TTest*> tests,
                     double deadlineSeconds = 120) {
    for (const TTest* test : tests) {
        TCase* group = tcase_create(test->name);
        tcase_set_timeout(group, deadlineSeconds);
        tcase_add_test(group, test);
        suite_add_tcase(suite, group);
    }
}

/// Runs one Check suite and returns what main() returns. Results go to stdout as TAP, which meson
/// reads; each test has its own process unless CK_FORK=no.
inline int runSuite(const char* name, std::initializer_list<const TTest*> tests,
                    double deadlineSeconds = 120) {
    Suite* suite = suite_create(name);
    addTests(suite, tests, deadlineSeconds);
    return run(suite);
}

} // namespace mullion::test
