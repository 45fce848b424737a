import { describe, expect, it } from 'vitest';
import { makeCall, makeParticipant } from '../../sdk/test/support/samples.js';
import { deedOf } from '../src/call/deeds.js';
import { newsBetween } from '../src/call/news.js';
import { rungsOf } from '../src/call/picture_choice.js';
import { aboutOf } from '../src/history.js';
import { en } from '../src/words/en.js';

describe('deedOf', () => {
  const press = (key: string, over: KeyboardEventInit = {}, on = 'div'): string | undefined => {
    const target = document.createElement(on);
    document.body.append(target);
    let deed: string | undefined;
    target.addEventListener('keydown', (event) => (deed = deedOf(event)));
    target.dispatchEvent(new KeyboardEvent('keydown', { key, ...over }));
    target.remove();
    return deed;
  };

  it.each([
    ['m', 'microphone'],
    ['M', 'microphone'],
    ['?', 'help'],
    ['Escape', 'escape'],
    ['x', undefined],
  ])('of %s is %s', (key, deed) => expect(press(key)).toBe(deed));

  it('leaves to the browser what is its own', () => {
    expect(press('f', { ctrlKey: true })).toBeUndefined();
    expect(press('m', { repeat: true })).toBeUndefined();
  });

  it('is none where somebody types, but to get out', () => {
    expect(press('m', {}, 'input')).toBeUndefined();
    expect(press('c', {}, 'textarea')).toBeUndefined();
    expect(press('Escape', {}, 'input')).toBe('escape');
  });
});

describe('newsBetween', () => {
  const ann = makeParticipant('ann');
  const bob = makeParticipant('bob', { name: 'Bob' });
  const alone = makeCall({ participants: [ann] });
  const both = makeCall({ participants: [ann, bob] });
  const recorded = makeCall({
    ...{ participants: [ann, bob] },
    recording: { id: 'r', status: 'recording' } as NonNullable<typeof both.recording>,
  });

  it.each([
    ['nothing', both, both, ''],
    ['who came', alone, both, 'Bob joined'],
    ['who left', both, alone, 'Bob left'],
    ['a recording', both, recorded, 'This call is being recorded'],
    ['its end', recorded, both, 'The recording has ended'],
    ['all of it', alone, recorded, 'Bob joined. This call is being recorded'],
  ])('tells %s', (_, before, after, news) => {
    expect(newsBetween(en, before, after, 'ann')).toBe(news);
  });
});

describe('rungsOf', () => {
  const all = ['auto', '1080p', '720p', '360p', '180p'];

  it.each([
    [1920, 1080, 'auto', all],
    [1280, 720, 'auto', all.filter((rung) => rung !== '1080p')],
    [720, 1280, 'auto', all.filter((rung) => rung !== '1080p')],
    [640, 360, '1080p', ['auto', '1080p', '360p', '180p']],
  ] as const)('of %d×%d with %s chosen', (width, height, chosen, rungs) =>
    expect(rungsOf({ width, height, fps: 25 }, chosen)).toEqual(rungs),
  );
});

describe('aboutOf', () => {
  const joined = { joined_at: '2026-01-01T00:00:00.000Z' };

  it.each([
    ['ann', {}, 'out'],
    ['bob', joined, 'in'],
    ['bob', {}, 'missed'],
    ['bob', { state: 'rejected' }, 'rejected'],
  ] as const)('calls one that %s has started, with %j, %s', (created_by, self, kind) => {
    const participants = [makeParticipant('ann', self), makeParticipant('bob')];
    expect(aboutOf(makeCall({ created_by, participants }), 'ann')).toEqual({
      kind,
      others: ['bob'],
    });
  });
});
