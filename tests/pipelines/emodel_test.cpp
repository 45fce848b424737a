#include "pipelines/stats/emodel.h"

#include "tests/support/suite.h"

using namespace mullion;

START_TEST(score_falls_with_delay_and_loss) {
    struct Row {
        double delayMs;
        double loss;
        double least;
        double most;
    };

    // Toll quality is above 4; below 3 most people complain.
    for (const Row& row : {Row{0, 0, 4.40, 4.42}, Row{100, 0, 4.3, 4.4}, Row{150, 0, 4.25, 4.4},
                           Row{400, 0, 3.0, 3.6}, Row{50, 0.01, 4.1, 4.3}, Row{50, 0.05, 2.9, 3.6},
                           Row{50, 0.2, 1.0, 2.0}, Row{5000, 1, 1, 1}, Row{-5, -1, 4.4, 4.42}}) {
        const double score = meanOpinionScore({row.delayMs, row.loss});
        ck_assert_msg(score >= row.least && score <= row.most, "%g ms, %g lost: %g", row.delayMs,
                      row.loss, score);
    }
    for (double loss = 0; loss < 0.5; loss += 0.01)
        ck_assert(meanOpinionScore({100, loss + 0.01}) <= meanOpinionScore({100, loss}));
}

END_TEST

int main() {
    return test::runSuite("pipelines.emodel", {score_falls_with_delay_and_loss});
}
