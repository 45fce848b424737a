/**
 * One's own part in a call: what is sent, what comes back, and how both survive a lost connection.
 *
 *     waiting ── admitted ─┐
 *     connecting ◀─────────┘
 *     connecting ── media ──▶ connected ◀── media of the new leg ──┐
 *         │                       └── lost, renegotiate ──▶ reconnecting
 *         └──────────────── hang up, call over, refused ──▶ ended
 *
 * There are at most two legs: `current`, which is shown, and `next`, which is being opened beside
 * it. They are swapped when the next one's media has been decoded, so that the picture stays.
 */
import { Backoff } from './backoff.js';
import { isOver, isWaiting, presentIn } from './call_book.js';
import { ChatLog } from './chat_log.js';
import { Emitter } from './emitter.js';
import { ApiError } from './errors.js';
import { Leg, type LegChannel, type LocalTracks } from './leg.js';
import type {
  ConstraintsMessage,
  LegClosedMessage,
  MediaMessage,
  QualityEvent,
  ReactionEvent,
  RecordingEvent,
  ServerEvent,
  UnmuteAskedEvent,
} from './messages.js';
import type { Call, ChatMessage, Layout, Participant, Rung } from './model.js';
import { type NetworkState, NetworkWatch, type Quality } from './network.js';
import { Reporting } from './reporting.js';
import type { Rest } from './rest.js';
import { RungChoice } from './rung_choice.js';
import { Sending } from './sending.js';
import { newUuid } from './uuid.js';

/** `waiting`: in the lobby, until a host admits one; then media begins by itself. */
export type SessionState = 'waiting' | 'connecting' | 'connected' | 'reconnecting' | 'ended';

/**
 * How a session ended: `denied` when a host has not let one in from the lobby, `ended` when one has
 * ended the call for everybody; `error` is there when it was not on purpose.
 */
export interface SessionEnd {
  reason: 'hangup' | 'ended' | 'call_over' | 'left' | 'removed' | 'denied' | 'replaced' | 'failed';
  error?: Error;
}

export interface SessionEvents {
  state: SessionState;
  /** The call has changed: who is in it, its status. */
  call: Call;
  layout: Layout;
  speaker: string | null;
  /** Somebody, perhaps a host, has changed what one sends. */
  muted: { audio: boolean; video: boolean };
  /** What one sends has changed, whoever did it. */
  sending: null;
  chat: ChatMessage;
  reaction: ReactionEvent;
  /** What becomes of a recording; `reason` is there where it failed or was cut off. */
  recording: RecordingEvent;
  unmuteAsked: UnmuteAskedEvent;
  /** Once a second, of oneself; a host hears it of all. */
  quality: QualityEvent;
  network: NetworkState;
  /** Oneself or a host has chosen another encoding of the composite. */
  rung: Rung;
  /** A new leg has taken over; `stream` stays the same object. */
  leg: string;
  ended: SessionEnd;
}

/** What a session needs of its client. */
export interface SessionContext {
  readonly userId: string;
  readonly rest: Rest;
  readonly channel: LegChannel;
  iceServers(): Promise<RTCIceServer[]>;
}

export class CallSession extends Emitter<SessionEvents> {
  /** The composite and the mix. The same object as long as the session lasts. */
  readonly stream = new MediaStream();
  #state: SessionState = 'connecting';
  #call: Call;
  #layout: Layout | null = null;
  #speaker: string | null = null;
  #end: SessionEnd | null = null;
  /** One ends the call oneself: its end is no news of somebody else's. */
  #ending = false;
  readonly #sending: Sending;
  #mutesUnderway = 0;
  #current: Leg | null = null;
  #next: Leg | null = null;
  /** The last that was asked of each source, for tracks that come later. */
  readonly #wanted = new Map<string, ConstraintsMessage>();
  readonly #backoff = new Backoff(200, 5_000);
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #reporting: Reporting;
  readonly #rung: RungChoice;
  readonly #chat = new ChatLog();
  readonly #quality = new Map<string, Quality>();
  readonly #watch = new NetworkWatch();

