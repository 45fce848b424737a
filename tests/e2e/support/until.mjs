import { setTimeout as pause } from 'node:timers/promises';

/**
 * Waits for a state by its name. `probe` is asked again and again until what it gives is truthy,
 * and that is returned; past `deadline` milliseconds it fails with `what` and the last answer. The
 * deadline is generous: a busy machine is no failure. An error of the probe's that is `final` ends
 * the waiting.
 */
export async function until(what, probe, { deadline = 60_000, every = 40 } = {}) {
  const end = performance.now() + deadline;
  let last;
  for (;;) {
    try {
      const answer = await probe();
      if (answer) return answer;
      last = JSON.stringify(answer);
    } catch (error) {
      if (error.final) throw error;
      last = error;
    }
    if (performance.now() > end) throw new Error(`${what}: not within ${deadline} ms (${last})`);
    await pause(every);
  }
}

/** Like {@link until}, where `probe` gives what is still missing, or an empty text. */
export async function untilNothingMisses(what, probe, options) {
  let missing = '';
  await until(what, async () => (missing = await probe()) === '', options).catch((error) => {
    throw new Error(`${error.message}: ${missing}`);
  });
}
