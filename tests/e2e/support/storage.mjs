// A storage that speaks S3: s3rver, behind a door that does what s3rver cannot (lists and ends
// uploads in parts, makes their ETags as S3 does) and that fails as a test says.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request as ask } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import S3rver from 's3rver';

const kBucket = 'films';
const kNothing = () => false;

export class Storage {
  /** What came: `{method, key, part, bytes}`, in order. */
  log = [];
  /** Called for each request; what they give for it decides. */
  corrupts = kNothing;
  /** A promise that is waited for before, or after, s3rver has the request. */
  holdsBefore = kNothing;
  holdsAfter = kNothing;
  /** Whether it keeps from us that an object is not there, as from those who may not list. */
  isSecretive = false;
  #folder = mkdtempSync(join(tmpdir(), 'mullion-storage-'));
  #behind = null;
  #behindPort = 0;
  #door = null;
  #port = 0;
  /** By upload: its key, and its parts by number. */
  #uploads = new Map();
  /** By key, of what came in parts. */
  #etags = new Map();

  static async start() {
    const storage = new Storage();
    storage.#behind = new S3rver({
      address: '127.0.0.1',
      port: 0,
      silent: true,
      directory: storage.#folder,
      configureBuckets: [{ name: kBucket }],
    });
    storage.#behindPort = (await storage.#behind.run()).port;
    await storage.open();
    return storage;
  }

  /** The settings of a mulliond that uploads to it. */
  get env() {
    return {
      MULLION_STORAGE_S3_ENDPOINT: `http://127.0.0.1:${this.#port}`,
      MULLION_STORAGE_S3_BUCKET: kBucket,
      MULLION_STORAGE_S3_PREFIX: 'all/',
      MULLION_STORAGE_S3_ACCESS_KEY: 'S3RVER',
      MULLION_STORAGE_S3_SECRET_KEY: 'S3RVER',
      MULLION_STORAGE_S3_PATH_STYLE: 'true',
      MULLION_STORAGE_S3_PART_SIZE: `${5 << 20}`,
    };
  }

  get port() {
    return this.#port;
  }

  /** It can be reached, at the same address as before. */
  async open() {
    this.#door = createServer((question, answer) => {
      this.#pass(question, answer).catch(() => answer.destroy());
    });
    this.#door.listen(this.#port, '127.0.0.1');
    await once(this.#door, 'listening');
    this.#port = this.#door.address().port;
  }

  /** It cannot be reached. */
  async shut() {
    const closed = once(this.#door, 'close');
    this.#door.close();
    this.#door.closeAllConnections();
    await closed;
  }

  async close() {
    await this.shut();
    await this.#behind.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Keys of all objects, in order. */
  keys() {
    const kObject = '._S3rver_object';
    return readdirSync(join(this.#folder, kBucket), { recursive: true })
      .filter((path) => path.endsWith(kObject))
      .map((path) => path.slice(0, -kObject.length))
      .sort();
  }

  /** What is in the object whose key ends so. */
  text(end) {
    const key = this.keys().find((each) => each.endsWith(end));
    return readFileSync(join(this.#folder, kBucket, `${key}._S3rver_object`), 'utf8');
  }

  /** How many uploads in parts were begun and neither completed nor ended. */
  get unfinished() {
    return this.#uploads.size;
  }

  /** How often it was sent that part, or object. */
  puts(end, part = null) {
    return this.log.filter(
      (entry) => entry.method === 'PUT' && entry.key.endsWith(end) && entry.part === part,
    ).length;
  }

  async #pass(question, answer) {
    const url = new URL(question.url, 'http://storage');
    const key = decodeURIComponent(url.pathname.slice(kBucket.length + 2));
    const upload = url.searchParams.get('uploadId');
    const chunks = [];
    for await (const chunk of question) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const number = url.searchParams.get('partNumber');
    const what = {
      method: question.method,
      key,
      part: number && Number(number),
      upload: upload ?? (url.searchParams.has('uploads') ? '' : null),
      bytes: body.length,
    };
    this.log.push(what);
    await this.holdsBefore(what);
    if (this.corrupts(what)) body[0] ^= 1;
    if (upload !== null && question.method === 'GET') return this.#listParts(upload, answer);
    if (upload !== null && question.method === 'DELETE') return this.#abort(upload, answer);
    if (key === '' && url.searchParams.has('uploads'))
      return this.#listUploads(url.searchParams.get('prefix'), answer);
    if (upload !== null && !this.#uploads.has(upload)) return refuse(answer, 404, 'NoSuchUpload');
    // The last bytes of an object, which s3rver takes for the first.
    const suffix = /^bytes=-(\d+)$/.exec(question.headers.range ?? '');
    if (suffix) delete question.headers.range;
    const { status, headers, bytes } = await this.#forward(question, body);
    if (this.isSecretive && question.method === 'HEAD' && status === 404)
      return answer.writeHead(403).end();
    const text = bytes.toString();
    if (question.method === 'POST' && url.searchParams.has('uploads'))
      this.#uploads.set(/<UploadId>(.*)<\/UploadId>/.exec(text)[1], { key, parts: new Map() });
    if (number && status === 200)
      this.#uploads.get(upload).parts.set(Number(number), headers.etag.replaceAll('"', ''));
    if (question.method === 'POST' && upload && status === 200) {
      const md5s = Array.from(this.#uploads.get(upload).parts)
        .sort(([a], [b]) => a - b)
        .map(([, etag]) => Buffer.from(etag, 'hex'));
      const all = createHash('md5').update(Buffer.concat(md5s)).digest('hex');
      this.#etags.set(key, `"${all}-${md5s.length}"`);
      this.#uploads.delete(upload);
    } else if (question.method === 'PUT' && !upload) {
      this.#etags.delete(key);
    } else if (this.#etags.has(key) && headers.etag) {
      headers.etag = this.#etags.get(key);
    }
    await this.holdsAfter(what);
    if (suffix) {
      const part = bytes.subarray(-Number(suffix[1]));
      const range = `bytes ${bytes.length - part.length}-${bytes.length - 1}/${bytes.length}`;
      Object.assign(headers, { 'content-range': range, 'content-length': part.length });
      return answer.writeHead(206, headers).end(part);
    }
    answer.writeHead(status, headers).end(bytes);
  }

  #forward(question, body) {
    return new Promise((resolve, reject) => {
      const { method, url: path, headers } = question;
      const options = { host: '127.0.0.1', port: this.#behindPort, method, path, headers };
      const behind = ask(options, async (answer) => {
        const chunks = [];
        for await (const chunk of answer) chunks.push(chunk);
        const { statusCode: status, headers: own } = answer;
        resolve({ status, headers: own, bytes: Buffer.concat(chunks) });
      });
      behind.once('error', reject);
      behind.end(body);
    });
  }

  #listParts(upload, answer) {
    const known = this.#uploads.get(upload);
    if (!known) return refuse(answer, 404, 'NoSuchUpload');
    const parts = Array.from(
      known.parts,
      ([number, etag]) =>
        `<Part><PartNumber>${number}</PartNumber><ETag>&quot;${etag}&quot;</ETag></Part>`,
    );
    answer.end(
      `<ListPartsResult>${parts.join('')}<IsTruncated>false</IsTruncated></ListPartsResult>`,
    );
  }

  #listUploads(prefix, answer) {
    const uploads = Array.from(this.#uploads)
      .filter(([, { key }]) => key.startsWith(prefix))
      .map(([id, { key }]) => `<Upload><Key>${key}</Key><UploadId>${id}</UploadId></Upload>`);
    answer.end(`<ListMultipartUploadsResult>${uploads.join('')}</ListMultipartUploadsResult>`);
  }

  #abort(upload, answer) {
    if (!this.#uploads.delete(upload)) return refuse(answer, 404, 'NoSuchUpload');
    answer.writeHead(204).end();
  }
}

function refuse(answer, status, code) {
  answer.writeHead(status).end(`<Error><Code>${code}</Code></Error>`);
}
