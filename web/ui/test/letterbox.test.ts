import type { Tile } from '@mullion/client';
import { describe, expect, it } from 'vitest';
import { containedIn, ownTile, placeTile } from '../src/letterbox.js';

const kCanvas = { width: 1280, height: 720 };

describe('containedIn', () => {
  it.each([
    [
      'same shape',
      { width: 640, height: 360 },
      { x: 0, y: 0, width: 640, height: 360, scale: 0.5 },
    ],
    [
      'tall box',
      { width: 640, height: 800 },
      { x: 0, y: 220, width: 640, height: 360, scale: 0.5 },
    ],
    [
      'wide box',
      { width: 1000, height: 360 },
      { x: 180, y: 0, width: 640, height: 360, scale: 0.5 },
    ],
    [
      'larger box',
      { width: 2560, height: 1440 },
      { x: 0, y: 0, width: 2560, height: 1440, scale: 2 },
    ],
  ])('centres the canvas in a %s', (_, box, expected) => {
    expect(containedIn(kCanvas, box)).toEqual(expected);
  });

  it('is empty for a canvas without a size', () => {
    expect(containedIn({ width: 0, height: 0 }, kCanvas).width).toBe(0);
  });
});

describe('placeTile', () => {
  it('scales a tile and moves it by the bars', () => {
    const tile = { x: 642, y: 180, width: 638, height: 360 };
    expect(placeTile(tile, kCanvas, { width: 640, height: 800 })).toEqual({
      x: 321,
      y: 310,
      width: 319,
      height: 180,
      scale: 0.5,
    });
  });
});

describe('ownTile', () => {
  const tile = (over: Partial<Tile>): Tile => ({
    user_id: 'me',
    source: 'camera',
    x: 0,
    y: 0,
    width: 1,
    height: 1,
    visible: true,
    ...over,
  });

  it('is the own camera, not the screen, and only when shown', () => {
    const mine = tile({ x: 7 });
    expect(ownTile([tile({ source: 'screen' }), tile({ user_id: 'you' }), mine], 'me')).toBe(mine);
    expect(ownTile([tile({ visible: false })], 'me')).toBeUndefined();
  });
});
