// Three people in one call: each sees all in one picture, and hears the others but not himself.
import { afterEach, beforeEach, test } from 'node:test';
import { missingForAll } from './support/person.mjs';
import { Stage } from './support/stage.mjs';
import { untilNothingMisses } from './support/until.mjs';

let stage;
beforeEach(async () => (stage = await Stage.set()));
afterEach(() => stage.close());

for (const kinds of [
  ['chromium', 'chromium', 'firefox'],
  ['firefox', 'chromium', 'firefox'],
]) {
  test(`everybody sees and hears the others: ${kinds.join(', ')}`, async (t) => {
    const { people } = await stage.call(kinds);
    await untilNothingMisses('the full mix', () => missingForAll(people), {
      deadline: 20_000,
    });
    const tones = people.map(({ tone }) => tone);
    for (const person of people) {
      const { heard } = await person.look(tones);
      t.diagnostic(
        `${person.name} hears ${tones.map((f, i) => `${f} Hz at ${heard[i]} dB`).join(', ')}`,
      );
    }
  });
}
