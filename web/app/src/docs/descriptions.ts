/** What the page shows, made of the two descriptions that the server hands out. */
import { type Kind, kindOf, type Row, rowsOf, type Schema } from './schema.js';

/** A heading with a table below it, or a sentence alone. */
export interface Part {
  title: string;
  text: string;
  kind: Kind | null;
  rows: Row[];
}

export interface Entry {
  /** The fragment of the page's address. */
  id: string;
  /** `GET`, `from the server`, `schema`. */
  badge: string;
  /** A path, a message's type, a schema's name. */
  name: string;
  summary: string;
  text: string;
  parts: Part[];
  /** All its words in lower case. */
  words: string;
}

export interface Section {
  id: string;
  title: string;
  text: string;
  entries: Entry[];
}

interface Media {
  schema?: Schema;
}

interface Body {
  $ref?: string;
  description?: string;
  required?: boolean;
  content?: Record<string, Media>;
}

interface Parameter {
  $ref?: string;
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema?: Schema;
}

interface Operation {
  tags?: string[];
  operationId: string;
  summary?: string;
  description?: string;
  security?: Record<string, unknown>[];
  parameters?: Parameter[];
  requestBody?: Body;
  responses?: Record<string, Body>;
}

type PathItem = { parameters?: Parameter[] } & Record<string, Operation | undefined>;

export interface OpenApi {
  info: { version: string; description?: string };
  security?: Record<string, unknown>[];
  tags?: { name: string; description?: string }[];
  paths: Record<string, PathItem>;
  components: {
    securitySchemes?: Record<string, { description?: string }>;
    parameters?: Record<string, Parameter>;
    requestBodies?: Record<string, Body>;
    responses?: Record<string, Body>;
    schemas: Record<string, Schema>;
  };
}

interface Message {
  summary?: string;
  payload: Schema;
}

export interface AsyncApi {
  info: { description?: string };
  channels: Record<string, { address: string; messages: Record<string, Message> }>;
  operations: Record<string, { action: string; messages: { $ref: string }[] }>;
}

const kMethods = ['get', 'post', 'put', 'patch', 'delete'];

const kWays: Record<string, string> = {
  token: 'a token',
  apiKey: 'an API key',
  signature: 'a signed URL',
};

const titled = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
const lastOf = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1);

function withWords(entry: Omit<Entry, 'words'>): Entry {
  const words = [
    entry.badge,
    entry.name,
    entry.summary,
    entry.text,
    ...entry.parts.flatMap(({ title, text, kind, rows }) => [
      title,
      text,
      kind?.text ?? '',
      ...rows.flatMap((row) => [row.name, row.kind.text, row.description]),
    ]),
  ];
  return { ...entry, words: words.join(' ').toLowerCase() };
}

class Rest {
  constructor(private readonly api: OpenApi) {}

  sections(): Section[] {
    return (this.api.tags ?? []).map(({ name, description = '' }) => ({
      id: name,
      title: titled(name),
      text: description,
      entries: this.#entriesOf(name),
    }));
  }

  #entriesOf(tag: string): Entry[] {
    return Object.entries(this.api.paths).flatMap(([path, item]) =>
      kMethods.flatMap((method) => {
        const operation = item[method];
        if (!operation?.tags?.includes(tag)) return [];
        return [this.#entry(path, method, item.parameters ?? [], operation)];
      }),
    );
  }

  #entry(path: string, method: string, shared: Parameter[], operation: Operation): Entry {
    const parameters = [...shared, ...(operation.parameters ?? [])].map((one) =>
      one.$ref ? (this.api.components.parameters?.[lastOf(one.$ref)] ?? one) : one,
    );
    return withWords({
      id: operation.operationId,
      badge: method.toUpperCase(),
      name: path,
      summary: operation.summary ?? '',
      text: operation.description ?? '',
      parts: [
        { title: 'Who', text: this.#who(operation), kind: null, rows: [] },
        ...(parameters.length ? [parametersPart(parameters)] : []),
        ...this.#bodies('Request', operation.requestBody),
        ...Object.entries(operation.responses ?? {}).flatMap(([status, body]) =>
          this.#bodies(status === 'default' ? 'Refused' : `Answer ${status}`, body),
        ),
      ],
    });
  }

