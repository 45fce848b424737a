const streams = new WeakMap<MediaStreamTrack, MediaStream>();

/** A stream of `track`, the same for the same: a picture would begin anew with each drawing. */
export function pictureOf(track: MediaStreamTrack): MediaStream {
  const stream = streams.get(track) ?? new MediaStream([track]);
  streams.set(track, stream);
  return stream;
}
