/** JSON Schema, as far as the descriptions of the API use it, as rows of a table. */

/** A node of a schema; of a description that the server made, so it is taken as it comes. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  oneOf?: Schema[];
  allOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  required?: string[];
  format?: string;
  pattern?: string;
  description?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
}

/** What something is, in words; `ref` names the schema that says more. */
export interface Kind {
  text: string;
  ref: string | null;
}

export interface Row {
  /** With the names of what it is in: `parts[].url`. */
  name: string;
  required: boolean;
  kind: Kind;
  description: string;
}

/** Deeper than any of ours; a schema that contains itself ends here. */
const kDepth = 5;

/** `Call` of `…#/components/schemas/Call`. */
const nameOf = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1);

function range(unit: string, least?: number, most?: number): string {
  if (least === undefined && most === undefined) return '';
  const [from, to] = [least?.toLocaleString('en'), most?.toLocaleString('en')];
  const span =
    to === undefined ? `from ${from}` : from === undefined ? `up to ${to}` : `${from} to ${to}`;
  return unit ? `${span} ${unit}` : span;
}

function base(schema: Schema): Kind {
  if (schema.$ref) return { text: nameOf(schema.$ref), ref: nameOf(schema.$ref) };
  if ('const' in schema) return { text: JSON.stringify(schema.const), ref: null };
  if (schema.enum)
    return { text: schema.enum.map((value) => JSON.stringify(value)).join(' | '), ref: null };
  if (schema.oneOf) {
    const kinds = schema.oneOf.map(kindOf);
    const ref = kinds.find((kind) => kind.ref)?.ref ?? null;
    return { text: kinds.map(({ text }) => text).join(' or '), ref };
  }
  if (schema.type === 'array') {
    const items = kindOf(schema.items ?? {});
    return { text: `list of ${items.text}`, ref: items.ref };
  }
  if (!schema.type) return { text: schema.properties ? 'object' : 'anything', ref: null };
  return { text: [schema.type].flat().join(' or '), ref: null };
}

/** What a value of the schema is. */
export function kindOf(schema: Schema): Kind {
  const { text, ref } = base(schema);
  const limits = [
    schema.format ?? '',
    schema.pattern ? `matches ${schema.pattern}` : '',
    range('', schema.minimum, schema.maximum),
    range('bytes', schema.minLength, schema.maxLength),
    range('entries', schema.minItems, schema.maxItems),
    schema.default === undefined ? '' : `default ${JSON.stringify(schema.default)}`,
  ].filter(Boolean);
  return { text: [text, ...limits].join(', '), ref };
}

/** The fields of an object, and of what is in it without a name of its own. */
export function rowsOf(schema: Schema, prefix = '', depth = 0): Row[] {
  if (depth > kDepth) return [];
  if (schema.type === 'array' && schema.items)
    return rowsOf(schema.items, `${prefix}[]`, depth + 1);
  const inside = prefix ? `${prefix}.` : '';
  const named = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => [
    {
      name: inside + name,
      required: schema.required?.includes(name) ?? false,
      kind: kindOf(field),
      description: field.description ?? '',
    },
    ...rowsOf(field, inside + name, depth + 1),
  ]);
  const other = schema.additionalProperties;
  if (typeof other !== 'object') return named;
  return [
    ...named,
    {
      name: `${inside}*`,
      required: false,
      kind: kindOf(other),
      description: other.description ?? '',
    },
    ...rowsOf(other, `${inside}*`, depth + 1),
  ];
}
