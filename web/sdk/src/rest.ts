import { ApiError } from './errors.js';
import type {
  AskedLayout,
  Call,
  CallChange,
  ChatMessage,
  IceServers,
  Image,
  Layout,
  LegStats,
  Link,
  NewCall,
  NewLink,
  Participant,
  ParticipantChange,
  Broadcast,
  NewBroadcast,
  Programme,
  Recording,
  RecordingFormat,
  RecordingStatus,
  Role,
  Rung,
  SignedUrl,
  Sound,
} from './model.js';
import type { Tokens } from './token.js';

/** A development token, handed out by servers that are set up for it. */
export interface DevToken {
  token: string;
  user_id: string;
  expires_at: string;
}

/** What a link's code is exchanged for. */
export interface GuestToken extends DevToken {
  call_id: string;
  role: Role;
}

/** The REST interface below `/api/webrtc`. Every method rejects with an {@link ApiError}. */
export class Rest {
  constructor(
    private readonly base: string,
    private readonly tokens: Tokens,
  ) {}

  /** Starts a call; who is named rings. A repeated `idempotencyKey` gives the same call again. */
  initiate(call: NewCall, idempotencyKey?: string): Promise<Call> {
    const headers: Record<string, string> = {};
    if (idempotencyKey !== undefined) headers['Idempotency-Key'] = idempotencyKey;
    return this.#send('POST', '/call/initiate', call, headers);
  }

  answer(callId: string): Promise<Call> {
    return this.#act(callId, 'answer');
  }

  reject(callId: string): Promise<Call> {
    return this.#act(callId, 'reject');
  }

  join(callId: string): Promise<Call> {
    return this.#act(callId, 'join');
  }

  leave(callId: string): Promise<Call> {
    return this.#act(callId, 'leave');
  }

  /** Ends the call for everybody; a host's right. */
  end(callId: string): Promise<Call> {
    return this.#act(callId, 'end');
  }

  get(callId: string): Promise<Call> {
    return this.#send('GET', callPath(callId));
  }