  /** Made by a {@link Client}, which has joined the call by then. */
  constructor(
    private readonly context: SessionContext,
    call: Call,
    tracks: Partial<LocalTracks> = {},
  ) {
    super();
    this.#call = call;
    this.#sending = new Sending(tracks);
    this.#rung = new RungChoice(
      (rung) => context.rest.setRung(call.id, this.userId, rung),
      call.participants.find(this.#isSelf)?.rung,
    );
    this.#reporting = new Reporting(call.id, context.channel, () =>
      this.#state === 'connected' ? this.#current : null,
    );
    // Whom one rings may be busy: then it is over as it begins.
    if (isOver(call)) this.#finish({ reason: 'call_over' });
    else if (isWaiting(call, this.userId)) this.#state = 'waiting';
    else this.#begin();
  }

  get state(): SessionState {
    return this.#state;
  }

  get call(): Call {
    return this.#call;
  }

  /** Where everybody is in the composite, as soon as it is known. */
  get layout(): Layout | null {
    return this.#layout;
  }

  get speaker(): string | null {
    return this.#speaker;
  }

  get userId(): string {
    return this.context.userId;
  }

  /** The requests that are about more than one's own media. */
  get rest(): Rest {
    return this.context.rest;
  }

  /** What was written, as far as it is known: see {@link loadChat}. */
  get messages(): readonly ChatMessage[] {
    return this.#chat.messages;
  }

  /** The last figures of everybody of whom there are any. */
  get quality(): ReadonlyMap<string, Quality> {
    return this.#quality;
  }

  get network(): NetworkState {
    return this.#sending.network;
  }

  /** Whether no pictures are sent or taken, by the network or by {@link setAudioOnly}. */
  get audioOnly(): boolean {
    return this.#sending.audioOnly;
  }

  /** The chosen encoding of the composite: what one gets while {@link audioOnly} is not. */
  get rung(): Rung {
    return this.#rung.chosen;
  }

  /** How it ended; null while it lasts. */
  get end(): SessionEnd | null {
    return this.#end;
  }

  get tracks(): Readonly<LocalTracks> {
    return this.#sending.tracks;
  }

  get audioMuted(): boolean {
    return this.#sending.audioMuted;
  }

  get videoMuted(): boolean {
    return this.#sending.videoMuted;
  }

  /** Silences the microphone or opens it again; it stays with the page, so that this is at once. */
  setAudioMuted(muted: boolean): void {
    this.#applyAudioMuted(muted);
    this.#tellMuted();
  }

  /** Sends `track` as the microphone; null sends silence. The track stays the caller's. */
  async setMicrophone(track: MediaStreamTrack | null, muted = track === null): Promise<void> {
    if (track) track.enabled = !muted;
    await this.#replace('audio', track);
    this.setAudioMuted(muted);
  }

  /** Sends `track` as the camera; null turns it off. The track stays the caller's to stop. */
  async setCamera(track: MediaStreamTrack | null): Promise<void> {
    await this.#replace('camera', track);
    this.#tellMuted();
  }

  /**
   * Shows `track` as the screen, with its sound where it has any; null ends that. The tracks stay
   * the caller's to stop.
   */
  async setScreen(
    track: MediaStreamTrack | null,
    sound: MediaStreamTrack | null = null,
  ): Promise<void> {
    if (this.#sending.setScreenSound(sound)) await this.#resend('audio');
    await this.#replace('screen', track);
    this.#tellMuted();
  }

  /** Sound alone, to spare the network; false leaves it to the network's state. */
  async setAudioOnly(soundAlone: boolean): Promise<void> {
    await this.#changePictures(() => (this.#sending.soundAlone = soundAlone));
  }

  /**
   * Chooses the encoding of the composite that one gets; `auto` is the best there is. During sound
   * alone it is for when the pictures come back. Rejects with an {@link ApiError}, and all stays as
   * it was.
   */
  async setRung(rung: Rung): Promise<void> {
    try {
      await this.#rung.choose(rung, this.audioOnly);
    } finally {
      this.emit('rung', this.rung);
    }
  }

  /** Writes to everybody. Rejects with an {@link ApiError}. */
  async sendChat(text: string): Promise<void> {
    const message = { id: newUuid(), text };
    await this.context.channel.request({
      type: 'chat:message',
      call_id: this.#call.id,
      ...message,
    });
    this.#onChat({ ...message, user_id: this.userId, at: new Date().toISOString() });
  }

  /** Fetches what was written before one came. Rejects with an {@link ApiError}. */
  loadChat(): Promise<void> {
    return this.#chat.load((query) => this.context.rest.chat(this.#call.id, query));
  }

  /** Shows `emoji` to everybody for a moment. */
  react(emoji: string): void {
    this.context.channel.send({ type: 'reaction', call_id: this.#call.id, emoji });
  }

  /** Leaves the call. The media stops at once, whatever the server answers. */
  async hangUp(): Promise<void> {
    if (this.#state === 'ended') return;
    this.#finish({ reason: 'hangup' });
    await this.context.rest.leave(this.#call.id);
  }

  /** Ends the call for everybody, as hosts may. Rejects with an {@link ApiError}. */
  async endForAll(): Promise<void> {
    this.#ending = true;
    try {
      const call = await this.context.rest.end(this.#call.id);
      // The event may have come before the answer.
      if (this.#end === null) this.#onCall(call);
    } catch (error) {
      this.#ending = false;
      throw error;
    }
  }

  /** The browser's own figures of the leg in use; null before there is one. */
  async stats(): Promise<RTCStatsReport | null> {
    return (await (this.#current ?? this.#next)?.stats()) ?? null;
  }

  /** @internal An event about this call. */
  accept(event: ServerEvent, call: Call | undefined): void {
    if (this.#state === 'ended') return;
    if (call && call !== this.#call) this.#onCall(call);
    if (event.type === 'call:layout') this.#onLayout(event);
    else if (event.type === 'call:speaker') {
      this.#speaker = event.user_id;
      this.emit('speaker', event.user_id);
    } else if (event.type === 'participant:updated' || event.type === 'participant:left') {
      if (event.participant.user_id === this.userId) this.#onSelf(event.participant);
    } else if (event.type === 'webrtc:renegotiate') void this.#open();
    else if (event.type === 'chat:message') this.#onChat(event);
    else if (event.type === 'reaction') this.emit('reaction', event);
    else if ('recording' in event) this.emit('recording', event);
    else if (event.type === 'media:unmute_asked') this.emit('unmuteAsked', event);
    else if (event.type === 'call:quality') this.#onQuality(event);
    else if ('leg' in event) this.#onMedia(event);
  }

  /** @internal The server has greeted a new connection, with this call or without it. */
  async greeted(call: Call | undefined): Promise<void> {
    if (this.#state === 'ended') return;
    try {
      this.#onCall(call ?? (await this.context.rest.get(this.#call.id)));
    } catch (error) {
      if (error instanceof ApiError && !error.isPassing) this.#fail(error);
      return;
    }
    if (this.#end !== null || this.#state === 'waiting') return;
    this.#tellMuted();
    await Promise.all([this.#rung.settle(this.audioOnly), this.#fetchLayout()]);
  }

  /** @internal The client gives the session up without a word to the server. */
  abandon(error: Error): void {
    this.#finish({ reason: 'failed', error });
  }

  /** In the call: media may flow. */
  #begin(): void {
    this.#become('connecting');
    if (this.audioMuted || this.videoMuted) this.#tellMuted();
    void this.#rung.settle(this.audioOnly);
    void this.#fetchLayout();
    void this.#open();
  }

  #onCall(call: Call): void {
    this.#call = call;
    this.emit('call', call);
    if (isOver(call)) this.#finish({ reason: this.#ending ? 'ended' : 'call_over' });
    else if (this.#state === 'waiting' && presentIn(call).some(this.#isSelf)) this.#begin();
  }

  readonly #isSelf = ({ user_id }: { user_id: string }): boolean => user_id === this.userId;

  #onLayout({ canvas, mode, tiles }: Layout): void {
    this.#layout = { canvas, mode, tiles };
    this.emit('layout', this.#layout);
  }

  #onChat({ id, user_id, text, at }: ChatMessage): void {
    const message = { id, user_id, text, at };
    if (this.#chat.add(message)) this.emit('chat', message);
  }

  #onQuality(event: QualityEvent): void {
    const { up, down, rung } = event;
    this.#quality.set(event.user_id, { up, down, rung });
    this.emit('quality', event);
    if (event.user_id !== this.userId || this.#call.type === 'audio') return;
    const network = this.#watch.add(event, performance.now());
    if (network === this.network) return;
    void this.#changePictures(() => (this.#sending.network = network));
    this.emit('network', network);
  }

  /** Takes what is shown and sent along where `change` makes it sound alone, or ends that. */
  async #changePictures(change: () => void): Promise<void> {
    const before = this.audioOnly;
    change();
    if (this.audioOnly === before) return;
    this.emit('sending', null);
    this.#tellMuted();
    await Promise.all([this.#resend('camera'), this.#rung.apply(this.audioOnly)]);
  }

  #onSelf(self: Participant): void {
    if (self.state === 'removed')
      this.#finish({ reason: this.#state === 'waiting' ? 'denied' : 'removed' });
    // Another device of his has given up.
    if (self.state === 'left' && this.#state === 'waiting') this.#finish({ reason: 'left' });
    if (this.#rung.follow(self.rung, this.audioOnly)) this.emit('rung', this.rung);
    // An echo of one's own older change must not undo the newer one.
    if (this.#mutesUnderway > 0) return;
    const silenced = self.audio_muted && !this.audioMuted;
    const hidden = self.video_muted && !this.videoMuted && !this.audioOnly;
    if (silenced) this.#applyAudioMuted(true);
    if (hidden) void this.#replace('camera', null);
    if (silenced || hidden)
      this.emit('muted', { audio: this.audioMuted, video: hidden || this.videoMuted });
  }

  #onMedia(message: Exclude<MediaMessage, { type: 'webrtc:renegotiate' }>): void {
    const leg = [this.#current, this.#next].find((one) => one?.id === message.leg);
    if (!leg) return;
    if (message.type === 'leg:closed') {
      this.#onLegClosed(leg, message);
      return;
    }
    if (message.type === 'media:constraints') this.#wanted.set(message.source, message);
    void leg.accept(message);
  }

  #onLegClosed(leg: Leg, { reason, message }: LegClosedMessage): void {
    // The server swaps a moment before the first picture is decoded here.
    if (leg === this.#current && this.#next) return;
    if (reason === 'replaced') this.#finish({ reason: 'replaced' });
    else if (reason === 'left') this.#finish({ reason: 'left' });
    else if (reason === 'timeout' || reason === 'failed')
      this.#onLost(leg, new ApiError('media_failed', message ?? 'The media connection was lost.'));
    // `refused` comes as the answer to the offer, `ended` with the call's own event.
  }

  /** Opens a leg beside the current one, in place of another that was on its way. */
  async #open(): Promise<void> {
    clearTimeout(this.#retryTimer);
    this.#next?.close();
    this.#next = null;
    if (this.#current) this.#become('reconnecting');
    const iceServers = await this.context.iceServers();
    // Ended, or opened again, while the servers were asked for.
    if (this.#end !== null || (this.#next as Leg | null) !== null) return;
    const video = this.#call.type === 'video';
    const leg = new Leg(
      this.#call.id,
      this.context.channel,
      iceServers,
      this.#sending.sent(),
      video,
      () => video && !this.audioOnly,
    );
    this.#next = leg;
    leg.on('track', () => {
      // Nothing is shown yet, so there is nothing to keep.
      if (!this.#current) this.#show(leg);
    });
    leg.on('media', () => this.#swap(leg));
    leg.on('lost', (error) => this.#onLost(leg, error));
    await leg.start();
  }

  #swap(leg: Leg): void {
    if (leg !== this.#next) return;
    const before = this.#current;
    this.#next = null;
    this.#current = leg;
    this.#backoff.reset();
    // In this order: a stream whose tracks have all ended ends a media element's playback, and
    // Firefox does not take it up again.
    this.#show(leg);
    before?.close();
    this.#become('connected');
    this.emit('leg', leg.id);
  }

  /**
   * Kind by kind, the old track out before the new one is in: Firefox goes on with the picture of a
   * track that was there first. The other kind keeps the stream active meanwhile.
   */
  #show(leg: Leg): void {
    for (const track of leg.received) {
      for (const old of this.stream.getTracks())
        if (old.kind === track.kind && old !== track) this.stream.removeTrack(old);
      this.stream.addTrack(track);
    }
  }

  #onLost(leg: Leg, error: ApiError): void {
    if (leg === this.#current) {
      this.#become('reconnecting');
      if (!this.#next) void this.#open();
      return;
    }
    if (leg !== this.#next) return;
    this.#next = null;
    leg.close();
    if (error.code === 'not_member' || error.code === 'wrong_state') void this.#rejoin();
    else if (!error.isPassing && error.code !== 'media_failed' && error.code !== 'conflict')
      this.#fail(error);
    else this.#retryTimer = setTimeout(() => void this.#open(), this.#backoff.next());
  }

  /** Away for longer than the seat was kept: come in again as anybody would. */
  async #rejoin(): Promise<void> {
    try {
      const call = await this.context.rest.join(this.#call.id);
      if (isWaiting(call, this.userId)) this.#become('waiting');
      this.#onCall(call);
      if (this.#state === 'waiting') return;
      this.#retryTimer = setTimeout(() => void this.#open(), this.#backoff.next());
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  async #replace(source: keyof LocalTracks, track: MediaStreamTrack | null): Promise<void> {
    this.#sending.set(source, track);
    await this.#resend(source);
  }

  async #resend(source: keyof LocalTracks): Promise<void> {
    const track = this.#sending.sent()[source];
    this.emit('sending', null);
    await this.#current?.replace(source, track);
    await this.#next?.replace(source, track);
    // The scale was made for the size of the track before.
    const wanted = this.#wanted.get(source);
    if (wanted && track) await this.#current?.accept(wanted);
  }

  #applyAudioMuted(muted: boolean): void {
    this.#sending.audioMuted = muted;
    this.emit('sending', null);
  }

  #tellMuted(): void {
    this.#mutesUnderway += 1;
    this.context.channel
      .request({
        type: 'media:muted',
        call_id: this.#call.id,
        ...this.#sending.muted(),
      })
      // It is told again with the next greeting.
      .catch(() => undefined)
      .finally(() => (this.#mutesUnderway -= 1));
  }

  async #fetchLayout(): Promise<void> {
    try {
      const layout = await this.context.rest.layout(this.#call.id);
      // Before there is media there is no layout; an event brings it then.
      if (this.#end === null && Array.isArray(layout.tiles)) this.#onLayout(layout);
    } catch {
      // The next event brings it.
    }
  }

  #fail(error: Error): void {
    this.#finish({ reason: 'failed', error });
  }

  #finish(end: SessionEnd): void {
    if (this.#end !== null) return;
    this.#end = end;
    this.#reporting.stop();
    clearTimeout(this.#retryTimer);
    this.#sending.close();
    this.#current?.close();
    this.#next?.close();
    this.#current = this.#next = null;
    this.#become('ended');
    this.emit('ended', end);
  }

  #become(state: SessionState): void {
    if (state === this.#state || this.#state === 'ended') return;
    this.#state = state;
    this.emit('state', state);
  }
}
