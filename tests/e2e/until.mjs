/**
 * Asks `check` again and again until it gives something true, and returns that. The deadline is
 * generous: a busy machine is no failure.
 */
export async function until(what, check, deadlineMs = 60_000) {
  const end = Date.now() + deadlineMs;
  let last;
  for (;;) {
    try {
      last = await check();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end)
      throw new Error(
        `not in time: ${what} (last: ${last instanceof Error ? last.message : JSON.stringify(last)})`,
      );
    await new Promise((resolve) => setTimeout(resolve, 25)); // poll
  }
}
