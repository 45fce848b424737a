import type { AskedLayout, CallChange, CallSession, ParticipantChange } from '@mullion/client';

/** What one does to others and to the call; what goes wrong is told to `onTrouble`. */
export class HostActions {
  constructor(
    private readonly session: CallSession,
    private readonly onTrouble: (error: unknown) => void,
  ) {}

  /** Whether one may. */
  get allowed(): boolean {
    const { call, userId } = this.session;
    return call.participants.some(({ user_id, role }) => user_id === userId && role === 'host');
  }

  change(userId: string, change: ParticipantChange): void {
    this.#do(this.session.rest.changeParticipant(this.#id, userId, change));
  }

  askToUnmute(userId: string): void {
    this.#do(this.session.rest.askToUnmute(this.#id, userId));
  }

  remove(userId: string): void {
    this.#do(this.session.rest.removeParticipant(this.#id, userId));
  }

  admit(userId: string): void {
    this.#do(this.session.rest.admit(this.#id, userId));
  }

  deny(userId: string): void {
    this.#do(this.session.rest.deny(this.#id, userId));
  }

  isPinned(userId: string): boolean {
    return this.session.call.layout.pinned?.includes(userId) ?? false;
  }

  spotlight(userId: string): void {
    this.change(userId, { spotlight: !this.isPinned(userId) });
  }

  setLayout(change: Partial<AskedLayout>): void {
    this.#do(this.session.rest.setLayout(this.#id, { ...this.session.call.layout, ...change }));
  }

  update(change: CallChange): void {
    this.#do(this.session.rest.update(this.#id, change));
  }

  record(): void {
    this.#do(this.session.rest.startRecording(this.#id));
  }

  pauseOrResume(): void {
    const paused = this.session.call.recording?.status === 'paused';
    const { rest } = this.session;
    this.#do(paused ? rest.resumeRecording(this.#id) : rest.pauseRecording(this.#id));
  }

  stopRecording(): void {
    this.#do(this.session.rest.stopRecording(this.#id));
  }

  /** Shows the call to those who have the link that it resolves with. */
  async goLive(): Promise<string> {
    const { urls } = await this.session.rest.startBroadcast(this.#id, { kind: 'hls' });
    return urls[1] ?? '';
  }

  /** The link of a broadcast that goes on; empty where none has a page to watch. */
  async watchLink(): Promise<string> {
    const broadcasts = await this.session.rest.broadcasts(this.#id);
    const page = broadcasts.find(
      ({ kind, status }) => kind === 'hls' && status !== 'stopped' && status !== 'failed',
    );
    return page?.urls[1] ?? '';
  }

  /** Ends what goLive() has begun, and whatever else goes out. */
  stopBroadcasts(): void {
    for (const { id } of this.session.call.broadcasts)
      this.#do(this.session.rest.stopBroadcast(this.#id, id));
  }

  end(): void {
    this.#do(this.session.endForAll());
  }

  get #id(): string {
    return this.session.call.id;
  }

  #do(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.onTrouble(error));
  }
}
