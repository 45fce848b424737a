import { Over, type Player, type PlayerEvents } from './broadcast.js';

/** How long the network may need before another way is tried. */
const kPatience = 6000;

/** Plays by WHEP: WebRTC, a fraction of a second behind. Rejects where that is not possible. */
export async function playByWhep(
  video: HTMLVideoElement,
  address: string,
  events: PlayerEvents,
): Promise<Player> {
  const peer = new RTCPeerConnection();
  const stream = new MediaStream();
  let session = '';
  const stop = (): void => {
    peer.close();
    if (session !== '') void fetch(session, { method: 'DELETE', keepalive: true });
    session = '';
  };
  try {
    for (const kind of ['audio', 'video']) peer.addTransceiver(kind, { direction: 'recvonly' });
    peer.addEventListener('track', ({ track }) => {
      stream.addTrack(track);
      video.srcObject = stream;
    });
    await peer.setLocalDescription();
    await gathered(peer);
    const answer = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/sdp' },
      body: peer.localDescription?.sdp ?? '',
    });
    if ([401, 403, 404, 409].includes(answer.status)) throw new Over();
    if (!answer.ok) throw new Error(`WHEP: ${answer.status}`);
    session = answer.headers.get('location') ?? '';
    await peer.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
    await firstPicture(video);
  } catch (error) {
    stop();
    video.srcObject = null;
    throw error;
  }
  events.playing();
  peer.addEventListener('connectionstatechange', () => {
    if (peer.connectionState === 'failed' || peer.connectionState === 'disconnected') {
      stop();
      events.ended(false);
    }
  });
  return { age: () => null, stop };
}

/** WHEP sends the offer once: it has all candidates. */
function gathered(peer: RTCPeerConnection): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (peer.iceGatheringState === 'complete') resolve();
    };
    peer.addEventListener('icegatheringstatechange', look);
    look();
    setTimeout(resolve, 1000);
  });
}

function firstPicture(video: HTMLVideoElement): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      reject(new Error('no picture'));
    }, kPatience);
    video.addEventListener(
      'loadeddata',
      () => {
        clearTimeout(late);
        resolve();
      },
      { once: true },
    );
  });
}
