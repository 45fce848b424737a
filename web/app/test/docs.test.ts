import { describe, expect, it } from 'vitest';
import { type AsyncApi, found, type OpenApi, sectionsOf } from '../src/docs/descriptions.js';
import { kindOf, rowsOf } from '../src/docs/schema.js';

const rest: OpenApi = {
  info: { version: '1' },
  security: [{ token: [] }, { apiKey: [] }],
  tags: [{ name: 'calls', description: 'Calls' }],
  paths: {
    '/call/{id}': {
      parameters: [{ $ref: '#/components/parameters/CallId', name: '', in: '' }],
      get: { tags: ['calls'], operationId: 'getCall', summary: 'One', responses: {} },
      post: {
        tags: ['calls'],
        operationId: 'join',
        security: [],
        requestBody: {
          content: { 'application/json': { schema: { properties: { pin: { type: 'string' } } } } },
        },
        responses: { 200: { $ref: '#/components/responses/Call' }, default: {} },
      },
    } as unknown as OpenApi['paths'][string],
  },
  components: {
    parameters: { CallId: { name: 'id', in: 'path', required: true, schema: { type: 'string' } } },
    responses: {
      Call: {
        description: 'The call',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Call' } } },
      },
    },
    schemas: { Call: { type: 'object', properties: { status: { enum: ['ringing', 'active'] } } } },
  },
};

const socket: AsyncApi = {
  info: { description: 'How it goes' },
  channels: {
    socket: {
      address: '/ws',
      messages: {
        offer: {
          payload: { properties: { type: { const: 'webrtc:offer' }, sdp: { type: 'string' } } },
        },
        call: {
          payload: {
            allOf: [{ $ref: 'openapi.json#/components/schemas/Call' }],
            properties: { type: { enum: ['call:incoming', 'call:ended'] } },
          },
        },
      },
    },
  },
  operations: {
    in: { action: 'receive', messages: [{ $ref: '#/channels/socket/messages/offer' }] },
    out: { action: 'send', messages: [{ $ref: '#/channels/socket/messages/call' }] },
  },
};

describe('kinds of values', () => {
  it.each([
    [{ type: 'string', minLength: 1, maxLength: 256 }, 'string, 1 to 256 bytes'],
    [{ type: 'integer', minimum: 1 }, 'integer, from 1'],
    [{ type: ['string', 'null'] }, 'string or null'],
    [{ type: 'array', items: { type: 'string' }, maxItems: 9 }, 'list of string, up to 9 entries'],
    [{ enum: ['a', 'b'], default: 'a' }, '"a" | "b", default "a"'],
    [{ const: 'x' }, '"x"'],
    [{ oneOf: [{ type: 'null' }, { $ref: '#/x/Call' }] }, 'null or Call'],
    [{}, 'anything'],
  ])('%j', (schema, text) => {
    expect(kindOf(schema).text).toBe(text);
  });

  it('names the schema that says more', () => {
    expect(kindOf({ type: 'array', items: { $ref: '#/components/schemas/Call' } }).ref).toBe(
      'Call',
    );
  });

  it('lists what is inside', () => {
    const rows = rowsOf({
      required: ['parts'],
      properties: { parts: { type: 'array', items: { properties: { url: { type: 'string' } } } } },
    });
    expect(rows.map(({ name, required }) => [name, required])).toEqual([
      ['parts', true],
      ['parts[].url', false],
    ]);
  });

  it('ends where a schema contains itself', () => {
    const schema = { properties: {} as Record<string, object> };
    schema.properties.self = schema;
    expect(rowsOf(schema).length).toBeLessThan(10);
  });
});

describe('the page', () => {
  const sections = sectionsOf(rest, socket);
  const entry = (id: string) =>
    sections.flatMap(({ entries }) => entries).find((one) => one.id === id);

  it('has a section a tag, the messages of either side, and the shapes', () => {
    expect(sections.map(({ id, entries }) => [id, entries.map(({ name }) => name)])).toEqual([
      ['calls', ['/call/{id}', '/call/{id}']],
      ['from-client', ['webrtc:offer']],
      ['from-server', ['call:incoming, call:ended']],
      ['schemas', ['Call']],
    ]);
  });

  it('tells who may, what is sent and what comes back', () => {
    expect(entry('getCall')?.parts[0]?.text).toBe('Who has a token, an API key');
    const parts = entry('join')?.parts ?? [];
    expect(parts.map(({ title, text }) => [title, text])).toEqual([
      ['Who', 'Everybody'],
      ['Parameters', ''],
      ['Request', '`application/json`, may be left out'],
      ['Answer 200', 'The call: `application/json`'],
      ['Refused', ''],
    ]);
    expect(parts[1]?.rows[0]?.name).toBe('id');
    expect(parts[3]?.kind?.ref).toBe('Call');
  });

  it('shows what a message has of other shapes', () => {
    expect(entry('send-call')?.parts[0]?.rows.map(({ name }) => name)).toEqual(['status']);
  });

  it('finds what has all the words', () => {
    const names = (text: string) =>
      found(sections, text).flatMap(({ entries }) => entries.map(({ id }) => id));
    expect(names('POST PIN')).toEqual(['join']);
    expect(names('offer')).toEqual(['receive-offer']);
    expect(names('nothing has this')).toEqual([]);
    expect(names('  ')).toHaveLength(5);
  });
});
