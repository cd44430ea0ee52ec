import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ROOT } from '../repository.ts'

/** What is wrong with the places of a page into which `npm run bench -- --write` puts tables. */
function placeProblems(page: string): string[] {
  const problems: string[] = []
  const marks = [...page.matchAll(/<!-- bench: (.+) -->/g)].map(([, mark = '']) => mark)
  const places = [...page.matchAll(/<!-- bench: (.+) -->\n([^]*?)<!-- \/bench -->/g)]
  if (places.length !== marks.length || marks.length !== new Set(marks).size) {
    problems.push(`expected each place to end, and each mark once: ${marks.join(', ')}`)
  }
  for (const [, mark = '', content = ''] of places) {
    const widths = content.split('\n').flatMap((line) => (line.startsWith('|') ? [line.split('|').length] : []))
    if (new Set(widths).size > 1) problems.push(`${mark}: rows of ${[...new Set(widths)].join(' and ')} cells`)
    if (/undefined|NaN/.test(content)) problems.push(`${mark}: a figure is missing`)
  }
  return problems
}

test('the tables of figures are whole, and each has a place', () => {
  const page = readFileSync(`${ROOT}docs/explain/speed.md`, 'utf8')
  expect(page).toContain('<!-- bench: http express 24 -->')
  expect(placeProblems(page)).toEqual([])
})

test('a place without an end, a torn row and a missing figure are found', () => {
  expect(placeProblems('<!-- bench: a -->\n| x |\n')).toHaveLength(1)
  expect(placeProblems('<!-- bench: a -->\n| x |\n| 1 | 2 |\n<!-- /bench -->')).toHaveLength(1)
  expect(placeProblems('<!-- bench: a -->\n| NaN |\n<!-- /bench -->')).toHaveLength(1)
})
