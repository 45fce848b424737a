// A push service of our own (RFC 8030) on loopback, with the browsers that subscribe to it: it reads
// what it is sent by Node's own cryptography (RFC 8188, 8291, 8292).
import assert from 'node:assert/strict';
import {
  createDecipheriv,
  createECDH,
  createPublicKey,
  hkdfSync,
  randomBytes,
  verify,
} from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

import { until } from './until.mjs';

export class PushService {
  /** The answer to each push: a status, or `{status, headers}`. */
  answer = () => 201;
  /** What came for each browser, in order: the `headers`, when (`at`, ms) and the `message`. */
  #pushes = new Map();
  #errors = [];
  #browsers = new Map();
  #server = null;

  static async open() {
    const service = new PushService();
    service.#server = createServer((request, response) => {
      service.#take(request, response).catch((error) => {
        service.#errors.push(error);
        response.writeHead(500).end();
      });
    }).listen(0, '127.0.0.1');
    await once(service.#server, 'listening');
    return service;
  }

  async close() {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  get origin() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  /** A new subscription, as `PushSubscription.toJSON()` gives it. */
  subscription(browser) {
    const keys = createECDH('prime256v1');
    const p256dh = keys.generateKeys('base64url');
    const auth = randomBytes(16);
    this.#browsers.set(browser, { keys, auth });
    this.#pushes.set(browser, []);
    return {
      endpoint: `${this.origin}/${browser}`,
      expirationTime: null,
      keys: { p256dh, auth: auth.toString('base64url') },
    };
  }

  /** Waits for the `n`th push for a browser, counted from 1. */
  nth(browser, n) {
    return until(`push ${n} for ${browser}`, () => {
      // One that is not as it should be never comes.
      if (this.#errors.length > 0) throw Object.assign(this.#errors[0], { final: true });
      return this.#pushes.get(browser)[n - 1];
    });
  }

  async #take(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const browser = request.url.slice(1);
    assert.equal(request.method, 'POST');
    assert.equal(request.headers['content-encoding'], 'aes128gcm');
    const key = this.#checkVapid(request.headers.authorization);
    const message = JSON.parse(this.#decrypt(browser, Buffer.concat(chunks)));
    const push = { headers: request.headers, at: Date.now(), key, message };
    this.#pushes.get(browser).push(push);
    const given = this.answer(push);
    const { status, headers } = typeof given === 'number' ? { status: given } : given;
    response.writeHead(status, headers).end();
  }

  /** @returns the key that has signed, in base64url. */
  #checkVapid(authorization) {
    const [, token, key] = /^vapid t=([^,]+), k=([\w-]+)$/.exec(authorization);
    const [head, claims, signature] = token.split('.');
    const point = Buffer.from(key, 'base64url');
    assert.equal(point.length, 65);
    const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) =>
      part.toString('base64url'),
    );
    const jwk = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
    const isGood = verify(
      'sha256',
      Buffer.from(`${head}.${claims}`),
      { key: jwk, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    );
    assert.ok(isGood, 'the signature of the VAPID token');
    const read = (part) => JSON.parse(Buffer.from(part, 'base64url'));
    assert.deepEqual(read(head), { typ: 'JWT', alg: 'ES256' });
    const { aud, exp, sub } = read(claims);
    assert.equal(aud, this.origin);
    const left = exp - Date.now() / 1000;
    assert.ok(left > 0 && left <= 24 * 3600, `it is good for ${left} s`);
    assert.equal(sub, 'mailto:ops@example.org');
    return key;
  }

  #decrypt(browser, body) {
    const { keys, auth } = this.#browsers.get(browser);
    const salt = body.subarray(0, 16);
    assert.equal(body.readUInt32BE(16), 4096);
    assert.equal(body[20], 65);
    const sender = body.subarray(21, 86);
    const sealed = body.subarray(86);
    const derive = (secret, bySalt, info, length) =>
      Buffer.from(hkdfSync('sha256', secret, bySalt, info, length));
    const info = Buffer.concat([Buffer.from('WebPush: info\0'), keys.getPublicKey(), sender]);
    const secret = derive(keys.computeSecret(sender), auth, info, 32);
    const key = derive(secret, salt, 'Content-Encoding: aes128gcm\0', 16);
    const nonce = derive(secret, salt, 'Content-Encoding: nonce\0', 12);
    const decipher = createDecipheriv('aes-128-gcm', key, nonce);
    decipher.setAuthTag(sealed.subarray(-16));
    const plain = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
    assert.equal(plain.at(-1), 2, 'the last record');
    return plain.subarray(0, -1);
  }
}
