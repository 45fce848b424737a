// Random sequences of what eight people do by REST and WebSocket, against a real mulliond with the
// test double of mullion-call, compared step by step with a model of calls: the answer, the whole
// call and what each device heard; at the end of a sequence the lists of each user and the chat.
//
//   node tests/model/model.test.mjs [sqlite|redis] [N]   N sequences (300), both stores by default
//   SEED=7 node tests/model/model.test.mjs sqlite        only the sequence of this seed, with steps
//   node tests/model/model.test.mjs both 10000           what a release takes
//
// The programs are those in `build`, or those that MULLIOND and FAKE_CALL name; FIRST is the seed of
// the first sequence (1). A difference prints the seed and the fewest steps that still show it.
// Timers, media that fails and restarts of mulliond are not in it: other tests have those.
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Server } from './client.mjs';
import { Sequence } from './sequence.mjs';
import { stepsOf } from './steps.mjs';

/** How many sequences go on at a time; each has people of its own. */
const kAtOnce = 4;

const fromRoot = (path) => resolve(fileURLToPath(new URL('../..', import.meta.url)), path);
const mulliond = process.env.MULLIOND ?? fromRoot('build/mulliond');
const fakeCall = process.env.FAKE_CALL ?? fromRoot('build/tests/worker/fake_call');

/** @return what differs, or null. */
async function differenceIn(server, steps, trace) {
  const sequence = new Sequence(server, trace);
  try {
    await sequence.take(steps);
    return null;
  } catch (error) {
    return error;
  } finally {
    await sequence.leave();
  }
}

/** Leaves out every step without which there is a difference still. */
async function shrink(server, steps) {
  let few = steps;
  for (let i = few.length - 1; i >= 0; --i) {
    const fewer = few.filter((_, index) => index !== i);
    if (await differenceIn(server, fewer)) few = fewer;
  }
  return few;
}

async function report(server, store, seed, steps, error) {
  console.log(`# SEED=${seed} differs: ${error.message}`.replace(/\n/g, '\n# '));
  const few = await shrink(server, steps);
  const last = (await differenceIn(server, few)) ?? error;
  console.log(`# SEED=${seed} node tests/model/model.test.mjs ${store}`);
  for (const step of few) console.log(`#   ${JSON.stringify(step)}`);
  console.log(last.message.replace(/^/gm, '# '));
}

async function run(store, seeds, trace) {
  const server = await Server.start({ mulliond, fakeCall, store });
  const started = Date.now();
  const waiting = [...seeds];
  const late = new Set();
  let taken = 0;
  let steps = 0;
  let failed = 0;
  const work = async () => {
    while (waiting.length > 0 && failed < 5) {
      const seed = waiting.shift();
      const sequence = stepsOf(seed);
      const error = await differenceIn(server, sequence, trace);
      if (error?.isLate && !late.has(seed)) {
        late.add(seed);
        waiting.push(seed);
        continue;
      }
      ++taken;
      steps += sequence.length;
      if (!error) continue;
      ++failed;
      await report(server, store, seed, sequence, error);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(kAtOnce, waiting.length) }, work));
    const metrics = (await server.request('GET', '/metrics')).body;
    assert.match(metrics, /^mullion_calls 0$/m, 'calls are left over');
    assert.match(metrics, /^mullion_call_process_deaths_total 0$/m, 'call processes died');
  } catch (error) {
    server.troubles.push(error.message);
  } finally {
    await server.stop();
  }
  for (const trouble of server.troubles) console.log(`# ${trouble}`);
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(`# ${store}: ${taken} sequences, ${steps} steps, ${failed} differ, ${seconds} s`);
  return failed === 0 && server.troubles.length === 0;
}

const [which = 'both', count = '300'] = process.argv.slice(2);
const stores = which === 'both' ? ['sqlite', 'redis'] : [which];
const first = Number(process.env.FIRST ?? 1);
const seeds = process.env.SEED
  ? [Number(process.env.SEED)]
  : Array.from({ length: Number(count) }, (_, index) => first + index);
console.log(`1..${stores.length}`);
for (const [index, store] of stores.entries()) {
  const isFine = await run(store, seeds, Boolean(process.env.SEED));
  if (!isFine) process.exitCode = 1;
  console.log(`${isFine ? 'ok' : 'not ok'} ${index + 1} - ${store} does as the model`);
}
