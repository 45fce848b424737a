import type { Player, PlayerEvents } from './broadcast.js';

/** Plays by HLS: some seconds behind, through every network. */
export async function playByHls(
  video: HTMLVideoElement,
  address: string,
  events: PlayerEvents,
): Promise<Player> {
  video.addEventListener('loadeddata', () => events.playing(), { once: true });
  const { default: Hls } = await import('hls.js/light');
  if (!Hls.isSupported()) return playNatively(video, address, events);
  const hls = new Hls({ lowLatencyMode: true, liveDurationInfinity: true });
  let tries = 0;
  hls.on(Hls.Events.ERROR, (_, { fatal, type, response }) => {
    if (!fatal) return;
    const gone = response?.code === 404 || response?.code === 401;
    // Media that does not play is tried again once; a network that is away again and again.
    if (type === Hls.ErrorTypes.MEDIA_ERROR && tries++ === 0) hls.recoverMediaError();
    else events.ended(gone);
  });
  hls.on(Hls.Events.LEVEL_UPDATED, (_, { details }) => {
    if (!details.live) video.addEventListener('ended', () => events.ended(true), { once: true });
  });
  hls.loadSource(address);
  hls.attachMedia(video);
  return {
    age: () => (hls.playingDate ? (Date.now() - hls.playingDate.getTime()) / 1000 : null),
    stop: () => hls.destroy(),
  };
}

/** As iPhones do. */
function playNatively(video: HTMLVideoElement, address: string, events: PlayerEvents): Player {
  const dated = video as HTMLVideoElement & { getStartDate?: () => Date };
  video.src = address;
  video.addEventListener('ended', () => events.ended(true), { once: true });
  video.addEventListener('error', () => events.ended(false), { once: true });
  return {
    age: () => {
      const start = dated.getStartDate?.().getTime() ?? Number.NaN;
      return Number.isNaN(start) ? null : (Date.now() - start) / 1000 - video.currentTime;
    },
    stop: () => video.removeAttribute('src'),
  };
}
