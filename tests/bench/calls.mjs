// Calls on a server of their own, filled by mullion-load, and what they cost.
import { load } from '../e2e/support/programs.mjs';
import { Server } from '../e2e/support/server.mjs';
import { figuresOf } from './performance.mjs';

/** What mullion-load ends with where frames were lost: there are figures all the same. */
const kLost = 1;

/**
 * Fills `calls` calls with `people` each, who all send the camera-like clip and get a canvas of
 * 1280×720 at 25, VP8 at `bitrate`. Costs are CPU seconds a second.
 */
export async function measureCalls({ calls = 1, people, seconds, bitrate }) {
  const server = await Server.start({ env: { MULLION_MEDIA_BITRATE_720P: `${bitrate}` } });
  try {
    const {
      picture,
      sound,
      joins,
      cpu_per_second: cpu,
    } = await figuresOf(
      load(),
      [
        ...['--server', server.url, '--server-pid', `${server.process.pid}`],
        ...['--data-dir', server.dataDir, '--calls', `${calls}`],
        ...['--people', `${people}`, '--seconds', `${seconds}`],
      ],
      [kLost],
    );
    return {
      calls,
      people,
      cost: cpu.calls,
      control: cpu.mulliond,
      load: cpu.load,
      missing: picture.missing,
      expected: picture.expected,
      soundMissing: sound.missing,
      soundExpected: sound.expected,
      freezes: picture.freezes,
      longestGapMs: picture.longest_gap_ms,
      joinsFailed: joins.failed,
    };
  } finally {
    await server.remove();
  }
}
