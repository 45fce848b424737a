import { html, render } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import '../src/dialog.js';
import { focused } from '../src/focus.js';

const button = document.createElement('button');
const place = document.createElement('div');

/** As a call shows it: another one is another element. */
async function show(what: string): Promise<void> {
  render(
    what && html`${keyed(what, html`<mullion-dialog .heading=${what}></mullion-dialog>`)}`,
    place,
  );
  await place.querySelector('mullion-dialog')?.updateComplete;
}

/** What a browser does by itself as a modal dialogue opens. */
const enter = (): void =>
  place
    .querySelector('mullion-dialog')
    ?.shadowRoot?.querySelector<HTMLElement>('[data-control="close"]')
    ?.focus();

beforeEach(() => {
  document.body.append(button, place);
  button.focus();
});

afterEach(async () => {
  await show('');
  document.body.replaceChildren();
});

describe('the focus', () => {
  it('is found through shadow roots', async () => {
    await show('more');
    enter();
    expect(focused()?.dataset.control).toBe('close');
  });

  it('goes back to where it was when a dialogue goes', async () => {
    await show('more');
    enter();
    await show('');
    expect(focused()).toBe(button);
  });

  it('goes back there from a dialogue that another one has opened', async () => {
    await show('more');
    enter();
    await show('devices');
    enter();
    await show('');
    expect(focused()).toBe(button);
  });

  it('stays where it is when what had it is gone', async () => {
    await show('more');
    button.remove();
    await show('');
    expect(focused()).toBeNull();
  });
});
