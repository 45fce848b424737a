/** Where the composite's tiles are on the page: pure geometry, in CSS pixels. */
import type { Tile } from '@mullion/client';

export interface Size {
  width: number;
  height: number;
}

export interface Rect extends Size {
  x: number;
  y: number;
}

/** Where `content` lies in `box` under `object-fit: contain`: as large as fits, in the middle. */
export function containedIn(content: Size, box: Size): Rect & { scale: number } {
  if (content.width <= 0 || content.height <= 0)
    return { x: 0, y: 0, width: 0, height: 0, scale: 0 };
  const scale = Math.min(box.width / content.width, box.height / content.height);
  const width = content.width * scale;
  const height = content.height * scale;
  return { x: (box.width - width) / 2, y: (box.height - height) / 2, width, height, scale };
}

/** Where `tile` of a `canvas` is shown when the canvas is shown contained in `box`. */
export function placeTile(tile: Rect, canvas: Size, box: Size): Rect & { scale: number } {
  const shown = containedIn(canvas, box);
  return {
    x: shown.x + tile.x * shown.scale,
    y: shown.y + tile.y * shown.scale,
    width: tile.width * shown.scale,
    height: tile.height * shown.scale,
    scale: shown.scale,
  };
}

/** The tile with the user's own camera, where one is shown. */
export function ownTile(tiles: readonly Tile[], userId: string): Tile | undefined {
  return tiles.find((tile) => tile.user_id === userId && tile.source === 'camera' && tile.visible);
}
