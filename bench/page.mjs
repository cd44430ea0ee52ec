import { readFileSync, writeFileSync } from 'node:fs'

/** The page that shows the figures, each table between `<!-- bench: MARK -->` and `<!-- /bench -->`. */
const PAGE = new URL('../docs/explain/speed.md', import.meta.url)

/** Puts tables in the places that the page has for them, in place of those of an earlier run. */
export function writeTables(tables, about) {
  let page = readFileSync(PAGE, 'utf8')
  for (const table of tables) {
    const place = new RegExp(`(<!-- bench: ${table.mark} -->\n)[^]*?(<!-- /bench -->)`)
    if (!place.test(page)) console.log(`docs/explain/speed.md has no place for ${table.mark}`)
    page = page.replace(place, (_, begin, end) => `${begin}\n${markdown(table, about)}\n${end}`)
  }
  writeFileSync(PAGE, page)
}

function markdown({ title, header, rows }, { command, at, machine }) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  const table = [line(header), line(header.map((_, i) => (i === 0 ? '---' : '--:'))), ...rows.map(line)]
  return [
    `${title}.`,
    '',
    ...table,
    '',
    `\`${command}\` on ${at.slice(0, 10)}: ${machine.cores} cores (${machine.processor}), ${machine.memoryGiB} GiB, ${machine.system}; the load before it was ${machine.loadBefore}.`,
    '',
  ].join('\n')
}
