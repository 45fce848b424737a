/**
 * What the server asks of a sender, as encoder settings.
 *
 * The encoder scales, not the track: the local preview keeps its size, a canvas' track can be
 * scaled too, and the camera need not be opened again.
 */

export interface Wanted {
  max_width: number;
  max_height: number;
  max_fps: number;
  max_bitrate: number;
}

/** Fields that a browser ignores where it does not know them. */
export type Encoding = Pick<
  RTCRtpEncodingParameters,
  'active' | 'maxBitrate' | 'maxFramerate' | 'scaleResolutionDownBy'
>;

/** Settings for a picture of `width` × `height` so that it stays within `wanted`. */
export function encodingFor(
  wanted: Wanted,
  width: number | undefined,
  height: number | undefined,
): Encoding {
  const shown = wanted.max_width > 0 && wanted.max_height > 0;
  const encoding: Encoding = { active: shown };
  if (!shown) return encoding;
  if (wanted.max_bitrate > 0) encoding.maxBitrate = wanted.max_bitrate;
  if (wanted.max_fps > 0) encoding.maxFramerate = wanted.max_fps;
  // The tile is filled and the rest cut, so the smaller excess counts: 4:3 in a 16:9 tile is wide
  // enough only when its width is the tile's.
  const excess = Math.min((width ?? 0) / wanted.max_width, (height ?? 0) / wanted.max_height);
  encoding.scaleResolutionDownBy = Math.max(1, excess);
  return encoding;
}

/** Applies `wanted` to what `sender` sends now. */
export async function applyEncoding(sender: RTCRtpSender, wanted: Wanted): Promise<void> {
  const settings = sender.track?.getSettings();
  const parameters = sender.getParameters();
  const [encoding] = parameters.encodings;
  if (!encoding) return;
  Object.assign(encoding, encodingFor(wanted, settings?.width, settings?.height));
  try {
    await sender.setParameters(parameters);
  } catch {
    // Another call was faster, or the browser knows less: more is sent than is shown, which works.
  }
}
