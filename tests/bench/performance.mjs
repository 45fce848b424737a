// Figures in docs/performance.md, which programs write so that none is copied by hand.
import { readFileSync, writeFileSync } from 'node:fs';

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->` in a file. */
export function writeSection(file, name, lines) {
  const text = readFileSync(file, 'utf8');
  const open = `<!-- ${name} -->`;
  const close = `<!-- /${name} -->`;
  const begin = text.indexOf(open);
  const end = text.indexOf(close);
  if (begin < 0 || end < begin) throw new Error(`${file} has no ${open} … ${close}`);
  const body = `${open}\n\n${lines.join('\n')}\n\n`;
  writeFileSync(file, text.slice(0, begin) + body + text.slice(end));
}
