import { expect, test } from 'vitest'
import { parseLimit } from '../../src/limit/parse-limits.ts'
import { strategyOf } from '../../src/strategy/strategies.ts'
import type { State } from '../../src/strategy/strategy.ts'
import { readFiles, ROOT } from '../repository.ts'

/** A table of what a strategy answers, request by request; its first line says which strategy, and for which limit. */
interface Timeline {
  readonly page: string
  readonly line: number
  readonly text: string
}

function timelinesOf(page: string, markdown: string): Timeline[] {
  return [...markdown.matchAll(/^```text\n([a-z-]+, \d+ per [^`]*)\n```$/gm)].map(({ 1: text = '', index }) => ({
    page,
    line: markdown.slice(0, index).split('\n').length + 1,
    text,
  }))
}

const HEAD = ['at', 'cost', 'answer', 'left', 'grows at', 'passes at']
const WIDTHS = [9, 6, 9, 6, 11, 11]

/** The same table, computed: only what is asked, and when, is taken from it. */
function computed(table: string): string {
  const [title = '', , , ...rows] = table.split('\n')
  const [name = '', notation = ''] = title.split(', ')
  const strategy = strategyOf(name)
  const limit = parseLimit(notation)
  let state: State | undefined
  const answers = rows.map((row) => {
    const [at = '', cost = ''] = row.trim().split(/ +/)
    const { allowed, next, onRefusal, after, retryAt } = strategy.step(state, limit, Number(cost), toMs(at))
    state = next ?? onRefusal ?? state
    const passesAt = allowed ? '' : retryAt === undefined ? 'never' : toText(retryAt)
    return [at, cost, allowed ? 'allowed' : 'refused', String(after.remaining), toText(after.resetAt), passesAt]
  })
  const lines = [HEAD, ...answers].map((cells) =>
    cells
      .map((cell, column) => cell.padStart(WIDTHS[column] ?? 0))
      .join('')
      .trimEnd(),
  )
  return [title, '', ...lines].join('\n')
}

/** "1:00.5" is a minute and half a second. */
function toMs(text: string): number {
  const [minutes = '', seconds = ''] = text.split(':')
  return Number(minutes) * 60_000 + Math.round(Number(seconds) * 1000)
}

function toText(ms: number): string {
  const seconds = String(Math.floor((ms % 60_000) / 1000)).padStart(2, '0')
  const fraction = String(ms % 1000)
    .padStart(3, '0')
    .replace(/0+$/, '')
  return `${Math.floor(ms / 60_000)}:${seconds}${fraction === '' ? '' : `.${fraction}`}`
}

const pages = readFiles(ROOT, (path) => /^docs\/.*\.md$/.test(path))
const timelines = [...pages].flatMap(([page, markdown]) => timelinesOf(page, markdown))

test.each(timelines)('the timeline at $page:$line is what the strategy answers', ({ text }) => {
  expect(text).toBe(computed(text))
})

test('each page of a strategy has a timeline', () => {
  const strategies = [...pages.keys()].filter((page) => page.startsWith('docs/reference/strategies/'))
  expect(strategies.length).toBeGreaterThan(0)
  expect(strategies.filter((page) => !timelines.some((timeline) => timeline.page === page))).toEqual([])
})

test('a timeline with a wrong answer is found', () => {
  const table = computed('fixed-window, 1 per minute\n\n\n0:00 1\n0:30.25 1')
  const [timeline] = timelinesOf('a.md', `# Page\n\n\`\`\`text\n${table}\n\`\`\`\n`)
  expect(timeline).toMatchObject({ line: 4, text: table })
  expect(computed(table)).toBe(table)
  const wrong = table.replace('refused', 'allowed')
  expect(computed(wrong)).not.toBe(wrong)
})
