const streams = new WeakMap<MediaStreamTrack, MediaStream>();

/**
 * A stream of `track`, the same for the same. Set it by `live()`: an object that is set again, as Lit
 * does at each drawing, begins the picture anew.
 */
export function pictureOf(track: MediaStreamTrack): MediaStream {
  const stream = streams.get(track) ?? new MediaStream([track]);
  streams.set(track, stream);
  return stream;
}