  async active(): Promise<Call[]> {
    return (await this.#send<{ calls: Call[] }>('GET', '/calls/active')).calls;
  }

  /** One's ended calls, the newest first. */
  history(
    query: { cursor?: string; limit?: number } = {},
  ): Promise<{ calls: Call[]; next_cursor: string | null }> {
    return this.#send('GET', `/calls/history${searchOf(query)}`);
  }

  /** A host's right. */
  update(callId: string, change: CallChange): Promise<Call> {
    return this.#send('PATCH', callPath(callId), change);
  }

  /** Rings more people, also those who were removed; a host's right. */
  invite(callId: string, participants: string[]): Promise<Call> {
    return this.#send('POST', `${callPath(callId)}/invite`, { participants });
  }

  /** Makes a link that lets guests in; a host's right. */
  createLink(callId: string, link: NewLink = {}): Promise<Link> {
    return this.#send('POST', `${callPath(callId)}/links`, link);
  }

  /** Lays the picture out; a host's right. */
  setLayout(callId: string, layout: AskedLayout): Promise<Call> {
    return this.#send('PUT', `${callPath(callId)}/layout`, layout);
  }

  /** What was written, the oldest first. A page may hold less than `limit` and not be the last. */
  chat(
    callId: string,
    query: { cursor?: string; limit?: number } = {},
  ): Promise<{ messages: ChatMessage[]; next_cursor: string | null }> {
    return this.#send('GET', `${callPath(callId)}/chat${searchOf(query)}`);
  }

  /** How each leg does. */
  stats(callId: string): Promise<{ legs: LegStats[] }> {
    return this.#send('GET', `${callPath(callId)}/stats`);
  }

  layout(callId: string): Promise<Layout> {
    return this.#send('GET', `${callPath(callId)}/layout`);
  }

  /** Where an `<img>` finds the canvas as it is when it loads; `&width=` may be added. */
  snapshot(callId: string): Promise<SignedUrl> {
    return this.#send('GET', `${callPath(callId)}/snapshot`);
  }

  async participants(callId: string): Promise<Participant[]> {
    const path = `${callPath(callId)}/participants`;
    return (await this.#send<{ participants: Participant[] }>('GET', path)).participants;
  }

  changeParticipant(callId: string, userId: string, change: ParticipantChange): Promise<unknown> {
    return this.#send('PATCH', memberPath(callId, userId), change);
  }

  /** Takes somebody out; he comes back only when he is invited. A host's right. */
  removeParticipant(callId: string, userId: string): Promise<unknown> {
    return this.#send('DELETE', memberPath(callId, userId));
  }

  /** Asks somebody to be heard, or seen; a host's right. */
  askToUnmute(
    callId: string,
    userId: string,
    what: { audio?: boolean; video?: boolean } = {},
  ): Promise<unknown> {
    return this.#send('POST', `${memberPath(callId, userId)}/ask-unmute`, what);
  }

  /** Chooses the encoding of the composite that somebody gets; `audio` is none. */
  setRung(callId: string, userId: string, rung: Rung): Promise<unknown> {
    return this.#send('PUT', `${memberPath(callId, userId)}/rung`, { rung });
  }

  /** Who waits in the lobby; a host's right, as what follows. */
  async lobby(callId: string): Promise<Participant[]> {
    const path = `${callPath(callId)}/lobby`;
    return (await this.#send<{ participants: Participant[] }>('GET', path)).participants;
  }

  admit(callId: string, userId: string): Promise<Call> {
    return this.#act(callId, `lobby/${encodeURIComponent(userId)}/admit`);
  }

  /** Who is denied comes back only when he is invited. */
  deny(callId: string, userId: string): Promise<Call> {
    return this.#act(callId, `lobby/${encodeURIComponent(userId)}/deny`);
  }

  /** Records the call; a host's right, as what follows. */
  startRecording(callId: string, format?: RecordingFormat, tracks = false): Promise<Recording> {
    const asked = { ...(format && { format }), ...(tracks && { tracks }) };
    return this.#send('POST', `${callPath(callId)}/recording`, asked);
  }

  pauseRecording(callId: string): Promise<Recording> {
    return this.#send('POST', `${callPath(callId)}/recording/pause`);
  }

  resumeRecording(callId: string): Promise<Recording> {
    return this.#send('POST', `${callPath(callId)}/recording/resume`);
  }

  stopRecording(callId: string): Promise<Recording> {
    return this.#send('DELETE', `${callPath(callId)}/recording`);
  }

  /** Sends the call out; a host's right, as what follows. */
  startBroadcast(callId: string, what: NewBroadcast): Promise<Broadcast> {
    return this.#send('POST', `${callPath(callId)}/broadcasts`, what);
  }

  /** The newest last; those that are over stay for some minutes. */
  async broadcasts(callId: string): Promise<Broadcast[]> {
    const path = `${callPath(callId)}/broadcasts`;
    return (await this.#send<{ broadcasts: Broadcast[] }>('GET', path)).broadcasts;
  }

  stopBroadcast(callId: string, id: string): Promise<Broadcast> {
    return this.#send('DELETE', `${callPath(callId)}/broadcasts/${encodeURIComponent(id)}`);
  }

  /**
   * Changes what recordings, broadcasts and those who watch get: what is named is replaced, `null`
   * takes it away, the rest stays.
   */
  changeProgramme(callId: string, change: Partial<Programme>): Promise<Programme> {
    return this.#send('PATCH', `${callPath(callId)}/programme`, change);
  }

  /** Makes it the call's own picture again. */
  undoProgramme(callId: string): Promise<Programme> {
    return this.#send('DELETE', `${callPath(callId)}/programme`);
  }

  /** Gives the call a PNG or JPEG for its programme. */
  addImage(callId: string, image: Blob): Promise<Image> {
    return this.#send('POST', `${callPath(callId)}/images`, image);
  }

  /** Plays a file of sound to everybody and into every output; `volume` is 0 to 2. */
  playSound(callId: string, sound: Blob, volume = 1): Promise<Sound> {
    return this.#send('POST', `${callPath(callId)}/sounds?volume=${String(volume)}`, sound);
  }

  async stopSound(callId: string, id: string): Promise<void> {
    await this.#send('DELETE', `${callPath(callId)}/sounds/${encodeURIComponent(id)}`);
  }

  /** The newest first, of calls in which one was a host. */
  recordings(
    query: { call_id?: string; status?: RecordingStatus; cursor?: string; limit?: number } = {},
  ): Promise<{ recordings: Recording[]; next_cursor: string | null }> {
    return this.#send('GET', `/recordings${searchOf(query)}`);
  }

  recording(id: string): Promise<Recording> {
    return this.#send('GET', `/recordings/${encodeURIComponent(id)}`);
  }

  /** Erases it with its files. */
  eraseRecording(id: string): Promise<unknown> {
    return this.#send('DELETE', `/recordings/${encodeURIComponent(id)}`);
  }

  iceServers(): Promise<IceServers> {
    return this.#send('GET', '/ice-servers');
  }

  /** What a page subscribes with; see `turnPushOn`. */
  async pushKey(): Promise<string> {
    return (await this.#send<{ key: string }>('GET', '/push/key')).key;
  }

  /** Rings one by that subscription, a `PushSubscription.toJSON()`, while no page is open. */
  subscribeToPushes(subscription: PushSubscriptionJSON): Promise<unknown> {
    return this.#send('POST', '/push/subscriptions', subscription);
  }

  unsubscribeFromPushes(endpoint: string): Promise<unknown> {
    return this.#send('DELETE', `/push/subscriptions${searchOf({ endpoint })}`);
  }

  #act(callId: string, action: string): Promise<Call> {
    return this.#send('POST', `${callPath(callId)}/${action}`);
  }

  async #send<Answer>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const withToken = async (token: string): Promise<Answer> =>
      request(`${this.base}${path}`, method, body, {
        ...headers,
        Authorization: `Bearer ${token}`,
      });
    try {
      return await withToken(await this.tokens.current());
    } catch (error) {
      // The token may have run out while the device slept: once, with a new one.
      if (!(error instanceof ApiError) || error.status !== 401 || !this.tokens.canRenew)
        throw error;
      return withToken(await this.tokens.renew());
    }
  }
}

/**
 * Asks for a development token. `base` is where the REST interface is, such as
 * `https://calls.example.org/api/webrtc`: a client's `url` with its path. Rejects with an
 * {@link ApiError} of status 403 or 404 where the server hands out none, as servers for more than
 * one machine should.
 */
export function devToken(base: string, userId: string, name: string): Promise<DevToken> {
  return request(`${base}/token`, 'POST', { user_id: userId, name });
}

/**
 * Exchanges a link's code for a token that is good for its call alone; `base` as of
 * {@link devToken}. Rejects with an {@link ApiError} of field `pin` where the link needs one, or
 * another one.
 */
export function guestToken(
  base: string,
  code: string,
  name: string,
  pin = '',
): Promise<GuestToken> {
  return request(`${base}/links/${encodeURIComponent(code)}/token`, 'POST', { name, pin });
}

function callPath(callId: string): string {
  return `/call/${encodeURIComponent(callId)}`;
}

function memberPath(callId: string, userId: string): string {
  return `${callPath(callId)}/participants/${encodeURIComponent(userId)}`;
}

function searchOf(query: Record<string, string | number>): string {
  const words = Object.entries(query).map(([name, value]) => [name, String(value)]);
  return words.length === 0 ? '' : `?${new URLSearchParams(words).toString()}`;
}

async function request<Answer>(
  url: string,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const init: RequestInit = { method, headers };
  if (body instanceof Blob) {
    init.body = body;
    init.headers = { ...headers, 'Content-Type': body.type };
  } else if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { ...headers, 'Content-Type': 'application/json' };
  }
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch {
    throw new ApiError('unreachable', 'The server cannot be reached. Check your network.');
  }
  const text = await response.text();
  const answer = parse(text);
  if (!response.ok) throw ApiError.fromProblem(answer ?? {}, response.status);
  return answer as Answer;
}

function parse(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
