#pragma once

#include <cstdlib>
#include <initializer_list>

#include <check.h>

namespace mullion::test {

/// Runs one Check suite and returns what main() returns. Results go to stdout as TAP, which meson
/// reads; each test has its own process unless CK_FORK=no.
///
/// `deadlineSeconds` bounds each test and is generous: a busy machine is no failure.
inline int runSuite(const char* name, std::initializer_list<const TTest*> tests,
                    double deadlineSeconds = 120) {
    Suite* suite = suite_create(name);
    for (const TTest* test : tests) {
        TCase* group = tcase_create(test->name);
        tcase_set_timeout(group, deadlineSeconds);
        tcase_add_test(group, test);
        suite_add_tcase(suite, group);
    }
    SRunner* runner = srunner_create(suite);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

} // namespace mullion::test
