/** What the server pushes when somebody is rung, and when that is over; docs/api.md has it. */
export interface Pushed {
  type: 'call:incoming' | 'call:answered' | 'call:rejected' | 'call:cancelled' | 'call:missed';
  call_id: string;
  caller: { user_id: string; name: string };
  title: string | null;
  call_type: 'video' | 'audio';
  /** Of `call:incoming`: the path of a POST that says no. */
  reject?: string;
}

/** What a notification knows of its call. */
export interface Notice {
  callId: string;
  rings: boolean;
  reject: string;
}

/** What the notification says, in the person's language. */
export interface NoticeWords {
  rings: (name: string) => string;
  missed: (name: string) => string;
  videoCall: string;
  audioCall: string;
  accept: string;
  reject: string;
}

/** `lib.dom` knows less of notifications than browsers do. */
export interface Shown {
  title: string;
  options: NotificationOptions & {
    data: Notice;
    actions?: { action: string; title: string }[];
    renotify?: boolean;
    timestamp?: number;
    vibrate?: number[];
  };
}

/** Ringing is felt, twice a breath, for as long as a phone vibrates. */
const kVibration = Array.from({ length: 10 }, () => [500, 250, 500, 1250]).flat();

/** Reads a push; null for what is none of ours. */
export function readPush(text: string | undefined): Pushed | null {
  try {
    const json = JSON.parse(text ?? '') as Partial<Pushed> | null;
    const isOurs = typeof json?.call_id === 'string' && typeof json.caller?.user_id === 'string';
    return isOurs ? (json as Pushed) : null;
  } catch {
    return null;
  }
}

/** What there is to show: who rings or whom one has missed; null where nothing is left to say. */
export function noticeOf(
  pushed: Pushed,
  words: NoticeWords,
  language: { lang: string; dir: NotificationDirection },
  at = Date.now(),
): Shown | null {
  const { caller, title, call_id: callId } = pushed;
  const name = caller.name === '' ? caller.user_id : caller.name;
  const kind = pushed.call_type === 'audio' ? words.audioCall : words.videoCall;
  const common = {
    ...language,
    // Of a call there is one notification.
    tag: callId,
    icon: '/icon-192.png',
    body: title ? `${title} · ${kind}` : kind,
    timestamp: at,
  };
  if (pushed.type === 'call:incoming')
    return {
      title: words.rings(name),
      options: {
        ...common,
        data: { callId, rings: true, reject: pushed.reject ?? '' },
        requireInteraction: true,
        renotify: true,
        vibrate: kVibration,
        actions: [
          { action: 'accept', title: words.accept },
          { action: 'reject', title: words.reject },
        ],
      },
    };
  // Whoever hangs up before one answers was missed as well.
  if (pushed.type === 'call:missed' || pushed.type === 'call:cancelled')
    return {
      title: words.missed(name),
      options: { ...common, data: { callId, rings: false, reject: '' }, silent: true },
    };
  return null;
}

/** Whether a page can ring by itself: the app's, but not that of a guest. */
export function isApp(url: string): boolean {
  const { pathname, searchParams } = new URL(url);
  return (pathname === '/' || pathname.startsWith('/call/')) && !searchParams.has('link');
}
