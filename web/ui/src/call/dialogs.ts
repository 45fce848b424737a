/** What `<mullion-call>` asks or shows over everything else. */
import type { CallSession, LocalMedia, Rung } from '@mullion/client';
import { html, type TemplateResult } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import '../device_menus.js';
import '../dialog.js';
import { icons } from '../icons.js';
import type { Words } from '../words/en.js';
import type { PersonQuestion } from './deeds.js';
import { help } from './help.js';
import type { HostActions } from './host_actions.js';
import './more.js';
import { canPicture } from './own_media.js';
import { pictureChoice } from './picture_choice.js';
import { figures } from './quality.js';

/** Which one is open, with what it is about. */
export type Dialog =
  | { what: 'more' | 'devices' | 'quality' | 'help' | 'end-for-all' }
  | { what: 'remove'; person: PersonQuestion }
  | { what: 'link' | 'watch-link'; url: string };

export interface DialogContext {
  t: Words;
  session: CallSession;
  host: HostActions;
  media: LocalMedia | null;
  canInvite: boolean;
  /** The link that is shown was copied just now. */
  copied: boolean;
  copy: (text: string) => void;
  chooseRung: (rung: Rung) => void;
  close: () => void;
}

export function renderDialog(dialog: Dialog, context: DialogContext): TemplateResult {
  const [heading, content] = contentOf(dialog, context);
  // Another one is another element: it opens anew, and the focus goes into it.
  return html`${keyed(
    dialog.what,
    html`<mullion-dialog .heading=${heading} @mullion-close=${context.close}
      >${content}</mullion-dialog
    >`,
  )}`;
}

function contentOf(dialog: Dialog, context: DialogContext): [string, TemplateResult] {
  const { t, session, host, media, canInvite } = context;
  switch (dialog.what) {
    case 'more':
      return [
        t.more,
        html`<mullion-more
          .session=${session}
          .host=${host}
          .canInvite=${canInvite}
          .canPicture=${canPicture()}
          .isFullScreen=${document.fullscreenElement !== null}
        ></mullion-more>`,
      ];
    case 'devices':
      return [t.devices, html`<mullion-devices full .media=${media}></mullion-devices>`];
    case 'quality':
      return [
        t.yourConnection,
        html`${figures(t, session.quality.get(session.userId))}
        ${pictureChoice(t, session, context.chooseRung)}`,
      ];
    case 'help':
      return [t.shortcuts, help(t)];
    case 'link':
      return [t.copyLink, link(context, t.copyLink, dialog.url)];
    case 'watch-link':
      return [
        t.broadcast,
        html`<p>${t.watchLinkHint}</p>
          ${link(context, t.watchLink, dialog.url)}`,
      ];
    case 'end-for-all':
      return [t.endForAll, question(context, t.endForAllQuestion, t.endForAll, () => host.end())];
    case 'remove': {
      const { name, userId } = dialog.person;
      const text = t.removeQuestion(name);
      return [t.removeNamed(name), question(context, text, t.remove, () => host.remove(userId))];
    }
  }
}

/** What is taken along by a button, or by hand. */
function link({ t, copied, copy }: DialogContext, label: string, url: string): TemplateResult {
  return html`<div class="link">
    <input
      readonly
      dir="ltr"
      aria-label=${label}
      .value=${url}
      @focus=${(event: Event) => (event.target as HTMLInputElement).select()}
    />
    <button class="primary" data-control="copy-link" @click=${() => copy(url)}>
      ${copied ? icons.check(18) : icons.copy(18)} ${copied ? t.linkCopied : t.copyLink}
    </button>
  </div>`;
}

/** Something that cannot be undone is asked about in words. */
function question(
  { t, close }: DialogContext,
  text: string,
  label: string,
  act: () => void,
): TemplateResult {
  const yes = (): void => {
    close();
    act();
  };
  return html`<div class="question">
    <p>${text}</p>
    <div>
      <button class="plain" data-control="no" @click=${close}>${t.cancel}</button>
      <button class="danger" data-control="yes" @click=${yes}>${label}</button>
    </div>
  </div>`;
}
