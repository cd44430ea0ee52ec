/**
 * Writes the table of faults in `docs/reference/storage/redis.md` anew: `npm run faults`, or `npm run faults -- redis` to go through
 * node-redis instead of ioredis.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../repository.ts'
import { FAULTS } from './faults.ts'
import { type Answer, FORMS, observeOutage, type Outage } from './outage.ts'

const PAGE = join(ROOT, 'docs/reference/storage/redis.md')
const [BEGIN, END] = ['<!-- faults: made by `npm run faults` -->', '<!-- end of faults -->']

const NAMES: Readonly<Record<Answer, string>> = {
  storage: 'decided',
  '500': '500',
  '503': '503',
  allowed: 'passed',
  local: 'local',
  unexpected: 'unexpected',
}

const client = process.argv[2] ?? 'ioredis'
const rows: string[] = []
for (const [name, start] of Object.entries(FAULTS)) {
  const fault = await start()
  const outages = await observeOutage(fault, [client])
  await fault.stop()
  rows.push(rowOf(name, outages))
  console.log(rows.at(-1))
}
const head = [
  'Fault',
  ...Object.keys(FORMS).map((form) => `\`${form}\``),
  '99 % within',
  'longest',
  'found again after',
]
const table = [head, head.map(() => '---')]
  .map((cells) => `| ${cells.join(' | ')} |`)
  .concat(rows)
  .join('\n')
const page = readFileSync(PAGE, 'utf8')
const [before, after] = [page.slice(0, page.indexOf(BEGIN) + BEGIN.length), page.slice(page.indexOf(END))]
writeFileSync(PAGE, `${before}\n${table}\n${after}`)
process.exit()

function rowOf(name: string, outages: readonly Outage[]): string {
  const most = (numberOf: (outage: Outage) => number): string => String(Math.max(...outages.map(numberOf)))
  const cells = [
    name,
    ...outages.map(shares),
    `${most(({ p99 }) => p99)} ms`,
    `${most(({ max }) => max)} ms`,
    `${(Math.max(...outages.map(({ recoveredAfter }) => recoveredAfter)) / 1000).toFixed(1)} s`,
  ]
  return `| ${cells.join(' | ')} |`
}

/** "62 % 500, 38 % decided". */
function shares({ answers, requests }: Outage): string {
  return (Object.entries(answers) as [Answer, number][])
    .filter(([, count]) => count > 0)
    .toSorted(([, a], [, b]) => b - a)
    .map(([answer, count]) => `${Math.max(1, Math.round((count / requests) * 100))} % ${NAMES[answer]}`)
    .join(', ')
}
