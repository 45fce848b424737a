// Figures in docs/performance.md, which programs write so that none is copied by hand.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

const kDocument = fileURLToPath(new URL('../../docs/performance.md', import.meta.url));

/** Runs a program to its end; gives what it wrote to its stdout and stderr. */
export const run = promisify(execFile);

/** The flags of a bench: `own` with their defaults as texts, and what every bench takes. */
export function optionsOf(own = {}) {
  const texts = Object.entries(own).map(([name, value]) => [
    name,
    { type: 'string', default: value },
  ]);
  return parseArgs({
    options: {
      ...Object.fromEntries(texts),
      json: { type: 'string' },
      write: { type: 'boolean', default: false },
    },
  }).values;
}

/** A whole number of at least 1 that was given as `--name`. */
export function countOf(text, name) {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1)
    throw new Error(`--${name} takes whole numbers from 1 on, not ${text}`);
  return count;
}

/** Calls `work` with a folder that is gone afterwards. */
export async function withFolder(work) {
  const folder = mkdtempSync(path.join(tmpdir(), 'mullion-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs a program that writes its figures to `--json`; exits listed in `fine` have figures too. */
export function figuresOf(program, args, fine = []) {
  return withFolder(async (folder) => {
    const file = path.join(folder, 'figures.json');
    await run(program, [...args, '--json', file]).catch((error) => {
      if (!fine.includes(error.code)) throw error;
    });
    return JSON.parse(readFileSync(file, 'utf8'));
  });
}

export const tableRow = (cells) => `| ${cells.join(' | ')} |`;

/** The lines of a Markdown table. */
export const table = (head, rows) => [
  tableRow(head),
  `|${'---|'.repeat(head.length)}`,
  ...rows.map(tableRow),
];

/** Under a table: how and where it was measured. */
export const measuredBy = (command, how) =>
  `\`${command}\`, ${how}, on ${cpus().length} × ${cpus()[0].model}, ${new Date().toISOString().slice(0, 10)}.`;

/**
 * Prints the section and, as the flags say, writes it to docs/performance.md between
 * `<!-- name -->` and `<!-- /name -->`, and the figures to a file.
 */
export function publish(options, name, lines, figures) {
  console.log(`\n${lines.join('\n')}`);
  if (options.json) writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`);
  if (options.write) writeSection(kDocument, name, lines);
}

function writeSection(file, name, lines) {
  const text = readFileSync(file, 'utf8');
  const open = `<!-- ${name} -->`;
  const close = `<!-- /${name} -->`;
  const begin = text.indexOf(open);
  const end = text.indexOf(close);
  if (begin < 0 || end < begin) throw new Error(`${file} has no ${open} … ${close}`);
  const body = `${open}\n\n${lines.join('\n')}\n\n`;
  writeFileSync(file, text.slice(0, begin) + body + text.slice(end));
}
