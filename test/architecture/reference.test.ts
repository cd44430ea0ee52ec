import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ERROR_CODES } from '../../src/errors.ts'
import { WARNING_CODES } from '../../src/limiter/warnings.ts'
import { ROOT } from '../repository.ts'

/** The codes that a page has headings for, sorted, each as often as it has one. */
function codesInHeadings(markdown: string): string[] {
  const headings = markdown.split('\n').filter((line) => /^#+ /.test(line))
  return headings.flatMap((heading) => heading.match(/\b(?:ERR|WARN)_[A-Z0-9_]+\b/g) ?? []).toSorted()
}

test.each([
  ['docs/reference/errors.md', ERROR_CODES],
  ['docs/reference/warnings.md', WARNING_CODES],
])('%s has one heading for each code and no others', (page, codes) => {
  expect(codesInHeadings(readFileSync(join(ROOT, page), 'utf8'))).toEqual(Object.keys(codes).toSorted())
})

test('only headings count, and each of them', () => {
  const page = '# Errors\n\nERR_TEXT\n\n## `ERR_B`\n\n### ERR_A: why\n\n## ERR_B\n'
  expect(codesInHeadings(page)).toEqual(['ERR_A', 'ERR_B', 'ERR_B'])
})
