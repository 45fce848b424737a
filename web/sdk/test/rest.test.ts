import { afterEach, expect, it, vi } from 'vitest';
import { Rest } from '../src/rest.js';
import { Tokens } from '../src/token.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

it("asks for the snapshot's address with the token", async () => {
  const signed = {
    url: 'http://a/api/webrtc/call/c%401/snapshot.jpg?sig=1.A',
    expires_at: '2026-11-26T00:00:00.000Z',
  };
  const fetched = vi.fn<typeof fetch>(() => Promise.resolve(Response.json(signed)));
  vi.stubGlobal('fetch', fetched);
  const rest = new Rest('http://a/api/webrtc', new Tokens('secret'));
  expect(await rest.snapshot('c@1')).toEqual(signed);
  expect(fetched).toHaveBeenCalledWith(
    'http://a/api/webrtc/call/c%401/snapshot',
    expect.objectContaining({ method: 'GET', headers: { Authorization: 'Bearer secret' } }),
  );
});
