import type { CallSession, SessionEvents } from '@mullion/client';
import type { PropertyValues } from 'lit';
import { property } from 'lit/decorators.js';
import { MullionElement } from '../element.js';
import { nameIn } from '../words.js';
import type { HostActions } from './host_actions.js';

/** A part of the call's page: it has the session, and is drawn anew when that changes. */
export abstract class SessionFollower extends MullionElement {
  @property({ attribute: false }) session!: CallSession;
  @property({ attribute: false }) host!: HostActions;
  #undo: (() => void)[] = [];

  /** What it is drawn anew for. */
  protected readonly redrawOn: (keyof SessionEvents)[] = ['call', 'state', 'sending'];

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.#follow();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#forget();
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('session')) this.#follow();
  }

  /** More to listen to; what is returned ends it. */
  protected follow?(session: CallSession): (() => void)[];

  protected nameOf(userId: string): string {
    if (userId === this.session.userId) return this.t.you;
    return nameIn(this.session.call.participants, userId);
  }

  #follow(): void {
    this.#forget();
    const { session } = this;
    this.#undo = [
      ...this.redrawOn.map((event) => session.on(event, () => this.requestUpdate())),
      ...(this.follow?.(session) ?? []),
    ];
  }

  #forget(): void {
    for (const undo of this.#undo.splice(0)) undo();
  }
}