  #who(operation: Operation): string {
    const ways = (operation.security ?? this.api.security ?? []).map((way) => Object.keys(way)[0]);
    if (!ways.length) return 'Everybody';
    const named = ways.flatMap((way) => (way ? [kWays[way] ?? way] : []));
    const last = ways.includes(undefined) ? '; without, where it is public' : '';
    return `Who has ${named.join(', ')}${last}`;
  }

  #bodies(title: string, given: Body | undefined): Part[] {
    if (!given) return [];
    const { requestBodies, responses } = this.api.components;
    const name = lastOf(given.$ref ?? '');
    const body = given.$ref ? (responses?.[name] ?? requestBodies?.[name] ?? given) : given;
    const kinds = Object.entries(body.content ?? {});
    const said = body.description ?? '';
    const [first] = kinds;
    if (!first) return [{ title, text: said, kind: null, rows: [] }];
    const types = kinds.map(([type]) => `\`${type}\``).join(', ');
    const schema = first[1].schema ?? {};
    const optional = title === 'Request' && !body.required ? ', may be left out' : '';
    return [
      {
        title,
        text: [said, types + optional].filter(Boolean).join(': '),
        kind: schema.properties ? null : kindOf(schema),
        rows: rowsOf(schema),
      },
    ];
  }
}

function parametersPart(parameters: Parameter[]): Part {
  return {
    title: 'Parameters',
    text: '',
    kind: null,
    rows: parameters.map(({ name, in: place, required = false, description, schema = {} }) => ({
      name,
      required,
      kind: kindOf(schema),
      description: [description, place === 'path' ? '' : `in the ${place}`]
        .filter(Boolean)
        .join('; '),
    })),
  };
}

/** The `type`s of a message; those of one shape are one entry. */
function typesOf(payload: Schema, name: string): string[] {
  const type = payload.properties?.type;
  if (type?.enum) return type.enum.map(String);
  if (typeof type?.const === 'string') return [type.const];
  return [name];
}

function messageSections(api: AsyncApi, rest: OpenApi): Section[] {
  const sides = [
    ['receive', 'from the client'],
    ['send', 'from the server'],
  ] as const;
  return sides.map(([action, badge]) => ({
    id: action === 'send' ? 'from-server' : 'from-client',
    title: `Messages ${badge}`,
    text: action === 'receive' ? (api.info.description ?? '') : '',
    entries: Object.values(api.operations)
      .filter((operation) => operation.action === action)
      .flatMap(({ messages }) => messages)
      .flatMap(({ $ref }) => {
        const [, , channel = '', , name = ''] = $ref.split('/');
        const message = api.channels[channel]?.messages[name];
        return message ? [messageEntry(`${action}-${name}`, badge, message, rest)] : [];
      }),
  }));
}

function messageEntry(id: string, badge: string, message: Message, rest: OpenApi): Entry {
  const { payload } = message;
  // What it has of REST's shapes, and then what is its own.
  const shapes = (payload.allOf ?? []).flatMap(({ $ref = '' }) => {
    const shape = rest.components.schemas[lastOf($ref)];
    return shape ? [shape] : [];
  });
  const rows = [payload, ...shapes].flatMap((schema) => rowsOf(schema));
  const carried = rows.filter(({ name }) => name !== 'type');
  return withWords({
    id,
    badge,
    name: typesOf(payload, id).join(', '),
    summary: message.summary ?? '',
    text: payload.description ?? '',
    parts: carried.length ? [{ title: 'Carries', text: '', kind: null, rows: carried }] : [],
  });
}

function schemaSection(api: OpenApi): Section {
  return {
    id: 'schemas',
    title: 'Shapes',
    text: 'What requests, answers and messages are made of.',
    entries: Object.entries(api.components.schemas).map(([name, schema]) => {
      const rows = rowsOf(schema);
      const kind = rows.length ? null : kindOf(schema);
      return withWords({
        id: `schema-${name}`,
        badge: 'shape',
        name,
        summary: schema.description ?? '',
        text: '',
        parts: [{ title: kind ? 'Is' : 'Has', text: '', kind, rows }],
      });
    }),
  };
}

/** Everything, in the order of the page. */
export function sectionsOf(rest: OpenApi, socket: AsyncApi): Section[] {
  return [...new Rest(rest).sections(), ...messageSections(socket, rest), schemaSection(rest)];
}

/** The sections with the entries that have every word of `query`; none that is empty. */
export function found(sections: Section[], query: string): Section[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return sections;
  return sections
    .map((section) => ({
      ...section,
      entries: section.entries.filter((entry) => words.every((word) => entry.words.includes(word))),
    }))
    .filter(({ entries }) => entries.length > 0);
}
