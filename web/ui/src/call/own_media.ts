/** What one turns on and off of oneself in a call, and how one looks at it. */
import { type CallSession, DeviceError, type LocalMedia } from '@mullion/client';

export async function toggleMicrophone(session: CallSession, media: LocalMedia): Promise<void> {
  if (session.tracks.audio) session.setAudioMuted(!session.audioMuted);
  else await media.turnOn('microphone');
}

/** Also out of a call by sound alone. @returns whether it is on now. */
export async function toggleCamera(session: CallSession, media: LocalMedia): Promise<boolean> {
  if (media.camera && !session.audioOnly) {
    media.turnOff('camera');
    return false;
  }
  if (session.audioOnly) await session.setAudioOnly(false);
  await media.turnOn('camera');
  return true;
}

export async function toggleScreen(media: LocalMedia): Promise<void> {
  if (media.screen) {
    media.unshare();
    return;
  }
  try {
    await media.share();
  } catch (error) {
    // Who has chosen none knows it.
    if (!(error instanceof DeviceError && error.kind === 'cancelled')) throw error;
  }
}

/** Whether the picture can go into a window of its own; Firefox has a way beside the page's. */
export function canPicture(): boolean {
  return (document as { pictureInPictureEnabled?: boolean }).pictureInPictureEnabled === true;
}

export async function togglePicture(video: HTMLVideoElement): Promise<void> {
  if (document.pictureInPictureElement) await document.exitPictureInPicture();
  else if (canPicture()) await video.requestPictureInPicture();
}

export async function toggleFullScreen(element: Element): Promise<void> {
  if (document.fullscreenElement) await document.exitFullscreen();
  else await element.requestFullscreen();
}

/** Lets `video` be heard where the person chose, in browsers that can. */
export async function hearBy(video: HTMLVideoElement, speaker: string): Promise<void> {
  const sink = video as { sinkId?: string; setSinkId?: (id: string) => Promise<void> };
  if (sink.sinkId !== undefined && sink.sinkId !== speaker) await sink.setSinkId?.(speaker);
}
